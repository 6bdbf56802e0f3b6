"""Signals for tests: buzzes and speech-like takes; and measures of them, by plain means that are none of the project's own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from takevoice import resample

RATE = 48_000
VOWELS = (  # the first four formants of a man, in Hz
    (730, 1090, 2440, 3400),
    (270, 2290, 3010, 3600),
    (530, 1840, 2480, 3500),
    (300, 870, 2240, 3300),
    (570, 840, 2410, 3300),
)
WIDTHS = (70, 90, 130, 200)  # Hz
SYLLABLE, HISS, PAUSE = 0.22, 0.09, 0.28  # seconds
PEAK = 0.5


def buzz(
    seconds: float, sample_rate: int = 48_000, f0: float = 120.0, channels: int = 1, seed: int = 0
) -> np.ndarray:
    """Return a sound with a pitch and no silence, shape (frames, channels).

    Its samples stay as they are: the ledgers in `ledger/older` have hashes of such takes.
    """
    random = np.random.default_rng(seed)
    time_ = np.arange(round(seconds * sample_rate)) / sample_rate
    tone = sum(np.sin(2 * np.pi * f0 * k * time_ + random.uniform(0, 6)) / k for k in range(1, 20))
    tone = 0.2 * tone + 0.001 * random.standard_normal(len(time_))
    return np.repeat(tone[:, None], channels, axis=1)


def f0_contour(count: int, sample_rate: int, f0: float, lively: float) -> np.ndarray:
    """F0 in Hz at each sample: a slow melody around `f0`, whose median it is."""
    t = np.arange(count) / sample_rate
    octaves = lively * (0.12 * np.sin(2 * np.pi * 0.7 * t) + 0.05 * np.sin(2 * np.pi * 1.9 * t))
    return f0 * 2**octaves


def make_speech(
    seconds: float,
    sample_rate: int = 48_000,
    f0: float = 120.0,
    seed: int = 0,
    tract: float = 1.0,
    lively: float = 1.0,
    pauses: bool = True,
) -> np.ndarray:
    """A take of mono float64 samples, (seconds * sample_rate,), peak 0.5; `tract` above 1 is a smaller person."""
    from scipy.signal import lfilter  # loads slowly, and most tests need no speech

    random = np.random.default_rng(seed)
    count = round(seconds * sample_rate)
    out = np.zeros(count)
    phase = np.cumsum(f0_contour(count, sample_rate, f0, lively) / sample_rate)
    pulses = np.diff(np.floor(phase), prepend=0.0)
    glottis = lfilter([1.0], [1.0, -_pole(310, sample_rate)], pulses) + 0.004 * random.standard_normal(count)
    glottis = lfilter([1.0, -1.0], [1.0, -_pole(40, sample_rate)], glottis)
    start, number = round(0.08 * sample_rate), 0
    while start < count:
        vowel = VOWELS[int(random.integers(len(VOWELS)))]
        start = _put(out, start, _sounding(glottis, start, vowel, sample_rate, tract), sample_rate)
        number += 1
        if number % 3 == 0:
            start = _put(out, start, _hiss(random, sample_rate, tract), sample_rate)
        if pauses and number % 5 == 0:
            start += round(PAUSE * sample_rate)
    peak = np.abs(out).max(initial=0.0)
    return out * (PEAK / peak) if peak else out


def man(seconds: float, sample_rate: int = 48_000, seed: int = 0) -> np.ndarray:
    return make_speech(seconds, sample_rate, 115.0, seed)


def woman(seconds: float, sample_rate: int = 48_000, seed: int = 0) -> np.ndarray:
    return make_speech(seconds, sample_rate, 205.0, seed, 1.15)


def child(seconds: float, sample_rate: int = 48_000, seed: int = 0) -> np.ndarray:
    return make_speech(seconds, sample_rate, 280.0, seed, 1.28)


def _sounding(
    glottis: np.ndarray, start: int, vowel: tuple[int, ...], sample_rate: int, tract: float
) -> np.ndarray:
    sound = glottis[start : start + round(SYLLABLE * sample_rate)]
    for formant, width in zip(vowel, WIDTHS, strict=True):
        if formant * tract < 0.45 * sample_rate:
            sound = _resonate(sound, formant * tract, width, sample_rate)
    level = np.sqrt(np.mean(sound**2)) if len(sound) else 0.0
    return sound / level if level else sound


def _pole(hertz: float, sample_rate: int) -> float:
    return float(np.exp(-2 * np.pi * hertz / sample_rate))


def _hiss(random: np.random.Generator, sample_rate: int, tract: float) -> np.ndarray:
    noise = random.standard_normal(round(HISS * sample_rate))
    sound = _resonate(np.diff(noise, prepend=0.0), min(4500 * tract, 0.4 * sample_rate), 1500, sample_rate)
    return 0.25 * sound / np.sqrt(np.mean(sound**2))


def _resonate(sound: np.ndarray, hertz: float, width: float, sample_rate: int) -> np.ndarray:
    """A two-pole resonator with gain 1 at 0 Hz (Klatt 1980)."""
    from scipy.signal import lfilter

    radius = np.exp(-np.pi * width / sample_rate)
    b, c = 2 * radius * np.cos(2 * np.pi * hertz / sample_rate), -(radius**2)
    return lfilter([1 - b - c], [1, -b, -c], sound)


def _put(out: np.ndarray, start: int, sound: np.ndarray, sample_rate: int) -> int:
    """Adds `sound` with soft ends; gives the place after it."""
    sound = sound[: max(0, len(out) - start)]
    edge = min(round(0.025 * sample_rate), len(sound) // 2)
    shape = np.ones(len(sound))
    if edge:
        ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
        shape[:edge], shape[-edge:] = ramp, ramp[::-1]
    out[start : start + len(sound)] += sound * shape
    return start + max(1, len(sound))


# Measures.


def median_f0(samples: np.ndarray, rate: int = RATE) -> float:
    """The median F0 in Hz of the clearly periodic frames."""
    return float(np.nanmedian(f0_track(samples, rate)))


def f0_track(samples: np.ndarray, rate: int = RATE) -> np.ndarray:
    """The F0 in Hz of 50 ms frames every 10 ms, by plain autocorrelation; nan where they are not clearly periodic."""
    low = resample(samples, rate, 16_000)
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
    """The mean of `log_mel` over the loud frames, with its own mean taken off."""
    mel = log_mel(samples)
    mean = mel[mel.max(axis=1) > mel.max() - 35].mean(axis=0)
    return mean - mean.mean()


def active_level(samples: np.ndarray, rate: int = RATE) -> float:
    """The level in dB of the 50 ms frames that are within 30 dB of the loudest."""
    size = rate // 20
    power = (samples[: len(samples) // size * size].reshape(-1, size) ** 2).mean(axis=1)
    return 10 * np.log10(power[power > power.max() * 1e-3].mean())
