"""Where somebody speaks, and where only the room is to be heard. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ABOVE_ROOM = 10.0  # dB over the room's own level
BELOW_VOICE = 35.0  # dB under the loud moments: nothing quieter counts, however quiet the room
BEFORE, AFTER = 0.15, 0.25  # seconds kept around a phrase, for breaths and endings
PAUSE = 0.3  # seconds; shorter pauses belong to the phrase


def phrases(levels: npt.NDArray[np.float32], moment: float) -> npt.NDArray[np.int64]:
    """The phrases as (phrases, 2): first and last moment, the last one not included.

    `levels` is the mean square of each moment, `moment` its duration in seconds. What stays within a few dB all through
    is one phrase.
    """
    power = 10 * np.log10(np.maximum(levels.astype(np.float64), 1e-12))
    heard = power[levels > 0]
    if not len(heard):
        return np.zeros((0, 2), np.int64)
    room, voice = np.percentile(heard, 10), np.percentile(heard, 95)
    if voice - room < ABOVE_ROOM:
        return np.array([[0, len(levels)]], np.int64)
    speaks = power > max(room + ABOVE_ROOM, voice - BELOW_VOICE)
    edges = np.flatnonzero(np.diff(speaks, prepend=False, append=False)).reshape(-1, 2)
    edges[:, 0] -= round(BEFORE / moment)
    edges[:, 1] += round(AFTER / moment)
    edges = np.clip(edges, 0, len(levels))
    if not len(edges):
        return edges.astype(np.int64)
    apart = np.flatnonzero(edges[1:, 0] - edges[:-1, 1] >= PAUSE / moment)
    starts = edges[np.concatenate(([0], apart + 1)), 0]
    ends = edges[np.concatenate((apart, [len(edges) - 1])), 1]
    return np.stack((starts, ends), axis=1).astype(np.int64)
