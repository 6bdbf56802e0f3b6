"""A check of the platform, and what it found."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Found(NamedTuple):
    """What a check found, in words, and whether takevoice can live with it."""

    text: str
    well: bool = True


class Check(NamedTuple):
    """One check: what is looked at, what is expected in words, and the look itself, which may raise anything."""

    what: str
    expected: str
    look: Callable[[], Found]
