"""The part of a take above the model's band: it is the take's own, and its level follows the result below that band's edge."""

from __future__ import annotations

import numpy as np
from scipy.signal import firwin, oaconvolve

from takevoice_plugins.local.arrays import Samples, SlidingBuffer

EDGE = 0.45  # of the model's rate: what is above comes from the take
BELOW = 0.75  # of the edge: from there up to the edge the levels are compared
STEP = 0.005  # seconds of one comparison
SMOOTH = 7  # steps
MOST = 18.0  # dB of change on top of that of the level
WIDTH = 500.0  # Hz from pass to stop band
FLOOR = 1e-9  # power that is as good as none


class HighBand:
    """Puts the part above the model's band on a result; with a take that has none it changes nothing.

    `level_history`: the energy of the take and of the result in a trial, around which the level above may change.
    """

    def __init__(self, rate: int, model_rate: int, level_history: tuple[float, float]) -> None:
        before, after = level_history
        self._usual = 10 * np.log10((after + FLOOR) / (before + FLOOR))
        edge = EDGE * model_rate
        self.needed = rate > 2 * (edge + WIDTH)
        self._source, self._out = SlidingBuffer(np.float64), SlidingBuffer(np.float64)
        self._given = 0
        if not self.needed:
            return
        taps = round(3.3 * rate / WIDTH) | 1
        self._low = firwin(taps, edge, fs=rate)
        self._near = firwin(taps, (BELOW * edge, edge), fs=rate, pass_zero=False)
        self._step = max(1, round(STEP * rate))
        self._margin = -(-(taps // 2 + SMOOTH * self._step) // self._step) * self._step

    def process(self, source: Samples, out: Samples, last: bool = False) -> Samples:
        """Add blocks of the take and of the result, which may be late; return the samples that are ready, or at last all."""
        if not self.needed:
            return out
        self._source.append(source)
        self._out.append(out)
        ready = self._out.stop if last else (self._out.stop - self._margin) // self._step * self._step
        if ready <= self._given:
            return np.zeros(0)
        start, stop = self._given - self._margin, ready + self._margin
        done = self._joined(self._source.cut(start, stop), self._out.cut(start, stop))
        self._given = ready
        self._source.forget(ready - self._margin)
        self._out.forget(ready - self._margin)
        inner: Samples = done[self._margin : len(done) - self._margin]
        return inner

    def _joined(self, source: Samples, out: Samples) -> Samples:
        high = source - oaconvolve(source, self._low, "same")
        low: Samples = oaconvolve(out, self._low, "same")
        before, after = (self._power(oaconvolve(sound, self._near, "same")) for sound in (source, out))
        change = 10 * np.log10((after + FLOOR) / (before + FLOOR))
        gain = 10 ** (np.clip(change, self._usual - MOST, self._usual + MOST) / 20)
        middles = (np.arange(len(gain)) + 0.5) * self._step
        joined: Samples = low + high * np.interp(np.arange(len(high)), middles, gain)
        return joined

    def _power(self, sound: Samples) -> Samples:
        steps = np.pad(sound, (0, -len(sound) % self._step)).reshape(-1, self._step)
        window = np.hanning(SMOOTH + 2)[1:-1]
        smooth: Samples = np.convolve(np.mean(steps**2, axis=1), window / window.sum(), "same")
        return smooth
