"""Which tones of a take stay as they are: all, none, or those of a take that begins with a slate or a pop. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from takevoice.audio.analysis import MOMENT, TakeAnalysis
from takevoice.audio.phrases import phrases
from takevoice.audio.tones import Tone

Keep = bool | str
"""A value of the setting `keep_tones`: True, False or "auto"."""
BEGINNING = 10.0  # seconds within which the first tone begins, in a take that begins with a slate or a pop
EDGE = 0.005  # seconds before and after a tone that are kept with it: half of its own fades, and how exact its edges are
FADE = 0.003  # seconds of the fade before and after that
RESIDUE = 1e-8  # mean square of a moment that is no tone, in a take of nothing but tones: -80 dBFS
_NAMED = 4  # tones that a sentence names

Runs = npt.NDArray[np.int64]


def kept_tones(analysis: TakeAnalysis, keep: Keep, sample_rate: int) -> tuple[Tone, ...]:
    """Return the tones that stay as they are.

    With "auto", these are all tones of a take whose first one begins within 10 seconds, and before most of its speech.
    """
    tones = analysis.tones
    if keep != "auto" or not tones:
        return tones if keep else ()
    if tones[0].start > BEGINNING * sample_rate:
        return ()
    speech = np.zeros(len(analysis.levels), np.bool_)
    for start, end in phrases(levels_without(analysis, tones), MOMENT).tolist():
        speech[start:end] = True
    first = tones[0].start // analysis.moment
    return tones if np.count_nonzero(speech[:first]) <= np.count_nonzero(speech[first:]) else ()


def levels_without(analysis: TakeAnalysis, tones: Sequence[Tone]) -> npt.NDArray[np.float32]:
    """Return the levels of the take's moments, with silence where tones, with their edges, are on all channels."""
    levels = analysis.levels.copy()
    for tone in tones:
        if len(tone.channels) < len(analysis.covariance):
            continue
        levels[max(0, tone.start // analysis.moment - 1) : tone.end // analysis.moment + 2] = 0
    return levels


def is_nothing_else(analysis: TakeAnalysis, tones: Sequence[Tone]) -> bool:
    """Return True if a take holds these tones and otherwise next to nothing, so that there is nothing to convert."""
    highest = RESIDUE / len(analysis.covariance)  # on one channel
    return bool(tones) and bool((levels_without(analysis, tones) < highest).all())


def runs_by_channel(tones: Sequence[Tone], channels: int, frames: int, sample_rate: int) -> tuple[Runs, ...]:
    """Return for each channel what is kept of a take of so many frames, shape (runs, 2): the tones and their edges."""
    edge = round(EDGE * sample_rate)
    found = []
    for channel in range(channels):
        runs: list[list[int]] = []
        for tone in tones:
            if channel not in tone.channels:
                continue
            start, end = max(0, tone.start - edge), min(frames, tone.end + edge)
            if runs and start <= runs[-1][1]:
                runs[-1][1] = max(runs[-1][1], end)
            else:
                runs.append([start, end])
        found.append(np.array(runs, np.int64).reshape(-1, 2))
    return tuple(found)


def in_words(tones: Sequence[Tone], sample_rate: int) -> str:
    """Return what the tones are and where, such as "1 kHz at 0:00.000-0:00.042"."""
    named = [
        f"{_pitch(tone.hertz)} at {_time(tone.start / sample_rate)}-{_time(tone.end / sample_rate)}"
        for tone in tones[:_NAMED]
    ]
    more = [f"{len(tones) - _NAMED} more"] if len(tones) > _NAMED else []
    return ", ".join(named + more)


def _pitch(hertz: float) -> str:
    return f"{round(hertz)} Hz" if round(hertz) < 1000 else f"{round(hertz / 1000, 2):g} kHz"


def _time(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes}:{milliseconds / 1000:06.3f}"
