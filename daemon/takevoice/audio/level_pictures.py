"""Pictures of audio for `placement`: its loudness over time in mel bands.

The waveforms of two voices do not correlate, but these do.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt
import scipy.fft

from takevoice.audio.resampling import resample

RATE = 16_000  # Hz: the rate of the audio that is measured
HOP = 0.005  # seconds between two moments
SPAN = 0.02  # seconds that one moment is measured over
BANDS = 20
RANGE = (100.0, 7000.0)  # Hz
FLOOR = 1e-5  # share of the highest power; what is below counts as silence
SILENCE = 1e-12  # power

Mono = npt.NDArray[np.float32]
Levels = npt.NDArray[np.float32]


def take_picture(samples: Mono, rate: int) -> Levels:
    """Return the levels in dB of mono audio, shape (moments, BANDS), one every `HOP` seconds.

    A moment lies within the audio: its end is not seen if the last one would reach beyond it.
    """
    low = _lowered(samples, rate)
    span, hop = round(SPAN * RATE), round(HOP * RATE)
    if len(low) < span:
        return np.zeros((0, BANDS), np.float32)
    moments = np.lib.stride_tricks.sliding_window_view(low, span)[::hop]
    window, bands = _filters(span)
    spectra = scipy.fft.rfft(moments * window, axis=1)
    power = (spectra.real**2 + spectra.imag**2) @ bands
    levels: Levels = 10 * np.log10(power + np.float32(FLOOR * float(power.max()) + SILENCE))
    return levels


def _lowered(samples: Mono, rate: int) -> Mono:
    """Return the audio at `RATE`. From a multiple of it, sums of samples are good enough."""
    if rate % RATE:
        return resample(samples, rate, RATE)
    factor = rate // RATE
    count = len(samples) // factor * factor
    out = samples[0:count:factor].astype(np.float32)
    for each in range(1, factor):
        out += samples[each:count:factor]
    return out


@functools.lru_cache(maxsize=4)
def _filters(span: int) -> tuple[Levels, Levels]:
    """Return a window (span,) and overlapping triangles (span // 2 + 1, BANDS).

    They are evenly spaced on the mel scale of O'Shaughnessy (1987).
    """
    lowest, highest = (1127 * math.log1p(hertz / 700) for hertz in RANGE)
    edges = 700 * np.expm1(np.linspace(lowest, highest, BANDS + 2) / 1127)
    at = np.fft.rfftfreq(span, 1 / RATE)[:, None]
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    bands = np.maximum(0, np.minimum(rising, falling))
    return np.hanning(span).astype(np.float32), bands.astype(np.float32)
