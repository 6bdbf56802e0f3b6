"""Which short windows of a signal hold one steady sine and nothing else. Pure.

A window is four hops of 2.5 ms. Cheap measures come first, so that speech costs next to nothing: its level changes, or it
has more than one frequency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HOP = 0.0025  # seconds
SPAN = 4  # hops of a window
SHORTEST = 4  # windows in a row; fewer are no tone
LAGS = (0.001, 0.00073)  # seconds: what one lag takes for a single frequency, the other one does not
QUIETEST = 1e-5  # mean square of a window: -50 dBFS
STEADY = 1.4  # the most that one half of a window may have of the other's energy: 1.5 dB
SPREAD = 0.1  # the variance of cos(wL) over the spectrum of a window, see `_is_single`
OUTSIDE = 0.08  # the share of a window's power that may lie outside its spectral line: -11 dB
LINE = 2  # bins on each side of a spectral line: the main lobe of a Hann window
LOWEST, HIGHEST = 300.0, 12_000.0  # Hz: hum and the fundamentals of speech are below, the whine of screens above

Signal = npt.NDArray[np.float32]
Found = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Windows:
    """The windows that hold a sine; all arrays have the shape (windows,)."""

    number: npt.NDArray[np.int64]  # the hop at which each begins
    hertz: npt.NDArray[np.float64]
    phase: npt.NDArray[np.float64]  # radians, of the sine in the middle of the window
    level: npt.NDArray[np.float64]  # dB
    outside: npt.NDArray[np.float64]  # the share of the power that is not the sine's
    harmonics: npt.NDArray[np.float64]  # the power of the second and third harmonic, against the sine's


def hop_of(sample_rate: int) -> int:
    """Return the frames of a hop."""
    return max(1, round(HOP * sample_rate))


def reach_of(sample_rate: int) -> int:
    """Return the frames before a window that are looked at too."""
    return 2 * max(_lags(sample_rate))


def candidates(energy: Signal, hop: int) -> Found:
    """Return the windows of steady level from the energy of each hop, (hops,): one for each hop but the last three."""
    halves = energy[:-1] + energy[1:]
    first, second = halves[:-2], halves[2:]
    steady = (first < STEADY * second) & (second < STEADY * first)
    return in_a_row(steady & (first + second > QUIETEST * SPAN * hop))


def in_a_row(chosen: Found) -> Found:
    """Return the chosen windows that have enough chosen neighbours to be a tone."""
    if not chosen.any():
        return chosen
    edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False)).reshape(-1, 2)
    kept = np.zeros_like(chosen)
    for start, end in edges[edges[:, 1] - edges[:, 0] >= SHORTEST].tolist():
        kept[start:end] = True
    return kept


def sines(signal: Signal, first: int, chosen: Found, sample_rate: int) -> Windows:
    """Return those of the chosen windows, (windows,), that hold a sine.

    The first window begins at frame `first` of the signal, (frames,), which holds `reach_of` frames before it.
    """
    hop = hop_of(sample_rate)
    for lag in _lags(sample_rate):
        if chosen.any():
            chosen = in_a_row(chosen & _is_single(signal, first, chosen, lag, hop))
    numbers = np.flatnonzero(chosen)
    windows = np.lib.stride_tricks.sliding_window_view(signal[first:], SPAN * hop)[::hop]
    return _measured(windows[numbers], numbers, sample_rate)


def _lags(sample_rate: int) -> list[int]:
    return [max(1, round(lag * sample_rate)) for lag in LAGS]


def _is_single(signal: Signal, first: int, chosen: Found, lag: int, hop: int) -> Found:
    """Return which windows hold a single frequency, by a measure that needs no spectrum.

    A sine of angular frequency w satisfies x[n - 2L] + x[n] = 2 cos(wL) x[n - L]. What the best factor leaves of the left
    side is the variance of cos(wL) over the spectrum: zero for a single frequency, whatever it is.
    """
    hops = np.flatnonzero(np.convolve(chosen, np.ones(SPAN)) > 0)
    end = first + (len(chosen) + SPAN - 1) * hop
    now, middle, before = (signal[first - n * lag : end - n * lag].reshape(-1, hop)[hops] for n in range(3))
    sides = before + now
    sums = np.zeros((3, len(chosen) + SPAN - 1))
    sums[0, hops] = np.einsum("ij,ij->i", middle, middle)
    sums[1, hops] = np.einsum("ij,ij->i", middle, sides)
    sums[2, hops] = np.einsum("ij,ij->i", sides, sides)
    power, shared, outer = sum((sums[:, n : n + len(chosen)] for n in range(SPAN)), np.zeros((3, len(chosen))))
    found: Found = outer * power - shared**2 < 4 * SPREAD * power**2
    return found


def _measured(audio: Signal, numbers: npt.NDArray[np.int64], sample_rate: int) -> Windows:
    """Return the windows, (windows, frames), whose spectrum has one line."""
    size = audio.shape[1]
    spectra = np.fft.rfft(audio * np.hanning(size + 1)[:-1].astype(np.float32))
    power = spectra.real**2 + spectra.imag**2
    total, rows = power.sum(axis=1), np.arange(len(power))
    width = sample_rate / size  # Hz of a bin
    peak = np.clip(power[:, LINE:-LINE].argmax(axis=1) + LINE, LINE, power.shape[1] - 1 - LINE)
    above = power[rows, peak + 1] > power[rows, peak - 1]
    neighbour = np.where(above, power[rows, peak + 1], power[rows, peak - 1])
    # The frequency between two bins of a Hann window (Grandke 1983).
    ratio = np.sqrt(neighbour / np.maximum(power[rows, peak], 1e-30))
    hertz = (peak + np.where(above, 1, -1) * (2 * ratio - 1) / (ratio + 1)) * width
    line = _around(power, peak, LINE)
    second, third = (_around(power, np.rint(k * hertz / width).astype(int), 1) for k in (2, 3))
    outside = 1 - line / np.maximum(total, 1e-30)
    good = (outside < OUTSIDE) & (hertz >= LOWEST) & (hertz <= HIGHEST)
    return Windows(
        number=numbers[good],
        hertz=hertz[good],
        phase=(np.angle(spectra[rows, peak]) + np.pi * peak)[good],
        level=10 * np.log10(total[good]),
        outside=outside[good],
        harmonics=((second + third) / np.maximum(line, 1e-30))[good],
    )


def _around(power: npt.NDArray[np.float64], centre: npt.NDArray[np.int64], reach: int) -> npt.NDArray[np.float64]:
    """Return the power of the bins around one bin of each spectrum; nothing above the highest frequency."""
    last = power.shape[1] - 1
    bins = centre[:, None] + np.arange(-reach, reach + 1)
    values = np.take_along_axis(power, np.clip(bins, 0, last), axis=1)
    found: npt.NDArray[np.float64] = np.where((bins >= 0) & (bins <= last), values, 0).sum(axis=1)
    return found
