"""A meter that finds the tones of a take that are no voice: 2-pops, ADR pips, line-up tones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from takevoice.audio.tone_edges import find_onset
from takevoice.audio.tone_windows import SPAN, Signal, Windows, candidates, hop_of, reach_of, sines

CONTEXT = 16  # hops before and after the windows that are examined at once: what they and the edges need
MOST_HOPS, MOST_SAMPLES = 800, 1_000_000  # examined at once
JUMP, TURN = 6.0, 0.5  # Hz and radians: a step between two windows that ends a tone
GAP, STEP = 12, 1.0  # hops and dB: a tone that continues as before after a shorter gap had a flaw there
WHOLE = 0.9  # share of a tone without flaws
UNSTEADY = 0.4  # Hz: the standard deviation of the frequency, in a window without noise
NOISY = 20.0  # noise adds so many times the Cramer-Rao bound for white noise to its variance
UNEVEN, LONG_UNEVEN = 0.25, 1.0  # dB: that of the level
MEAN_OUTSIDE = 0.025  # share of the power that is not the tone's
HARMONICS = 1e-3  # power of the second and third harmonic, besides that of noise
SHORTEST, LONG = 0.02, 1.0  # seconds
ABRUPT, FADED = 10**-1.2, 1.0  # power before and after a tone against its own; long ones may fade in and out
LEAST = 3  # windows besides the first and the last one
SILENT = 1e-4  # power of a channel against the tone's below which it may be silent: -40 dB
MOST_AT_ONCE = 64  # tones of several channels that are compared with each other
AROUND = 0.02  # seconds before and after a tone that hold its edges


@dataclass(frozen=True)
class Tone:
    """A steady tone: its first frame, the first one after it, its frequency in Hz, its channels from 0.

    The channels on which nothing louder than -40 dB below the tone is to be heard meanwhile are among them.
    """

    start: int
    end: int
    hertz: float
    channels: tuple[int, ...]


class ToneFinder:
    """Finds steady pure tones; feed it the take in blocks of any size, which do not change what is found.

    A tone is all there is to hear on its channel, from 300 Hz to 12 kHz and at least 20 ms and -50 dBFS: other sound is
    15 dB below it, and so are its harmonics; its frequency is steady to 0.4 Hz and its level to 0.25 dB; and it begins and
    ends at once. No voice does all of that.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate, self._channels = sample_rate, channels
        self._hop = hop_of(sample_rate)
        self._context = CONTEXT * self._hop
        self._jitter = NOISY * 6 * (sample_rate / (2 * np.pi)) ** 2 / (SPAN * self._hop) ** 3
        self._shared = 15 / (SPAN * self._hop / 2)
        self._hops = max(2 * CONTEXT, min(MOST_HOPS, MOST_SAMPLES // (self._hop * channels)))
        # There is silence before the take.
        self._buffer: list[Signal] = [np.zeros((channels, self._context), np.float32)]
        self._buffered = self._context
        self._next = 0  # the hop of the next window; the buffer begins so many frames before it as the context has
        self._frames = 0
        self._runs: list[_Run | None] = [None] * channels
        self._found: list[Tone] = []

    def feed(self, block: npt.NDArray[np.floating]) -> None:
        """Take the next block, shape (frames, channels), full scale at 1.0."""
        self._frames += len(block)
        self._append(block.T.astype(np.float32))

    def result(self) -> tuple[Tone, ...]:
        """Return all tones in order of time; nothing can be fed after it."""
        # There is silence after the take.
        self._append(np.zeros((self._channels, self._hops * self._hop + 2 * self._context), np.float32))
        for channel, run in enumerate(self._runs):
            if run is not None:
                self._close(channel, run)
        return tuple(_merged(self._found))

    def _append(self, block: Signal) -> None:
        self._buffer.append(block)
        self._buffered += block.shape[1]
        needed = 2 * self._context + self._hops * self._hop
        if self._buffered < needed:
            return
        audio = np.concatenate(self._buffer, axis=1)
        while audio.shape[1] >= needed:
            self._examine(audio[:, :needed])
            audio = audio[:, self._hops * self._hop :]
        self._buffer, self._buffered = [audio.copy()], audio.shape[1]

    def _examine(self, audio: Signal) -> None:
        """Examine the windows that begin between the two contexts of the audio, (channels, frames)."""
        by_hop = audio.reshape(self._channels, -1, self._hop)
        energy = np.einsum("cij,cij->ci", by_hop, by_hop)
        before = -(-reach_of(self._rate) // self._hop)  # hops that the first windows of all look back
        for channel in range(self._channels):
            chosen = candidates(energy[channel], self._hop)[before:]
            if chosen.any():
                windows = sines(audio[channel], before * self._hop, chosen, self._rate)
                for group in _groups(windows, CONTEXT - before, CONTEXT - before + self._hops, self._hop / self._rate):
                    self._add(channel, group, audio, energy, before)
            run = self._runs[channel]
            if run is not None and self._next + self._hops - run.last > GAP:
                self._close(channel, run)
        self._next += self._hops

    def _add(self, channel: int, group: Windows, audio: Signal, energy: Signal, before: int) -> None:
        """Continue the tone of a channel with windows that belong together, or begin another one."""
        first, end = (int(group.number[n]) + before for n in (0, -1))  # hops of the audio
        number = self._next - CONTEXT + first
        run = self._runs[channel]
        if run is not None and not run.continues(number, group, self._hop / self._rate):
            self._close(channel, run)
            run = None
        if run is None:
            around, at = round(AROUND * self._rate), first * self._hop
            start = max(0, at - around)
            head = audio[channel, start : at + self._context // 2].copy()
            run = self._runs[channel] = _Run(number, head, at - start, self._channels)
        run.add(number, group)
        run.energy += energy[:, first : end + SPAN].sum(axis=1)
        run.tail = audio[channel, end * self._hop : (end + CONTEXT) * self._hop].copy()

    def _close(self, channel: int, run: _Run) -> None:
        """End the tone of a channel, and keep it if it is one."""
        self._runs[channel] = None
        if not run.is_steady(run.seconds(self._hop / self._rate) >= LONG, self._jitter, self._shared):
            return
        onset, before = find_onset(run.head, run.inside + self._hop, run.mean_hertz, self._rate)
        start = run.first * self._hop + onset - run.inside
        # The end is the onset of the same audio backwards.
        backwards = run.tail[::-1]
        inside = len(backwards) - (SPAN - 1) * self._hop
        ending, after = find_onset(backwards, inside, run.mean_hertz, self._rate)
        end = run.last * self._hop + len(backwards) - ending
        start, end = max(0, start), min(end, self._frames)
        highest = FADED if end - start >= LONG * self._rate else ABRUPT
        if end - start >= SHORTEST * self._rate and before < highest and after < highest:
            quiet = run.energy < SILENT * run.energy[channel]
            channels = tuple(sorted({channel, *np.flatnonzero(quiet).tolist()}))
            self._found.append(Tone(start, end, run.mean_hertz, channels))


class _Run:
    """A tone that has not ended yet: sums over its windows but the first and the last one, and the audio at both ends."""

    def __init__(self, first: int, head: Signal, inside: int, channels: int) -> None:
        self.first, self.last = first, first  # hops at which windows begin
        self.head, self.inside = head, inside  # the audio around the first window, which begins at that frame of it
        self.tail = head  # the audio from the last window on
        self.energy = np.zeros(channels)
        self._count = 0
        self._sums = np.zeros(6)
        self._base = self._mean_level = 0.0
        self._pending: npt.NDArray[np.float64] | None = None  # the last window
        self._phase = 0.0

    def continues(self, number: int, group: Windows, hop: float) -> bool:
        """Return True if windows from hop `number` on are the same tone."""
        if number - self.last > GAP or self._pending is None:
            return False
        hertz = self._base + self._pending[0]
        if abs(group.hertz[0] - hertz) > JUMP or abs(group.level[0] - self._pending[2]) > STEP:
            return False
        return number > self.last + 1 or bool(_turn(self._phase, group.phase[0], (hertz + group.hertz[0]) / 2, hop) < TURN)

    def add(self, number: int, group: Windows) -> None:
        """Add windows from hop `number` on."""
        if self._pending is None:
            self._base = float(group.hertz[0])
        offset = group.hertz - self._base
        values = np.stack((offset, offset**2, group.level, group.level**2, group.outside, group.harmonics), axis=1)
        if self._pending is not None:
            values = np.concatenate((self._pending[None], values))
            self._add_sums(values[:-1])
        else:
            self._add_sums(values[1:-1])
        self._pending, self._phase = values[-1], float(group.phase[-1])
        self.last = number + len(group.number) - 1

    def _add_sums(self, values: npt.NDArray[np.float64]) -> None:
        self._sums += values.sum(axis=0)
        self._count += len(values)

    @property
    def mean_hertz(self) -> float:
        return self._base + float(self._sums[0]) / max(1, self._count)

    def seconds(self, hop: float) -> float:
        """Return how long the tone is."""
        return (self.last - self.first + SPAN) * hop

    def is_steady(self, long: bool, jitter: float, shared: float) -> bool:
        """Return True if frequency and level stay, and there is nothing else to hear.

        `jitter` is the variance of the frequency in Hz^2 that noise of the tone's power would cause, `shared` the share of
        the noise that may be where the harmonics are.
        """
        if self._count < LEAST or self._count + 2 < WHOLE * (self.last - self.first + 1):
            return False
        hertz, hertz2, level, level2, outside, harmonics = (self._sums / self._count).tolist()
        return bool(
            hertz2 - hertz**2 < UNSTEADY**2 + jitter * outside
            and level2 - level**2 < (LONG_UNEVEN if long else UNEVEN) ** 2
            and outside < MEAN_OUTSIDE
            and harmonics < HARMONICS + shared * outside
        )


def _turn(
    phase: npt.NDArray[np.float64] | float,
    next_phase: npt.NDArray[np.float64] | float,
    hertz: npt.NDArray[np.float64] | float,
    hop: float,
) -> npt.NDArray[np.float64]:
    """Return by how much, in radians, a phase is from where a frequency takes it within a hop."""
    turned: npt.NDArray[np.float64] = np.abs(np.angle(np.exp(1j * (next_phase - phase - 2 * np.pi * hertz * hop))))
    return turned


def _groups(windows: Windows, first: int, end: int, hop: float) -> Iterator[Windows]:
    """Yield the windows that begin from hop `first` up to `end` in groups of neighbours that continue each other."""
    inside = slice(*np.searchsorted(windows.number, (first, end)))
    number, hertz, phase = windows.number[inside], windows.hertz[inside], windows.phase[inside]
    if not len(number):
        return
    breaks = np.diff(number) > 1
    breaks |= np.abs(np.diff(hertz)) > JUMP
    breaks |= _turn(phase[:-1], phase[1:], (hertz[1:] + hertz[:-1]) / 2, hop) > TURN
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(number)]
    for a, b in pairwise(edges):
        yield Windows(**{name: values[inside][a:b] for name, values in vars(windows).items()})


def _merged(tones: list[Tone]) -> Iterator[Tone]:
    """Yield tones in order of time; those of several channels at the same time and of one frequency are one."""
    found: list[Tone] = []
    for tone in sorted(tones, key=lambda each: (each.start, each.channels)):
        for n in range(max(0, len(found) - MOST_AT_ONCE), len(found)):
            other = found[n]
            if tone.start < other.end and abs(tone.hertz - other.hertz) < JUMP:
                both = tuple(sorted({*other.channels, *tone.channels}))
                found[n] = replace(other, end=max(other.end, tone.end), channels=both)
                break
        else:
            found.append(tone)
    yield from found
