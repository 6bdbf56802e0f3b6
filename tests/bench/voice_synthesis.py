"""Voices whose pitch is known, made by public formulas: material that no pitch tracker has to vote on.

Glottal pulses (Rosenberg 1971) with jitter and shimmer go through four resonators (Klatt 1980): phrases of vowels with falling
pitch, hisses between them, and soft ends; in creaky voices, the second half of each phrase falls by an octave, to 50 Hz at
least, in uneven pulses. Rooms are boxes with image sources (Allen and Berkley 1979).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve, lfilter
from voice_speakers import RATE

VOWELS = (
    (730, 1090, 2440, 3400), (270, 2290, 3010, 3600), (530, 1840, 2480, 3500), (300, 870, 2240, 3300),
    (570, 840, 2410, 3300), (660, 1720, 2410, 3300), (490, 1350, 1690, 3300),
)  # fmt: skip  # Hz, of a man
WIDTHS = (70, 90, 130, 200)  # Hz
SPEAKERS = (
    (85, 0.93), (105, 1.0), (125, 1.0), (150, 1.05), (190, 1.15), (215, 1.17), (250, 1.2), (300, 1.28), (360, 1.33),
)  # fmt: skip  # pitch in Hz, and factor of the formants
CREAKY = 220.0  # Hz, up to which a speaker is also creaky
LOWEST = 50.0  # Hz, of a creak
SECONDS = 8.0
SOUND = 343.0  # m/s


@dataclass(frozen=True)
class Room:
    """A box in m, where the speaker and the microphone are in it, and the reverberation time in s."""

    size: tuple[float, float, float]
    speaker: tuple[float, float, float]
    microphone: tuple[float, float, float]
    reverberation: float

    def response(self) -> np.ndarray:
        """The impulse response at RATE from the direct sound on, which has the height 1."""
        x, y, z = self.size
        absorbed = 1 - np.exp(-24 * np.log(10) * x * y * z / (SOUND * 2 * (x * y + x * z + y * z) * self.reverberation))
        reflected, reach = np.sqrt(1 - absorbed), self.reverberation * SOUND
        (dx, nx), (dy, ny), (dz, nz) = (self._images(axis, reach) for axis in range(3))
        out = np.zeros(int(self.reverberation * RATE) + 2)
        for distance, bounces in zip(dx, nx, strict=True):
            far = np.sqrt(distance**2 + dy[:, None] ** 2 + dz[None] ** 2)
            near = far < reach
            height = (reflected ** (bounces + ny[:, None] + nz[None]))[near] / far[near]
            at = far[near] / SOUND * RATE
            whole = at.astype(int)
            np.add.at(out, whole, height * (1 - at + whole))
            np.add.at(out, whole + 1, height * (at - whole))
        direct = float(np.linalg.norm(np.subtract(self.speaker, self.microphone)))
        return direct * out[int(direct / SOUND * RATE) :]

    def _images(self, axis: int, reach: float) -> tuple[np.ndarray, np.ndarray]:
        """The distances of the images along an axis, and how many reflections each took."""
        length, speaker, microphone = self.size[axis], self.speaker[axis], self.microphone[axis]
        turns = np.arange(-int(reach / (2 * length)) - 1, int(reach / (2 * length)) + 2)
        distances = [2 * turns * length + speaker - microphone, 2 * turns * length - speaker - microphone]
        return np.concatenate(distances), np.concatenate([np.abs(2 * turns), np.abs(2 * turns - 1)])


ROOMS = (
    Room((5.1, 4.2, 2.7), (1.2, 1.3, 1.5), (2.6, 2.1, 1.4), 0.45),
    Room((7.3, 5.9, 3.1), (1.5, 2.0, 1.6), (4.2, 3.1, 1.3), 0.8),
    Room((3.1, 2.3, 2.4), (0.9, 0.8, 1.6), (2.2, 1.6, 1.2), 0.35),
)


def pulses(phase: np.ndarray, opened: np.ndarray | float) -> np.ndarray:
    """The flow through the glottis, which is open for the share `opened` of each period, at a phase in periods."""
    part = phase % 1
    rise = opened * 2.5 / 3.5
    opening = 0.5 - 0.5 * np.cos(np.pi * part / rise)
    closing = np.cos(0.5 * np.pi * (part - rise) / (opened - rise))
    return np.where(part < rise, opening, np.where(part < opened, closing, 0.0))


def through(sound: np.ndarray, formant: float, width: float) -> np.ndarray:
    """A resonator with gain 1 at 0 Hz."""
    radius = np.exp(-np.pi * width / RATE)
    b, c = 2 * radius * np.cos(2 * np.pi * formant / RATE), -(radius**2)
    return lfilter([1 - b - c], [1, -b, -c], sound)


def spoken(pitch: float, tract: float, seed: int, creaky: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Phrases, and at each sample their pitch in Hz, 0 where there is none: both (SECONDS * RATE,)."""
    random = np.random.default_rng(seed)
    sound, truth = np.zeros((2, int(SECONDS * RATE)))
    start = int(0.15 * RATE)
    while start < len(sound) - 0.6 * RATE:
        count = min(int(random.uniform(1.0, 2.2) * RATE), len(sound) - start - int(0.2 * RATE))
        phrase = slice(start, start + count)
        sound[phrase], truth[phrase] = _phrase(pitch, tract, random, count, creaky)
        start += count + int(random.uniform(0.25, 0.5) * RATE)
    return 0.1 * sound, truth


