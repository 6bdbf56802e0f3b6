"""A line of `takevoice doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line of the report; `advice` says what to do when something is wrong."""

    what: str
    well: bool
    detail: str
    advice: str = ""
