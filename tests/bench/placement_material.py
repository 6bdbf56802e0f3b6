"""Material for `placement_table.py`: recordings and made sounds, the local engine's conversions, and cuts of both."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, lfilter, sosfilt

from takevoice import resample
from takevoice_plugins.local import engine
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks

RATE = 48_000
LONGEST, PIECES = 14.0, 4  # seconds of a piece of a recording, and how many are used
WORD = 1.2  # seconds: a recording shorter than this is a take of its own
VOICES = ("ada", "bruno", "june", "edgar")
EDGES = ("random", "faded", "padded", "word", "50 ms", "200 ms")
ROOM = {"word": 0.0, "50 ms": 0.05, "200 ms": 0.2}  # seconds before the first sound
QUIET = 0.03  # of the peak: below this, a cut has nothing in it
MADE = 6  # recordings of each made sound
Samples = np.ndarray  # float32, (frames,), at RATE


@dataclass(frozen=True)
class Recording:
    """A recording, what the engine makes of it, and the voice."""

    name: str
    material: str
    take: Samples
    answer: Samples
    voice: str


@dataclass(frozen=True)
class Cut:
    """The part of a recording from the frame `start`, and the same part of the answer."""

    source: Recording
    start: int
    edges: str
    take: Samples
    answer: Samples


def load(folder: Path, cache: Path, half: int) -> Iterator[Recording]:
    """Yield the recordings of one half; the name of a subfolder is the material. Conversions are kept in `cache`."""
    files = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in (".wav", ".flac", ".mp3", ".ogg"))
    for path in list(files)[half::2]:
        material = path.parent.name if path.parent != folder else "speech"
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        length = round(LONGEST * rate)
        for number, start in enumerate(range(0, min(len(samples), PIECES * length), length)):
            take = resample(samples[start : start + length].mean(axis=1), rate, RATE)
            if number and len(take) < WORD * RATE:
                continue
            yield _converted(f"{path.stem} {number}", material, take, cache)
            for name, change in SPOKEN.items():
                if material == "speech" and zlib.crc32((path.stem + name).encode()) % 4 == 0:
                    yield _converted(f"{name} {path.stem}", name, change(take[: 8 * RATE]), cache)
    for number in range(half, 2 * MADE, 2):
        for name, make in SOUNDS.items():
            sound = make(np.random.default_rng(number))
            yield _converted(f"{name} {number}", name, _scaled(sound), cache)


def _converted(name: str, material: str, take: Samples, cache: Path) -> Recording:
    voice = VOICES[zlib.crc32(name.encode()) % len(VOICES)]
    return Recording(name, material, take, convert(take, voice, cache), voice)


def convert(take: Samples, voice: str, cache: Path) -> Samples:
    """Return the local engine's answer."""
    path = cache / f"{hashlib.blake2b(take.tobytes() + voice.encode(), digest_size=12).hexdigest()}.npy"
    if not path.exists():
        source = ArraySource(take.astype(np.float64), RATE)
        plan = engine.plan(source, profile(voice), EngineParameters())
        np.save(path, np.concatenate(list(plan.convert(read_blocks(source)))).astype(np.float32))
    answer: Samples = np.load(path)
    return answer


def _scaled(sound: Samples) -> Samples:
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def whispered(speech: Samples) -> Samples:
    """Return noise with the spectrum over time of `speech`."""
    size, hop = 1024, 256
    window, smooth = np.hanning(size), np.hanning(15) / np.hanning(15).sum()
    noise = np.random.default_rng(1).standard_normal(len(speech))
    out = np.zeros(len(speech) + size)
    for start in range(0, len(speech) - size, hop):
        wanted = np.abs(np.fft.rfft(speech[start : start + size] * window))
        carrier = np.fft.rfft(noise[start : start + size] * window)
        out[start : start + size] += np.fft.irfft(carrier * np.convolve(wanted, smooth, "same")) * window
    return _scaled(out[: len(speech)])


def shouted(speech: Samples) -> Samples:
    """Return speech a fifth higher and overdriven, as a microphone gets it from a shout."""
    faster = resample(speech, 3 * RATE, 2 * RATE)
    return _scaled(np.tanh(8 * faster / np.abs(faster).max()))


def breaths(random: np.random.Generator) -> Samples:
    """Return noise that swells and fades, with pauses."""
    out = np.zeros(8 * RATE)
    at = random.uniform(0, 0.5)
    while at < 7:
        count = round(random.uniform(0.3, 0.9) * RATE)
        swell = np.hanning(count) ** random.uniform(0.5, 2)
        band = butter(2, (random.uniform(300, 700), random.uniform(2500, 6000)), "band", fs=RATE, output="sos")
        out[round(at * RATE) :][:count] += (swell * sosfilt(band, random.standard_normal(count)))[: len(out) - round(at * RATE)]
        at += count / RATE + random.uniform(0.05, 0.6)
    return out + 0.002 * random.standard_normal(len(out))


