"""Where a selection has sound, and where it has gaps between clips. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

DIGITS = 1e-5
"""Audacity reports times with six digits: how far one may be from the same time, as a part of it, or in the first second in seconds."""

Span = tuple[float, float]
"""A start and an end, in seconds of the project."""


def covered(clips: Iterable[Mapping[str, Any]], track: int, start: float, end: float) -> Sequence[Span]:
    """Return where clips of a track have sound between two times, in order; clips that touch are one."""
    spans: list[Span] = []
    mine = [(max(each["start"], start), min(each["end"], end)) for each in clips if each["track"] == track]
    for begin, stop in sorted(each for each in mine if each[0] < each[1]):
        if spans and _is_near(spans[-1][1], begin):
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((begin, stop))
    return spans


def is_same(one: Sequence[Span], other: Sequence[Span]) -> bool:
    """Return True if the same times have sound."""
    return len(one) == len(other) and all(
        _is_near(*pair) for spans in zip(one, other, strict=True) for pair in zip(*spans, strict=True)
    )


def _is_near(one: float, other: float) -> bool:
    return abs(one - other) <= DIGITS * max(1.0, abs(one), abs(other))
