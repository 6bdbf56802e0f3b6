"""The weighting by frequency of ITU-R BS.1770-5, for audio that arrives in blocks."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt
import scipy.fft

from takevoice.audio.sample_formats import Samples

_REACH = 0.1  # seconds: how long a sample is heard after the filters, down to -180 dB
_WINDOW = 4  # transforms are this many times as long


class KWeighting:
    """Weights audio of shape (channels, frames), in single precision: within -120 dB of its highest level.

    The filters' response fades within 0.1 s, so it is applied by fast convolution (overlap-save). That is as fast as the recursive
    filter, whose library takes half a second to load: longer than a take of ten seconds takes to measure.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._reach = max(1, round(_REACH * sample_rate))
        self._size = 2 * scipy.fft.next_fast_len(_WINDOW * self._reach // 2, real=True)
        self._response = _response(sample_rate, self._size)
        self._before = np.zeros((channels, self._reach), np.float32)

    def weight(self, block: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Return the next frames, (channels, frames), after the weighting."""
        channels, frames = block.shape
        step = self._size - self._reach
        joined = np.zeros((channels, self._reach + -(-frames // step) * step), np.float32)
        joined[:, : self._reach] = self._before
        joined[:, self._reach : self._reach + frames] = block
        self._before = joined[:, frames : frames + self._reach].copy()
        windows = np.lib.stride_tricks.sliding_window_view(joined, self._size, axis=1)[:, ::step]
        weighted = scipy.fft.irfft(scipy.fft.rfft(windows) * self._response, self._size)
        # The first frames of each window lack what came before them.
        kept: npt.NDArray[np.float32] = weighted[..., self._reach :].reshape(channels, -1)[:, :frames]
        return kept

    def is_at_rest(self) -> bool:
        """Return True when silence stays silence: nothing before it is heard any more."""
        return not self._before.any()


@functools.cache
def _response(sample_rate: int, size: int) -> npt.NDArray[np.complex64]:
    """Return the response of both filters at the frequencies of a transform of `size`, (size // 2 + 1,)."""
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    filters = [np.polyval(b[::-1], delay) / np.polyval(a[::-1], delay) for b, a in k_weighting(sample_rate)]
    response: npt.NDArray[np.complex64] = np.prod(filters, axis=0).astype(np.complex64)
    return response


def k_weighting(
    sample_rate: int,
) -> tuple[tuple[Samples, Samples], tuple[Samples, Samples]]:
    """Return the two filters of BS.1770-5, each as (b, a), for any sample rate.

    The standard defines them at 48 kHz only. These are bilinear transforms of analogue filters whose parameters reproduce
    the coefficients of the standard at 48 kHz.
    """
    gain, q, corner = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k = math.tan(math.pi * min(corner / sample_rate, 0.49))
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = (
        np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]) / a0,
        np.array([a0, 2 * (k * k - 1), 1 - k / q + k * k]) / a0,
    )
    q, corner = 0.5003270373238773, 38.13547087602444
    k = math.tan(math.pi * corner / sample_rate)
    a0 = 1 + k / q + k * k
    high_pass = (np.array([1.0, -2.0, 1.0]), np.array([a0, 2 * (k * k - 1), 1 - k / q + k * k]) / a0)
    return shelf, high_pass
