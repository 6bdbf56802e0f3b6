"""The last stage: the source's level, its digital silence, and a limiter at full scale."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import minimum_filter1d

from takevoice_plugins.local.arrays import Samples, SlidingBuffer
from takevoice_plugins.local.filters import HighPassSection

HIGH_PASS = 20.0  # Hz
RINGING = 0.5  # seconds for which the filter may ring on in digital silence: it falls to e^-44 of what it was
TINY = 1e-20  # what is below is as good as zero, and soon so small that processors need many times as long for it
STEP = 0.05  # seconds between two measurements of the level
MEMORY = 15.0  # seconds after which the level history counts half
MAX_GAIN = 4.0
FASTEST = 0.06  # relative change of gain per step
FADE = 0.003  # seconds into and out of digital silence
MIN_SILENCE = 0.03  # seconds of zeros that count as digital silence
REACH = 0.005  # seconds to each side over which the limiter's gain changes
FULL_SCALE = 1.0


class HighPass:
    """Removes DC and rumble; starts as if the first sample had been constant before, and ends in exact zeros in digital silence."""

    def __init__(self, sample_rate: int) -> None:
        self._step = max(1, int(RINGING * sample_rate))
        self._section = HighPassSection(HIGH_PASS, sample_rate, self._step)

    def process(self, samples: Samples) -> Samples:
        """Filter a block (n,): same shape."""
        filtered: Samples = np.empty(len(samples))
        for start in range(0, len(samples), self._step):
            piece = slice(start, start + self._step)
            filtered[piece] = self._section.process(samples[piece], TINY)
        filtered[np.abs(filtered) < TINY] = 0.0
        return filtered


class LevelMatch:
    """A slow gain that matches the long-term energy of the result to that of the source.

    `level_history`: the energy of source and result so far, at first from a trial.
    """

    def __init__(self, sample_rate: int, level_history: tuple[float, float]) -> None:
        self._step = int(STEP * sample_rate)
        self._source, self._out = level_history
        self._decay = 0.5 ** (STEP / MEMORY)
        self._gain = self._wanted()

    def _wanted(self) -> float:
        if self._source <= 0 or self._out <= 0:
            return 1.0
        return float(np.clip(np.sqrt(self._source / self._out), 1 / MAX_GAIN, MAX_GAIN))

    def process(self, source: Samples, out: Samples) -> Samples:
        """Return `out` at the level of `source`; both (n,), of the same samples of the take."""
        gain = np.empty(len(out))
        for start in range(0, len(out), self._step):
            piece = slice(start, start + self._step)
            self._source = self._source * self._decay + float(source[piece] @ source[piece])
            self._out = self._out * self._decay + float(out[piece] @ out[piece])
            after = float(np.clip(self._wanted() / self._gain, 1 - FASTEST, 1 + FASTEST)) * self._gain
            gain[piece] = np.linspace(self._gain, after, len(out[piece]), endpoint=False)
            self._gain = after
        return out * gain


def silence_mask(source: Samples, sample_rate: int) -> Samples:
    """Return 0 in runs of digital silence and 1 elsewhere, with short fades inside the runs: shape of `source`."""
    mask = np.ones(len(source))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (source == 0).astype(np.int8), [0]])))
    fade = max(1, int(FADE * sample_rate))
    ramp = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, fade + 1) / (fade + 1))
    for start, stop in edges.reshape(-1, 2).tolist():
        if stop - start < max(MIN_SILENCE * sample_rate, 2 * fade) and stop - start < len(source):
            continue
        mask[start:stop] = 0
        if start > 0:
            mask[start : start + fade] = ramp[: stop - start]
        if stop < len(source):
            mask[max(start, stop - fade) : stop] = ramp[::-1][-(stop - start) :]
    return mask


def limit(samples: Samples, ceiling: float, reach: int) -> Samples:
    """Limit samples to `ceiling` by a gain that changes smoothly over `reach` samples to each side: same shape."""
    size = np.abs(samples)
    if size.max(initial=0.0) <= ceiling:
        return samples
    needed = np.minimum(1.0, ceiling / np.maximum(size, 1e-30))
    lowest = np.pad(minimum_filter1d(needed, 2 * reach + 1), reach, "edge")
    window = np.hanning(2 * reach + 3)[1:-1]
    smooth = np.convolve(lowest, window / window.sum(), "valid")
    return np.clip(samples * smooth, -ceiling, ceiling)


class Finisher:
    """Gives the converted samples the source's level and digital silence, and keeps them within full scale."""

    def __init__(self, sample_rate: int, level_history: tuple[float, float]) -> None:
        self._rate = sample_rate
        self._level = LevelMatch(sample_rate, level_history)
        self._step = int(STEP * sample_rate)
        self._margin = max(int(MIN_SILENCE * sample_rate) + 1, 2 * int(REACH * sample_rate) + 1)
        self._plain = SlidingBuffer(np.float64)  # the take itself, for its silence and its peak
        self._source = SlidingBuffer(np.float64)
        self._raw = SlidingBuffer(np.float64)
        self._levelled = SlidingBuffer(np.float64)
        self._given = 0
        self._ceiling = FULL_SCALE

    def process(self, plain: Samples, source: Samples, out: Samples, last: bool = False) -> Samples:
        """Add blocks of the take, of the filtered take and of the result (m,); return the finished samples.

        `plain` and `source` have the same shape (n,). The result may be late.
        """
        self._ceiling = max(self._ceiling, float(np.abs(plain).max(initial=0.0)))
        for buffer, samples in ((self._plain, plain), (self._source, source), (self._raw, out)):
            buffer.append(samples)
        done, stop = self._levelled.stop, self._raw.stop
        stop = stop if last else done + (stop - done) // self._step * self._step
        if stop > done:
            self._levelled.append(
                self._level.process(self._source.cut(done, stop), self._raw.cut(done, stop))
            )
            self._source.forget(stop)
            self._raw.forget(stop)
        ready = self._levelled.stop if last else self._levelled.stop - self._margin
        return self._give(ready) if ready > self._given else np.zeros(0)

    def _give(self, ready: int) -> Samples:
        start, stop = self._given - self._margin, ready + self._margin
        around = self._levelled.cut(start, stop) * silence_mask(self._plain.cut(start, stop), self._rate)
        limited = limit(around, self._ceiling, int(REACH * self._rate))
        self._given = ready
        self._plain.forget(ready - self._margin)
        self._levelled.forget(ready - self._margin)
        return limited[self._margin : len(limited) - self._margin].copy()
