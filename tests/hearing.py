"""What tests hear in a take: its pitch, its spectrum, its level; by plain means, none of the project's own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import soxr

RATE = 48_000


def median_f0(samples: np.ndarray, rate: int = RATE) -> float:
    """The median F0 in Hz of the clearly periodic frames."""
    return float(np.nanmedian(f0_track(samples, rate)))


def f0_track(samples: np.ndarray, rate: int = RATE) -> np.ndarray:
    """The F0 in Hz of 50 ms frames every 10 ms, by plain autocorrelation; nan where they are not clearly periodic."""
    low = soxr.resample(samples, rate, 16_000)
    size = 800
    f0s = np.full(max(0, -(-(len(low) - 2 * size) // 160)), np.nan)
    loudest = np.abs(low).max()
    for start in range(0, len(low) - 2 * size, 160):
        frame = low[start : start + size] - low[start : start + size].mean()
        if np.abs(frame).max() < 0.1 * loudest:
            continue
        spectrum = np.abs(np.fft.rfft(frame * np.hanning(size), 2048)) ** 2
        window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(size), 2048)) ** 2)
        r = np.fft.irfft(spectrum)[:280] / np.maximum(window[:280], 1e-3 * window[0])
        r /= r[0]
        inside = np.arange(35, 250)
        best = r[inside].max()
        if best < 0.6:
            continue
        peaks = [lag for lag in inside if r[lag] > 0.9 * best and r[lag - 1] <= r[lag] >= r[lag + 1]]
        if peaks:
            lag = peaks[0]
            a, b, c = r[lag - 1 : lag + 2]
            f0s[start // 160] = 16_000 / (lag + 0.5 * (a - c) / (a - 2 * b + c))
    return f0s


def log_mel(samples: np.ndarray, rate: int = RATE) -> np.ndarray:
    """Log energy in dB of 14 bands each 10 ms: (frames, 14)."""
    hop = rate // 100
    frames = np.lib.stride_tricks.sliding_window_view(samples, 2 * hop)[::hop] * np.hanning(2 * hop)
    power = np.abs(np.fft.rfft(frames, 2048, axis=1)) ** 2
    edges = np.unique(np.geomspace(150, 7500, 15) * 2048 / rate).astype(int)
    bands = np.stack([power[:, a : max(b, a + 1)].sum(axis=1) for a, b in pairwise(edges)], 1)
    return 10 * np.log10(bands + 1e-6)


def long_term(samples: np.ndarray) -> np.ndarray:
    mel = log_mel(samples)
    mean = mel[mel.max(axis=1) > mel.max() - 35].mean(axis=0)
    return mean - mean.mean()


def active_level(samples: np.ndarray, rate: int = RATE) -> float:
    size = rate // 20
    power = (samples[: len(samples) // size * size].reshape(-1, size) ** 2).mean(axis=1)
    return 10 * np.log10(power[power > power.max() * 1e-3].mean())
