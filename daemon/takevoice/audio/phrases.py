"""Speech detection: the phrases of a take, and the room between them. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ABOVE_ROOM = 10.0  # dB above the level of the room: the threshold of speech
BELOW_VOICE = 35.0  # dB below the loud moments: the lowest threshold, however quiet the room is
BEFORE, AFTER = 0.15, 0.25  # seconds added to a phrase for breaths and endings
PAUSE = 0.3  # seconds: shorter pauses belong to the phrase


def phrases(levels: npt.NDArray[np.float32], moment: float) -> npt.NDArray[np.int64]:
    """Return the phrases, shape (phrases, 2): the first moment of each, and the first one after it.

    `levels` is the mean square of each moment, `moment` its duration in seconds. A take whose level hardly changes is
    one phrase.
    """
    power = 10 * np.log10(np.maximum(levels.astype(np.float64), 1e-12))
    audible = power[levels > 0]
    if not len(audible):
        return np.zeros((0, 2), np.int64)
    room, voice = np.percentile(audible, 10), np.percentile(audible, 95)
    if voice - room < ABOVE_ROOM:
        return np.array([[0, len(levels)]], np.int64)
    speech = power > max(room + ABOVE_ROOM, voice - BELOW_VOICE)
    edges = np.flatnonzero(np.diff(speech, prepend=False, append=False)).reshape(-1, 2)
    edges[:, 0] -= round(BEFORE / moment)
    edges[:, 1] += round(AFTER / moment)
    edges = np.clip(edges, 0, len(levels))
    if not len(edges):
        return edges.astype(np.int64)
    pauses = np.flatnonzero(edges[1:, 0] - edges[:-1, 1] >= PAUSE / moment)
    starts = edges[np.concatenate(([0], pauses + 1)), 0]
    ends = edges[np.concatenate((pauses, [len(edges) - 1])), 1]
    return np.stack((starts, ends), axis=1).astype(np.int64)
