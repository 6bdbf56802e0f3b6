"""Resampling: soxr where it is installed, else numpy and scipy. Nothing else in takevoice uses soxr.

Both are transparent: flat within 0.01 dB up to 0.91 of the lower Nyquist frequency, with aliases below -120 dB and no
delay. There are systems for which soxr is not built, see docs/platforms.md.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy.typing as npt

try:
    import soxr
except ImportError:
    soxr = None

Blocks = npt.NDArray[Any]  # float32 or float64: (frames,), or (frames, channels)
Quality = Literal["HQ", "VHQ"]


class Resampler(Protocol):
    """Resamples a stream, block by block."""

    def process(self, samples: Blocks, last: bool = False) -> Blocks:
        """Return the frames that are ready after the next block, or all remaining ones after the last block.

        In total, n frames become floor(n * target_rate / source_rate + 0.5). The first frame of the output is at the
        time of the first frame of the input.
        """
        ...


class SoxrResampler:
    """Resamples with soxr."""

    def __init__(self, source_rate: float, target_rate: float, channels: int, quality: Quality) -> None:
        self._options = (source_rate, target_rate, channels)
        self._quality = quality
        self._stream: Any = None

    def process(self, samples: Blocks, last: bool = False) -> Blocks:
        """Resample the next block; see `Resampler`."""
        if self._stream is None:
            self._stream = soxr.ResampleStream(*self._options, samples.dtype, self._quality)
        out: Blocks = self._stream.resample_chunk(samples, last=last)
        return out


def has_soxr() -> bool:
    """Return True where soxr is installed."""
    return soxr is not None


def make_resampler(
    source_rate: float, target_rate: float, channels: int = 1, quality: Quality = "HQ"
) -> Resampler:
    """Return a resampler for a stream of float32 or float64 samples; the rates may be any positive numbers.

    `quality` makes a difference to soxr only: HQ has a precision of 20 bits, VHQ of 28.
    """
    if soxr is None:
        return _interpolating(source_rate, target_rate, channels)
    return SoxrResampler(source_rate, target_rate, channels, quality)


def resample(samples: Blocks, source_rate: float, target_rate: float) -> Blocks:
    """Return `samples`, (frames,) or (frames, channels), at `target_rate`."""
    if soxr is None:
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        return _interpolating(source_rate, target_rate, channels).process(samples, last=True)
    out: Blocks = soxr.resample(samples, source_rate, target_rate, "HQ")
    return out


def _interpolating(source_rate: float, target_rate: float, channels: int) -> Resampler:
    # Loads scipy.signal, which takes half a second of each start, and soxr spares it.
    from takevoice.audio.interpolation import InterpolatingResampler

    return InterpolatingResampler(source_rate, target_rate, channels)
