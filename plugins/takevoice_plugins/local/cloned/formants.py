"""Formants by linear prediction (Markel and Gray 1976), for pictures and summaries only."""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, solve_toeplitz

from takevoice import resample
from takevoice_plugins.local.arrays import Samples

ORDER = 10
RATE_LOW, RATE_HIGH = 10_000, 11_000  # Hz, for low and high voices: five formants below the Nyquist frequency
HIGH_VOICE = 165.0  # Hz, the median F0 above which a voice is high
FRAME = 0.03  # seconds
MAX_FRAMES = 1500
LOWEST, EDGE = 180.0, 250.0  # Hz; EDGE is the distance to the Nyquist frequency
WIDEST = 450.0  # Hz; wider poles are spectral tilt
COUNT = 4
PREEMPHASIS = 0.97


def formants(samples: Samples, sample_rate: int, times: Samples, f0: float) -> Samples:
    """Return F1 to F4 in Hz around the voiced `times` in seconds: (frames, 4).

    Frames in which fewer than four are found are left out.
    """
    rate = RATE_HIGH if f0 > HIGH_VOICE else RATE_LOW
    low = resample(samples, sample_rate, rate)
    low = np.append(low[:1], low[1:] - PREEMPHASIS * low[:-1])
    size = int(FRAME * rate)
    window = np.hamming(size)
    chosen = times[:: max(1, len(times) // MAX_FRAMES)]
    found = []
    for start in (np.rint(chosen * rate) - size // 2).astype(np.int64).tolist():
        if 0 <= start <= len(low) - size:
            hertz = _of_frame(low[start : start + size] * window, rate)
            if len(hertz) >= COUNT:
                found.append(hertz[:COUNT])
    return np.array(found).reshape(-1, COUNT)


def _of_frame(frame: Samples, rate: int) -> Samples:
    """Return the frequencies of the narrow poles in Hz, ascending."""
    correlation = np.correlate(frame, frame, "full")[len(frame) - 1 : len(frame) + ORDER]
    if correlation[0] <= 0:
        return np.zeros(0)
    correlation[0] *= 1 + 1e-9
    try:
        predictor = solve_toeplitz(correlation[:-1], correlation[1:])
    except LinAlgError:
        return np.zeros(0)
    roots = np.roots(np.concatenate([[1.0], -predictor]))
    roots = roots[roots.imag > 0]
    hertz = np.angle(roots) * rate / (2 * np.pi)
    width = -np.log(np.maximum(np.abs(roots), 1e-9)) * rate / np.pi
    good = (hertz > LOWEST) & (hertz < rate / 2 - EDGE) & (width < WIDEST)
    narrow: Samples = np.sort(hertz[good])
    return narrow
