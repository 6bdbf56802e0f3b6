"""Loudness, true peak and place of mono samples, by published formulas and none of the project's code: parts of `floor.py`.

Everything takes float32 samples (n,), full scale at 1.0, and is meant to be quick rather than general.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import scipy.fft
import scipy.signal
import soxr

RATE = 16_000  # Hz, at which takes are compared
HOP, SPAN = 80, 320  # samples: 5 and 20 ms
REACH = 30  # hops to each side: 150 ms
BANDS = 26
FLOOR = 1e-6  # of the loudest band's power: -60 dB
AT_ONCE = 2048  # frames whose spectra are in memory at once
BLOCK = 65_536  # samples whose peaks are worked out at once
TAPS = 12  # samples to each side of a value between two samples
TINY = 1e-20  # of a filter's state in digital silence
NEAR = 0.6  # of the sample peak: a higher peak between two samples has neighbours above it


def loudness(samples: np.ndarray, rate: int) -> float:
    """Integrated loudness in LUFS by ITU-R BS.1770-4, gated; -inf for silence."""
    step = rate // 10
    whole = len(samples) // step
    if whole < 4:
        weighted = scipy.signal.lfilter(*_k_weighting(rate), samples)
        power = np.array([np.dot(weighted, weighted) / max(1, len(weighted))])
    else:
        power = np.convolve(_powers(samples[: whole * step], rate, step), np.full(4, 0.25), "valid")
    loud = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(loud):
        return -math.inf
    return -0.691 + 10 * math.log10(loud[loud > 0.1 * loud.mean()].mean())


def _powers(samples: np.ndarray, rate: int, step: int) -> np.ndarray:
    """The mean power of each `step` weighted samples, by blocks that stay in the processor's cache."""
    numerator, denominator = _k_weighting(rate)
    state, powers = np.zeros(len(denominator) - 1), []
    for start in range(0, len(samples), 10 * step):
        weighted, state = scipy.signal.lfilter(
            numerator, denominator, samples[start : start + 10 * step], zi=state
        )
        parts = weighted.reshape(-1, step)
        powers.append(np.einsum("ij,ij->i", parts, parts) / step)
        state[np.abs(state) < TINY] = 0.0
    return np.concatenate(powers)


@functools.cache
def _k_weighting(rate: int) -> tuple[np.ndarray, np.ndarray]:
    """The standard's shelf and high-pass as one filter, by bilinear transform of their analogue prototypes at any rate."""
    gain, edge, quality = 10 ** (3.999843853973347 / 20), math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196
    middle = gain**0.4996667741545416
    shelf = [
        [gain + middle * edge / quality + edge**2, 2 * (edge**2 - gain), gain - middle * edge / quality + edge**2],
        [1 + edge / quality + edge**2, 2 * (edge**2 - 1), 1 - edge / quality + edge**2],
    ]
    edge, quality = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    norm = 1 + edge / quality + edge**2
    cut = [[1.0, -2.0, 1.0], [1.0, 2 * (edge**2 - 1) / norm, (1 - edge / quality + edge**2) / norm]]
    numerator, denominator = (np.convolve(first, second) for first, second in zip(shelf, cut, strict=True))
    return numerator / denominator[0], denominator / denominator[0]


def true_peak(samples: np.ndarray, rate: int) -> float:
    """The highest value between and at the samples, at 192 kHz or above; only worked out where it can be."""
    peak = max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))
    factor = 2 ** max(0, math.ceil(math.log2(192_000 / rate)))
    if factor == 1 or peak == 0.0:
        return peak
    highest, weights = peak, _between(factor)
    for start in range(0, len(samples) - 2 * TAPS + 1, BLOCK):
        block = samples[start : start + BLOCK + 2 * TAPS - 1]
        loud = np.abs(block[TAPS - 1 : len(block) - TAPS + 1]) > NEAR * peak
        near = np.flatnonzero(loud[:-1] | loud[1:])
        if len(near):
            around = np.lib.stride_tricks.sliding_window_view(block, 2 * TAPS)[near]
            highest = max(highest, float(np.abs(around @ weights).max()))
    return highest


@functools.cache
def _between(factor: int) -> np.ndarray:
    """Kaiser-windowed sinc weights (2 * TAPS, factor - 1) for the points between the two middle samples."""
    share = np.arange(1, factor) / factor
    distance = np.arange(1 - TAPS, TAPS + 1)[:, None] - share
    weights = np.sinc(distance) * np.i0(8 * np.sqrt(1 - (distance / (TAPS + 1)) ** 2)) / np.i0(8.0)
    return weights.astype(np.float32)


def lag(take: np.ndarray, answer: np.ndarray, rate: int) -> tuple[float, float]:
    """By how many seconds the answer is late, within 150 ms, and the correlation there."""
    ours, theirs = (_log_mel(soxr.resample(samples, rate, RATE, "LQ")) for samples in (take, answer))
    count = len(ours)
    ours -= ours.mean(axis=0)
    room = max(0, count - len(theirs)) + REACH
    theirs = np.pad(theirs, ((REACH, room), (0, 0)), "edge")
    lags = 2 * REACH + 1
    flat = ours.ravel()
    products = np.array(
        [np.dot(flat, theirs[shift : shift + count].ravel()) for shift in range(lags)], np.float64
    )
    energy = _moving(np.einsum("ij,ij->i", theirs, theirs)[:, None], count, lags)[:, 0]
    energy -= (_moving(theirs, count, lags) ** 2).sum(axis=1) / count
    score = products / np.sqrt(np.maximum(energy, 1e-9) * max(float(flat @ flat), 1e-9))
    best = int(score.argmax())
    fine = 0.0
    if 0 < best < lags - 1:
        before, top, after = score[best - 1 : best + 2]
        fine = 0.5 * (before - after) / min(before - 2 * top + after, -1e-12)
    return (best + fine - REACH) * HOP / RATE, float(score[best])


def _moving(values: np.ndarray, count: int, lags: int) -> np.ndarray:
    """Sums (lags, bands) over `count` rows from each of the first `lags` rows on."""
    first = values[:count].sum(axis=0, dtype=np.float64)
    change = values[count : count + lags - 1].astype(np.float64) - values[: lags - 1]
    return np.concatenate([first[None], first + np.cumsum(change, axis=0)])


def _log_mel(samples: np.ndarray) -> np.ndarray:
    """Log powers (frames, BANDS) of the mel bands."""
    padded = np.pad(samples, SPAN // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, SPAN)[::HOP]
    window, weights = _analysis()
    power = np.empty((len(frames), BANDS), np.float32)
    for start in range(0, len(frames), AT_ONCE):
        spectrum = scipy.fft.rfft(frames[start : start + AT_ONCE] * window, axis=1, overwrite_x=True)
        np.matmul(spectrum.real**2 + spectrum.imag**2, weights, out=power[start : start + AT_ONCE])
    power += FLOOR * max(float(power.max(initial=0.0)), 1e-12)
    return np.log10(power, out=power)


@functools.cache
def _analysis() -> tuple[np.ndarray, np.ndarray]:
    """The window (SPAN,) and triangular mel weights (bins, BANDS) from 80 Hz to 7 kHz."""
    edges = 700 * (10 ** (np.linspace(*(2595 * math.log10(1 + f / 700) for f in (80, 7000)), BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(SPAN, 1 / RATE)[:, None]
    rising = (hertz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hertz) / (edges[2:] - edges[1:-1])
    weights = np.clip(np.minimum(rising, falling), 0, None)
    return np.hanning(SPAN).astype(np.float32), weights.astype(np.float32)