def barks(random: np.random.Generator) -> Samples:
    """Return short rough cries of falling pitch at odd times."""
    out = np.zeros(8 * RATE)
    at = random.uniform(0, 0.5)
    while at < 7.5:
        count = round(random.uniform(0.08, 0.25) * RATE)
        pitch = random.uniform(300, 700) * np.linspace(1.1, 0.6, count)
        pulses = np.diff(np.floor(np.cumsum(pitch / RATE)), prepend=0) + 0.1 * random.standard_normal(count)
        for hertz in random.uniform((600, 1400, 2500), (1000, 2000, 3500)):
            pole = 0.99 * np.exp(2j * np.pi * hertz / RATE)
            pulses = lfilter([1], [1, -2 * pole.real, abs(pole) ** 2], pulses)
        shape = np.minimum(1, np.arange(count) / (0.01 * RATE)) * np.linspace(1, 0, count)
        out[round(at * RATE) :][:count] += random.uniform(0.3, 1) * shape * pulses / np.abs(pulses).max()
        at += count / RATE + random.exponential(0.25)
    return out + 0.001 * random.standard_normal(len(out))


def impulses(random: np.random.Generator) -> Samples:
    """Return clicks, shots and steps at odd or even times."""
    out = np.zeros(8 * RATE)
    times = np.arange(0.1, 7.8, 0.5) if random.integers(2) else np.sort(random.uniform(0, 7.8, 25))
    for at in times:
        burst = random.standard_normal(9600) * np.exp(-np.arange(9600) / random.uniform(200, 2400))
        out[int(at * RATE) :][:9600] += random.uniform(0.3, 1) * burst
    return out


def steady(random: np.random.Generator) -> Samples:
    """Return pink noise, hum, or gusts of wind."""
    count = 8 * RATE
    pink = np.fft.irfft(np.fft.rfft(random.standard_normal(count)) / np.sqrt(np.arange(count // 2 + 1) + 20))
    t = np.arange(count) / RATE
    hum = sum(np.sin(2 * np.pi * 100 * k * t) / k for k in range(1, 12))
    gusts = pink * 10 ** np.interp(t, np.arange(9), random.uniform(-1.2, 0, 9))
    return (pink, hum + 0.02 * random.standard_normal(count), gusts)[int(random.integers(3))]


SPOKEN = {"whispers": whispered, "shouts": shouted}
SOUNDS = {"breaths": breaths, "barks": barks, "impulses": impulses, "steady noise": steady}


def cuts(recordings: list[Recording], seconds: float, number: int, random: np.random.Generator) -> Iterator[Cut]:
    """Yield up to `number` cuts of one length, at all kinds of edges."""
    for turn in range(number):
        source = recordings[turn % len(recordings)]
        edges = EDGES[int(random.integers(len(EDGES)))]
        found = cut(source, seconds, edges, random)
        if found is not None:
            yield found


def cut(source: Recording, seconds: float, edges: str, random: np.random.Generator) -> Cut | None:
    """Return a cut, or None if there is hardly anything in it."""
    length = round(seconds * RATE)
    if length >= len(source.take):
        return None
    start = int(random.integers(len(source.take) - length))
    if edges in ROOM:
        start = max(0, min(_onset(source.take, start) - round(ROOM[edges] * RATE), len(source.take) - length))
    take, answer = (each[start : start + length].copy() for each in (source.take, source.answer))
    if np.abs(take).max() < QUIET * np.abs(source.take).max():
        return None
    if edges == "padded":
        zeros = np.zeros(RATE // 10, np.float32)
        take, answer = (np.concatenate((zeros, each, zeros)) for each in (take, answer))
    if edges == "faded":
        ramp = np.linspace(0, 1, RATE // 200, dtype=np.float32)
        for each in (take, answer):
            each[: len(ramp)] *= ramp
            each[-len(ramp) :] *= ramp[::-1]
    return Cut(source, start, edges, take, answer)


def _onset(samples: Samples, after: int) -> int:
    """Return the next place where quiet becomes loud."""
    hop = RATE // 100
    levels = np.abs(samples[after:])
    levels = levels[: len(levels) // hop * hop].reshape(-1, hop).max(axis=1)
    loud = levels > 0.1 * np.abs(samples).max()
    rises = np.flatnonzero(loud[1:] & ~loud[:-1])
    return after + (int(rises[0]) + 1) * hop if len(rises) else after
