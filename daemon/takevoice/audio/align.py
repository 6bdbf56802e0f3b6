"""Alignment of converted audio with its original, independent of the voice: offset, drift and correlation.

The waveforms of two voices do not correlate, but their loudness over time in 20 mel bands does. Windows along the take
are cross-correlated at a hop of 1 ms; the offset is the one on which most windows agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from takevoice.audio.resampling import resample

RATE = 16_000  # Hz: the sample rate of the features
HOP = 16  # samples: 1 ms
SPAN = 320  # samples: 20 ms
BANDS = 20
SEARCH = 1000  # ms: the greatest offset in both directions
WINDOW = 8.0  # seconds
MAX_WINDOWS = 8  # spread over the take
MIN_WINDOW = 0.3  # seconds
MIN_RANGE = 10.0  # dB between quiet and loud moments of a usable window
FLOOR = 1e-6  # share of a window's highest power
AGREEMENT = 4.0  # ms within which windows agree
Features = npt.NDArray[np.float32]
ReadMono = Callable[[int, int], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Placement:
    """The position of converted audio relative to its original. Times in ms; positive: it is late.

    `correlation` is near 1 for the same words at the same times, near 0 for unrelated audio. `sure` is False if most
    windows do not agree on the offset.
    """

    offset: float
    drift: float
    correlation: float
    sure: bool


def place(original: ReadMono, frames: int, converted: ReadMono, rate: int) -> Placement | None:
    """Compare mono audio with its conversion, which may be shifted by up to a second; both with silence around them.

    Returns None if the original is too short, or its level hardly changes.
    """
    found = [
        window
        for at in _windows(frames, rate)
        if (window := _compare(original, converted, rate, at)) is not None
    ]
    return _agreement(np.array(found)) if found else None


def _windows(frames: int, rate: int) -> list[tuple[int, int]]:
    """Return (start, frames) of evenly spaced windows."""
    length = min(frames, round(WINDOW * rate))
    if length < MIN_WINDOW * rate:
        return []
    number = int(np.clip(np.ceil(frames / length), 1, MAX_WINDOWS))
    return [(int(start), length) for start in np.linspace(0, frames - length, number)]


def _compare(
    original: ReadMono, converted: ReadMono, rate: int, window: tuple[int, int]
) -> tuple[float, float, float] | None:
    """Return (time in s, lag in ms, correlation) of one window, or None if its level hardly changes."""
    start, length = window
    margin = SEARCH * rate // 1000
    features = _features(original(start, length), rate)
    loud = features.max(axis=1)
    if len(features) < MIN_WINDOW * 1000 or np.percentile(loud, 95) - np.percentile(loud, 5) < MIN_RANGE:
        return None
    searched = _features(converted(start - margin, length + 2 * margin), rate)
    lag, correlation = _best_lag(features, searched)
    return (start + length / 2) / rate, lag - SEARCH, correlation


def _features(samples: npt.NDArray[np.float32], rate: int) -> Features:
    """Return the loudness in dB, shape (milliseconds, BANDS)."""
    if rate != RATE:
        samples = resample(samples, rate, RATE)
    padded = np.pad(samples, (SPAN // 2, SPAN // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, SPAN)[::HOP]
    window = np.hanning(SPAN).astype(np.float32)
    power = np.concatenate(
        [
            (spectra.real**2 + spectra.imag**2) @ _MEL
            for at in range(0, len(frames), 2000)
            for spectra in [scipy.fft.rfft(frames[at : at + 2000] * window, axis=1)]
        ]
    )
    return 10 * np.log10(power + FLOOR * max(float(power.max()), 1e-12)).astype(np.float32)


def _mel_bands() -> npt.NDArray[np.float32]:
    """Return overlapping triangles, evenly spaced on the mel scale of O'Shaughnessy (1987); (SPAN // 2 + 1, BANDS)."""
    lowest, highest = (1127 * math.log1p(hertz / 700) for hertz in (100, 7000))
    edges = 700 * np.expm1(np.linspace(lowest, highest, BANDS + 2) / 1127)
    at = np.fft.rfftfreq(SPAN, 1 / RATE)[:, None]
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    bands: Features = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return bands


_MEL = _mel_bands()


def _best_lag(short: Features, long: Features) -> tuple[float, float]:
    """Return the lag, in fractional frames, at which `short` correlates best with `long`, and that correlation."""
    short = short - short.mean(axis=0)
    long = long - long.mean(axis=0)
    size = scipy.fft.next_fast_len(len(long) + len(short))
    spectrum = np.conj(scipy.fft.rfft(short, size, axis=0)) * scipy.fft.rfft(long, size, axis=0)
    lags = len(long) - len(short) + 1
    products = scipy.fft.irfft(spectrum.sum(axis=1), size)[:lags]
    energy = np.concatenate(([0.0], np.cumsum((long.astype(np.float64) ** 2).sum(axis=1))))
    around = energy[len(short) :][:lags] - energy[:lags]
    score = products / np.sqrt(np.maximum(around, 1e-9) * max(float((short**2).sum()), 1e-9))
    best = int(score.argmax())
    if not 0 < best < lags - 1:
        return float(best), float(score[best])
    left, top, right = score[best - 1 : best + 2]
    bend = left - 2 * top + right
    return best + (0.5 * (left - right) / bend if bend < 0 else 0.0), float(top)


def _agreement(windows: npt.NDArray[np.float64]) -> Placement:
    """Return the placement on which most windows agree; each row is a result of `_compare`."""
    times, lags, scores = windows.T
    good = scores >= 0.5 * scores.max()
    offset = float(np.median(lags[good]))
    near = np.abs(lags - offset) <= AGREEMENT
    drift = 0.0
    if good.sum() >= 3:
        slopes = [
            (lags[j] - lags[i]) / (times[j] - times[i])
            for i in np.flatnonzero(good)
            for j in np.flatnonzero(good)
            if times[j] > times[i]
        ]
        drift = float(np.median(slopes) * (times[-1] - times[0]))
    return Placement(offset, drift, float(np.median(scores)), bool(near.sum() > len(lags) / 2))
