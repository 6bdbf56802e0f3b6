"""Where a steady tone begins, to the sample, and what is before it. Pure."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FIT = 0.01  # seconds of the tone from which its phase and level are taken
BEFORE = (0.008, 0.0035)  # seconds before the edge: the stretch that is compared with the tone


def find_onset(audio: npt.NDArray[np.float32], inside: int, hertz: float, sample_rate: int) -> tuple[int, float]:
    """Return the frame at which a tone begins, and the power before it against the tone's.

    `audio` has the shape (frames,); from frame `inside` on it holds the tone, for 10 ms at least. The onset is the most
    likely change from "something else" to "the tone" (least squares of both), so noise hardly moves it, and a fade puts it
    where the tone has half its level. The power is that of the 4.5 ms that end 3.5 ms before the onset; infinite where
    there is too little audio before, because the tone continues there under something else.
    """
    last = min(inside + round(FIT * sample_rate), len(audio))
    tone = _continued(audio[:last].astype(np.float64), inside, hertz, sample_rate)
    signal = audio[:last].astype(np.float64)
    loss = (signal - tone) ** 2 - signal**2
    onset = int(np.argmin(np.cumsum(loss[::-1])[::-1]))
    first, end = (onset - round(seconds * sample_rate) for seconds in BEFORE)
    if onset < round(BEFORE[0] * sample_rate):
        return onset, math.inf
    power = float((tone[inside:] ** 2).mean())
    return onset, float((signal[first:end] ** 2).mean()) / max(power, 1e-30)


def _continued(
    audio: npt.NDArray[np.float64], inside: int, hertz: float, sample_rate: int
) -> npt.NDArray[np.float64]:
    """Return the sine that the audio holds from frame `inside` on, continued over all frames."""
    phase = 2 * np.pi * hertz / sample_rate * np.arange(len(audio))
    waves = np.stack((np.cos(phase), np.sin(phase)), axis=1)
    parts, *_ = np.linalg.lstsq(waves[inside:], audio[inside:], rcond=None)
    continued: npt.NDArray[np.float64] = waves @ parts
    return continued
