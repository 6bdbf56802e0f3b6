"""The autocorrelation of windowed frames, divided by that of the window, as in Boersma (1993); and the hum in it.

Hum is what sounds all the time, such as that of the mains or of a fan. It has a pitch of its own: alone, it would be taken for a
voice, and a voice of twice its pitch for one of that pitch, as every second period of their sum differs.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, rfft

from takevoice_plugins.local.arrays import Samples, Singles

LOWEST, HIGHEST = 50.0, 1100.0  # Hz
PERIODS = 2.8  # of the lowest F0 that fit in one frame
RUMBLE = 20.0  # Hz, below which the spectrum falls, by 12 dB an octave
HUM_HOP = 0.05  # seconds between the frames that tell of the hum
QUIET = 8.0  # dB below the loud frames; quieter ones tell of the hum
LOUD = 0.95  # quantile
MIN_QUIET = 12  # frames
WEAK = 0.2  # quantile of the power of quiet frames
STEADY = 0.65  # of their median, which the weak ones reach where a tone is steady, but not in noise or where a voice dies away


class FrameCorrelation:
    """The normalised autocorrelation of frames (2 * half,) of samples at `rate` Hz, at `lags` and one to each side of them."""

    def __init__(self, rate: float, hum: Singles | None = None) -> None:
        """`hum`: from `find_hum` for the same rate."""
        self.half = round(PERIODS * rate / LOWEST) // 2
        self.lags = np.arange(max(2, int(rate / HIGHEST)), min(int(rate / LOWEST) + 2, self.half))
        self._window = np.hanning(2 * self.half + 1)[:-1].astype(np.float32)
        self._size = 1 << int(np.ceil(np.log2(3 * self.half)))
        self._part = slice(int(self.lags[0]) - 1, int(self.lags[-1]) + 2)
        of_window = np.fft.irfft(np.abs(np.fft.rfft(self._window.astype(np.float64), self._size)) ** 2)
        self._of_window = (of_window[self._part] / of_window[0]).astype(np.float32)
        high = (np.fft.rfftfreq(self._size, 1 / rate) / RUMBLE) ** 4
        self._weight = (high / (1 + high)).astype(np.float32)
        self._hum = hum

    def power(self, frames: Samples, scale: Samples) -> Singles:
        """Return the power spectra of frames (n, 2 * half), each divided by its `scale` (n,) first: (n, bins)."""
        # Single precision is enough for frames near full scale, and twice as fast.
        level = (frames / scale[:, None]).astype(np.float32)
        level -= level.mean(axis=1, keepdims=True)
        level *= self._window
        spectrum = rfft(level, self._size, axis=1, overwrite_x=True)
        power: Singles = spectrum.real**2 + spectrum.imag**2
        power *= self._weight
        return power

    def unscaled(self, power: Singles) -> tuple[Singles, Singles]:
        """Return the autocorrelation of power spectra (n, bins) at the lags, and the energy: (n, lags + 2) and (n, 1)."""
        correlation = irfft(power, axis=1, overwrite_x=True)
        return correlation[:, self._part], correlation[:, :1]

    def normalised(self, frames: Samples, peaks: Samples) -> Singles:
        """Return the autocorrelation of frames (n, 2 * half) with the given peak levels (n,), without the hum: (n, lags + 2)."""
        scale = peaks + 1e-9
        correlation, energy = self.unscaled(self.power(frames, scale))
        if self._hum is not None:
            correlation = correlation - self._hum * (scale[:, None] ** -2).astype(np.float32)
        normal: Singles = correlation / (energy + np.float32(1e-9)) / self._of_window
        return normal


def find_hum(samples: Samples, rate: float) -> Singles | None:
    """Return the autocorrelation of the hum in samples (n,) at `rate` Hz, for `FrameCorrelation`: (lags + 2,); None if there are no pauses."""
    frame = FrameCorrelation(rate)
    if len(samples) < 2 * frame.half:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, 2 * frame.half)[:: round(HUM_HOP * rate)]
    power = frame.power(frames, np.ones(len(frames)))
    energy = 10 * np.log10(power.sum(axis=1) + 1e-20)
    quiet = power[energy < np.quantile(energy, LOUD) - QUIET]
    if len(quiet) < MIN_QUIET:
        return None
    weak, median = np.quantile(quiet, [WEAK, 0.5], axis=0).astype(np.float32)
    steady = np.where(weak > STEADY * median, weak, np.float32(0))
    hum: Singles = frame.unscaled(steady[None])[0][0].copy()
    return hum
