"""The gain of a result: to the loudness of its original or to a given one, below the highest peak. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from takevoice.audio.loudness import ChannelLevels, Loudness
from takevoice.audio.sample_formats import Samples

MAX_GAIN = 40.0  # dB: what is quieter is noise
CLOSE = 0.05  # dB
STEPS = 4  # at most, until a result that contains original audio too has its loudness

Measure = Callable[[Samples], ChannelLevels]
"""Measures the result with each bus multiplied by its factor, (buses,)."""


@dataclass(frozen=True)
class LevelSettings:
    """The level of a result: `level` is "off", "match" or a loudness in LUFS; `true_peak` is in dBTP.

    With `room_tone`, the original is kept between phrases; `keep_tones` says which of its tones are: True, False or "auto".
    """

    level: str | float = "match"
    true_peak: float = -1.0
    room_tone: bool = False
    keep_tones: bool | str = False


@dataclass(frozen=True)
class Target:
    """What the level of a result is compared with.

    `groups` holds for each bus the channels by which it is measured. `holds_over` is True if the file can hold samples
    over full scale; `has_headroom` if it is meant to: it stores floating-point numbers.
    """

    original: ChannelLevels
    groups: Sequence[Sequence[int]]
    holds_over: bool
    has_headroom: bool = False


@dataclass(frozen=True)
class BusGains:
    """The gain of each bus in dB, and by how much the quietest of them stays below what was asked for, and why."""

    gains: tuple[float, ...]
    short: float = 0.0  # dB, 0 or more
    by_peaks: bool = False  # because of peaks; else because more than `MAX_GAIN` would be needed


def bus_gains(settings: LevelSettings, target: Target, measure: Measure) -> BusGains:
    """Return the gain of each bus.

    With "match", each bus gets the loudness of its original; with a number, the result gets it as a whole, and the buses
    keep their balance. A bus without measurable loudness keeps its level. Peaks over the ceiling lower the gain.
    """
    found = np.zeros(len(target.groups))
    if not len(found):
        return BusGains(())
    for _ in range(STEPS):
        levels = measure(10 ** (found / 20))
        asked = found + _changes(settings.level, target, levels)
        wanted = np.minimum(asked, MAX_GAIN)
        change, found = np.abs(wanted - found).max(), wanted
        if change < CLOSE:
            break
    matched = found
    for _ in range(STEPS):
        over = _over(settings, target, measure(10 ** (found / 20)))
        found = found - over
        if over.max() < CLOSE:
            break
    short = float((asked - found).max())
    return BusGains(tuple(found.tolist()), max(0.0, short), bool((matched - found).max() > short / 2))


def _changes(level: str | float, target: Target, levels: ChannelLevels) -> Samples:
    """Return the change of each bus in dB that brings it closer to its loudness."""
    if level == "off":
        return np.zeros(len(target.groups))
    changes = np.array(
        [
            _change(target.original.loudness(group).lufs, levels.loudness(group).lufs)
            for group in target.groups
        ]
    )
    if level == "match":
        return changes
    factors = np.ones(len(levels.true_peaks))
    for group, change in zip(target.groups, changes, strict=True):
        factors[list(group)] = 10 ** (change / 20)
    return changes + _change(float(level), levels.amplified(factors).loudness().lufs)


def _change(wanted: float, measured: float) -> float:
    return wanted - measured if math.isfinite(wanted) and math.isfinite(measured) else 0.0


def _over(settings: LevelSettings, target: Target, levels: ChannelLevels) -> Samples:
    """Return by how many dB each bus is over its ceiling, 0 or more."""
    if settings.level == "off":
        # The level is that of the answer; only what the file cannot hold is lowered.
        over = 0.0 if target.holds_over else levels.loudness().sample_peak
        return np.full(len(target.groups), max(0.0, over))
    if settings.level != "match":
        return np.full(len(target.groups), max(0.0, levels.loudness().peak - settings.true_peak))
    return np.array(
        [
            max(0.0, levels.loudness(group).peak - _ceiling(settings, target, target.original.loudness(group)))
            for group in target.groups
        ]
    )


def _ceiling(settings: LevelSettings, target: Target, original: Loudness) -> float:
    """Return the highest true peak of a matched bus: as high as its original was, if the file can hold it.

    A float file with samples over full scale has no ceiling: its level is brought down later.
    """
    if target.has_headroom and original.sample_peak > 0:
        return math.inf
    return max(settings.true_peak, original.peak if target.holds_over else min(0.0, original.peak))
