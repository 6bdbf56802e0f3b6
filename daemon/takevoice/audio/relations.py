"""How the channels of a take relate to each other, measured in one pass: copies with their delay, and band levels.

Cross-covariances at all lags up to 40 ms come from block FFTs with zero padding (overlap-save); the delay is the lag with
the highest covariance, after whitening (GCC-PHAT: Knapp and Carter 1976) where that one fits better. Band levels are Hann
periodograms (Welch 1967) every 10 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from takevoice.audio.sample_formats import Samples

MAX_DELAY = 0.04  # seconds
BANDS = 12
LOWEST, HIGHEST = 150.0, 8000.0  # Hz
_BLOCKS = 16  # blocks of a section
_STORED = 4_000_000  # band levels that are kept; a longer take is sampled in sections

Levels = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Relations:
    """The relations of N channels. `lag[i, j]` is by how many frames channel j is later than channel i."""

    covariance: Samples  # (N, N), summed over all frames
    lag: npt.NDArray[np.int64]  # (N, N)
    shared: Samples  # (N, N), -1 to 1: the correlation at that lag
    edges: Samples  # (N,), share of the energy in the first and last 40 ms
    levels: Levels  # (moments, N, bands), power; a sample of the sections of a long take


class ChannelRelations:
    """Measures audio that arrives in blocks of shape (frames, channels); with one channel, next to nothing is done."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._channels = channels
        self._reach = max(1, round(MAX_DELAY * sample_rate))
        self._size = 1 << (4 * self._reach - 1).bit_length()
        self._window = 1 << max(4, round(np.log2(0.0213 * sample_rate)))
        block = (self._size - 2 * self._reach) // self._window * self._window
        self._block, self._section = block, _BLOCKS * block
        frequencies = np.fft.rfftfreq(self._size, 1 / sample_rate)
        self._bins = int(np.searchsorted(frequencies, HIGHEST))
        self._bands = _band_matrix(self._window, sample_rate)
        self._covariance = np.zeros((channels, channels))
        self._spectra = np.zeros((self._bins, channels, channels), np.complex64)
        self._levels: list[Levels] = []
        self._number, self._stride = 0, 1
        self._buffer = np.zeros((self._reach, channels), np.float32)
        self._ends = [np.zeros((0, channels)), np.zeros((0, channels))]

    def feed(self, block: npt.NDArray[np.floating]) -> None:
        """Measure the next frames."""
        self._covariance += block.T @ block
        if self._channels == 1:
            return
        head, tail = self._ends
        if len(head) < self._reach:
            head = np.concatenate((head, block[: self._reach - len(head)]))
        self._ends = [head, np.concatenate((tail, block))[-self._reach :]]
        self._buffer = np.concatenate((self._buffer, block.astype(np.float32)))
        self._measure_sections()

    def result(self) -> Relations:
        """Return the relations; to be called once, at the end."""
        count = self._channels
        if count == 1:
            none = np.zeros((1, 1))
            return Relations(self._covariance, none.astype(np.int64), none + 1, np.zeros(1), _no_levels(1))
        left = len(self._buffer) - self._reach
        if left > 0:
            blocks = -(-left // self._block) * self._block
            padding = np.zeros((blocks + self._reach - left, count), np.float32)
            self._measure(np.concatenate((self._buffer, padding)), left)
        lag, shared = self._delays()
        energy = np.maximum(np.diag(self._covariance), 1e-300)
        edges = sum(np.square(end).sum(axis=0) for end in self._ends) / energy
        levels = np.concatenate(self._levels) if self._levels else _no_levels(count)
        return Relations(self._covariance, lag, shared, edges, levels)

    def _measure_sections(self) -> None:
        while len(self._buffer) >= self._section + 2 * self._reach:
            if self._number % self._stride == 0:
                self._measure(self._buffer[: self._section + 2 * self._reach], self._section)
            self._number += 1
            self._buffer = self._buffer[self._section :]
            if sum(each.size for each in self._levels) > _STORED:
                # Half of the sections represent the take as well.
                self._levels, self._stride = self._levels[::2], 2 * self._stride

    def _measure(self, audio: Levels, frames: int) -> None:
        """Add a section of whole blocks with 40 ms before and after it; `frames` of it are of the take."""
        reach, block, size = self._reach, self._block, self._size
        wide = np.lib.stride_tricks.sliding_window_view(audio, block + 2 * reach, axis=0)[::block]
        near = np.zeros_like(wide)
        near[..., reach : reach + block] = wide[..., reach : reach + block]
        first = scipy.fft.rfft(near, size)[..., : self._bins].transpose(2, 1, 0)
        second = scipy.fft.rfft(wide, size)[..., : self._bins].transpose(2, 0, 1)
        self._spectra += np.conj(first) @ second
        hop = self._window // 2
        inside = np.diff(audio[reach : reach + frames + hop], axis=0)  # brightened: rumble is no voice
        if len(inside) >= self._window:
            moments = np.lib.stride_tricks.sliding_window_view(inside, self._window, axis=0)[::hop]
            hann = np.hanning(self._window).astype(np.float32)
            power = np.abs(scipy.fft.rfft(moments * hann)) ** 2
            self._levels.append((power @ self._bands).astype(np.float32))

    def _delays(self) -> tuple[npt.NDArray[np.int64], Samples]:
        count, reach = self._channels, self._reach
        lag, shared = np.zeros((count, count), np.int64), np.eye(count)
        energy = np.array([self._lagged(i, i, whiten=False)[reach] for i in range(count)])
        for i in range(count):
            for j in range(i + 1, count):
                if min(energy[i], energy[j]) <= 0:
                    continue
                plain = self._lagged(i, j, whiten=False)
                if not plain.any():
                    continue  # one is silent wherever the other is not
                white = self._lagged(i, j, whiten=True)
                candidates = [int(np.abs(plain).argmax()), int(np.abs(white).argmax()), reach]
                best = max(candidates, key=lambda at: (round(abs(plain[at]) / np.abs(plain).max(), 6), at == reach))
                value = plain[best] / np.sqrt(energy[i] * energy[j])
                lag[i, j], lag[j, i] = best - reach, reach - best
                shared[i, j] = shared[j, i] = value
        return lag, shared

    def _lagged(self, i: int, j: int, *, whiten: bool) -> Samples:
        """Return the covariance of two channels at lags from -40 to 40 ms."""
        spectrum = np.zeros(self._size // 2 + 1, np.complex128)
        spectrum[: self._bins] = self._spectra[:, i, j]
        if whiten:
            spectrum /= np.maximum(np.abs(spectrum), 1e-30)
        whole = scipy.fft.irfft(spectrum, self._size)
        lags: Samples = np.concatenate((whole[-self._reach :], whole[: self._reach + 1]))
        return lags


def _band_matrix(window: int, sample_rate: int) -> Levels:
    frequencies = np.fft.rfftfreq(window, 1 / sample_rate)
    edges = np.geomspace(LOWEST, min(HIGHEST, 0.45 * sample_rate), BANDS + 1)
    inside = (frequencies[:, None] >= edges[:-1]) & (frequencies[:, None] < edges[1:])
    return inside.astype(np.float32)


def _no_levels(channels: int) -> Levels:
    return np.zeros((0, channels, BANDS), np.float32)
