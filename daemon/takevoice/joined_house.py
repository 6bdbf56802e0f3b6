"""The house that a station has joined: a server that has the key for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JoinedHouse:
    """Where the house is, and how to ask what it does.

    `overview` gets what the costs are added up by ("person", "project", "voice" or "day"), asks the house with the station's
    own key, and returns its answer to `GET /house/v1/overview`, as JSON values: all of it for an administrator's key, a
    person's own for a person's. It raises BackendError or ConfigError, with a line for people, where there is no answer.
    """

    url: str
    overview: Callable[[str], Mapping[str, Any]]