def _phrase(
    pitch: float, tract: float, random: np.random.Generator, count: int, creaky: bool
) -> tuple[np.ndarray, np.ndarray]:
    time, length = np.arange(count) / RATE, count / RATE
    melody = 0.12 * np.sin(2 * np.pi * (time * random.uniform(1.2, 2.2) + random.random()))
    f0 = pitch * 2 ** (0.25 - 0.45 * time / length + melody)
    creak = creaky & (time > 0.55 * length)
    fallen = pitch * 2 ** (-0.25 - np.clip((time - 0.55 * length) / 0.15, 0, 1))
    f0 = np.where(creak, np.maximum(np.minimum(f0, fallen), LOWEST), f0)
    period = np.floor(np.cumsum(f0 / RATE)).astype(int)
    f0 = f0 * (1 + np.where(creak, 0.04, 0.006) * random.standard_normal(period[-1] + 1)[period])
    phase = np.cumsum(f0 / RATE)
    period = np.floor(phase).astype(int)
    heights = 1 + (0.15 if creaky else 0.04) * random.standard_normal(period[-1] + 1)
    flow = heights[period] * pulses(phase, np.where(creak, 0.35, random.uniform(0.45, 0.75)))
    source = np.diff(flow, prepend=0.0) * RATE / pitch / 4 + 0.01 * random.standard_normal(count)
    sound, truth = np.zeros((2, count))
    start = 0
    while start < count - 0.08 * RATE:
        start = _syllable(sound, truth, start, source, f0, tract, random)
    fade = np.clip((length - time) / 0.25, 0, 1) ** 0.5 * np.clip((length - time) / 0.05, 0, 1)
    return sound * (0.15 + 0.85 * fade), truth


def _syllable(
    sound: np.ndarray, truth: np.ndarray, start: int, source: np.ndarray, f0: np.ndarray, tract: float, random: np.random.Generator
) -> int:
    """Add a vowel, and sometimes a hiss after it; return the place after them."""
    part = slice(start, min(start + int(random.uniform(0.12, 0.3) * RATE), len(sound)))
    vowel = source[part]
    for formant, width in zip(VOWELS[random.integers(len(VOWELS))], WIDTHS, strict=True):
        vowel = through(vowel, formant * tract * (1 + 0.03 * random.standard_normal()), width)
    at = np.arange(len(vowel)) / RATE
    shape = random.uniform(0.4, 1.0) * np.clip(np.minimum(at, at[::-1]) / 0.02, 0, 1)
    sound[part] += vowel * shape / np.std(vowel)
    truth[part] = np.where(shape > 0.1, f0[part], 0)
    if random.random() > 0.4:
        return part.stop
    hiss = through(np.diff(random.standard_normal(int(random.uniform(0.05, 0.12) * RATE))), 4500, 1500)
    hiss *= 0.25 / np.std(hiss) * np.hanning(len(hiss))
    end = min(part.stop + len(hiss), len(sound))
    sound[part.stop : end] += hiss[: end - part.stop]
    return end


def material(step: float) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Sounds of each kind with their pitch in Hz at every `step` seconds."""
    steps = (np.arange(int(SECONDS / step)) * step * RATE).astype(int)
    responses = [room.response() for room in ROOMS]
    for number, (pitch, tract) in enumerate(SPEAKERS):
        sound, f0 = spoken(pitch, tract, number)
        truth = f0[steps]
        yield "synthetic", sound, truth
        for response in responses:
            yield "synthetic, in a room", fftconvolve(sound, response)[: len(sound)], truth
        yield "synthetic, clipped by 22 dB", np.clip(sound * 12 / np.abs(sound).max(), -1, 1) * 0.99, truth
        if pitch < CREAKY:
            sound, f0 = spoken(pitch, tract, number, creaky=True)
            yield "synthetic, creaky", sound, f0[steps]
