"""What is measured of a source and its result, beside who and what is heard."""

from __future__ import annotations

import numpy as np
import parselmouth
from scipy.signal import fftconvolve
from voice_methods import Move
from voice_speakers import RATE

HOP = 0.01  # seconds
FINE = 1000  # Hz, of envelopes whose shift is measured
FARTHEST = 30  # ms
ONSET = 0.06  # seconds to each side of an onset


def f0_of(samples: np.ndarray) -> np.ndarray:
    """Praat's F0 every 10 ms in Hz, 0 where unvoiced."""
    return (
        parselmouth.Sound(samples, RATE).to_pitch_ac(HOP, 60, pitch_ceiling=600).selected_array["frequency"]
    )


def f0_error(source: np.ndarray, out: np.ndarray, move: Move) -> float:
    """The median distance of the result's F0 from what was asked for, in cents."""
    before, after = f0_of(source), f0_of(out)
    count = min(len(before), len(after))
    before, after = before[:count], after[:count]
    both = (before > 0) & (after > 0)
    wanted = np.clip(move.target_f0 * (before[both] / move.source_f0) ** move.f0_range, 45, 700)
    cents = 1200 * np.log2(after[both] / wanted)
    return float(np.median(np.abs(cents))) if len(cents) else float("nan")


def hnr(samples: np.ndarray) -> float:
    """Praat's mean harmonics-to-noise ratio in dB."""
    values = parselmouth.Sound(samples, RATE).to_harmonicity_cc(HOP, 60).values
    return float(values[values > -150].mean())


def envelope(samples: np.ndarray, rate: int) -> np.ndarray:
    """RMS at `rate` Hz."""
    size = RATE // rate
    return np.sqrt(np.mean(samples[: len(samples) // size * size].reshape(-1, size) ** 2, axis=1))


def envelope_correlation(source: np.ndarray, out: np.ndarray) -> float:
    """Of the levels in dB every 10 ms, over 40 dB."""
    levels = []
    for samples in (source, out):
        level = envelope(samples, 100)
        levels.append(20 * np.log10(level + level.max() / 100))
    return float(np.corrcoef(*levels)[0, 1])


def onset_shift(source: np.ndarray, out: np.ndarray) -> float:
    """The median over the steepest onsets of how far each has moved, in ms either way."""
    smooth = np.hanning(11)[1:-1]
    slopes = []
    for samples in (source, out):
        level = fftconvolve(envelope(samples, FINE), smooth / smooth.sum(), "same")
        slopes.append(np.diff(np.log(level + 0.003 * level.max()), prepend=0.0)[1:])
    before, after = slopes
    reach = int(ONSET * FINE)
    shifts = []
    lags = np.arange(-FARTHEST, FARTHEST + 1)
    left = before.copy()
    left[: reach + FARTHEST] = left[-reach - FARTHEST :] = 0
    for _ in range(max(3, int(len(source) / RATE))):
        at = int(left.argmax())
        piece = np.maximum(before[at - reach : at + reach], 0)
        match = [float(piece @ np.maximum(after[at + lag - reach : at + lag + reach], 0)) for lag in lags]
        shifts.append(abs(int(lags[int(np.argmax(match))])))
        left[at - reach : at + reach] = 0
    return float(np.median(shifts))


def level_jump(source: np.ndarray, out: np.ndarray) -> float:
    """The largest difference of level between source and result over half a second, in dB, where there is sound."""
    before, after = envelope(source, 2), envelope(out, 2)
    loud = before > 0.1 * before.max()
    return float(np.abs(20 * np.log10(after[loud] / before[loud])).max())
