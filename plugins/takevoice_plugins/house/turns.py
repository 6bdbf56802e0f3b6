"""Whose turn it is, and about when each is done: fair shares on paper. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Owner = TypeVar("Owner", bound=Hashable)


@dataclass(frozen=True)
class Turns:
    """What a lane knows: the keys that wait, in the order of their next turn, and how many seconds of audio it converts in a
    second; 0 while it converts nothing."""

    order: Sequence[int] = ()
    speed: float = 0.0


def finish_times(backlogs: Mapping[Owner, float], speed: float) -> dict[Owner, float]:
    """Return in about how many seconds each owner is done, if all who have something left share `speed` equally.

    `backlogs`: seconds of audio. Nothing is returned at no speed.
    """
    if speed <= 0:
        return {}
    times: dict[Owner, float] = {}
    at = before = 0.0
    left = len(backlogs)
    for owner, seconds in sorted(backlogs.items(), key=lambda each: each[1]):
        at += (seconds - before) * left / speed  # until this one is done, each of those that are left has had as much
        times[owner], before, left = at, seconds, left - 1
    return times
