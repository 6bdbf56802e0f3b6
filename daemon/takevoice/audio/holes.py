"""Where an answer is silent although its take is not. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from takevoice.audio.loudness import ChannelLevels

HOP, SPAN = 0.1, 0.4  # seconds: the blocks of BS.1770
SPEAKING = 15.0  # dB below the take's loudness, down to which a take counts as speaking
SILENT = 40.0  # dB by which the answer is below the take


def find_holes(
    original: ChannelLevels, result: ChannelLevels, groups: Sequence[Sequence[int]]
) -> list[tuple[float, float]]:
    """Return the ranges (start, end) in seconds in which the result of a group of channels is silent, and its take speaks.

    Less than 0.4 s is not noticed.
    """
    found = np.zeros(len(original.powers), bool)
    for group in groups:
        loudness = original.loudness(group).lufs
        was, now = (levels.powers[:, list(group)].sum(axis=1) for levels in (original, result))
        if np.isfinite(loudness) and len(now) == len(was):
            found |= (was > 10 ** ((loudness + 0.691 - SPEAKING) / 10)) & (now < was * 10 ** (-SILENT / 10))
    edges = np.flatnonzero(np.diff(found.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return [(start * HOP, (end - 1) * HOP + SPAN) for start, end in edges.tolist()]
