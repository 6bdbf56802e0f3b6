"""How often each kind of take is told right: a folder of mono recordings, one person in each file, is mixed at random.

`python tests/bench/channels_table.py FOLDER [COUNT]`. Two recordings must be of different people; give each file a name
that begins with the person's, up to the first "_".
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from takevoice import audio
from takevoice.audio import Segmentation


def room(samples: np.ndarray, rate: int, amount: float, random: np.random.Generator) -> np.ndarray:
    """Return the samples with a tail of noise that decays by 60 dB in 400 ms."""
    time = np.arange(round(0.4 * rate)) / rate
    response = amount * random.standard_normal(len(time)) * 10 ** (-3 * time / 0.4)
    response[0] = 1.0
    size = len(samples) + len(response)
    return np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)[: len(samples)]


def scenes(a: np.ndarray, b: np.ndarray, rate: int, random: np.random.Generator) -> Iterator[tuple]:
    """Yield (kind, channels, conversions, kept channels) of two people."""
    noise = 2e-4 * random.standard_normal((2, len(a)))
    late = int(random.uniform(0.001, 0.005) * rate)
    delayed = np.concatenate((np.zeros(late), a[:-late]))
    quiet = 10 ** (random.uniform(-30, -18) / 20)
    tail = random.uniform(0, 0.08)
    yield "two people", (a + noise[0], b + noise[1]), 2, ()
    yield "two people, one -20 dB", (a + noise[0], 0.1 * b + noise[1]), 2, ()
    half = np.arange(len(a)) < len(a) // 2
    yield "turns", (a * half + noise[0], b * ~half + noise[1]), 2, ()
    bleeding = (a + 0.1 * room(b, rate, tail, random), b + 0.1 * room(a, rate, tail, random))
    yield "two people, bleed -20 dB", tuple(x + n for x, n in zip(bleeding, noise, strict=True)), 2, ()
    pair = (room(a, rate, tail, random), 0.6 * room(delayed, rate, tail, random))
    yield "one voice, two microphones", tuple(x + n for x, n in zip(pair, noise, strict=True)), 2, ()
    for decibels in (3, 8):
        far = 10 ** (-decibels / 20)
        yield f"two at once, panned {decibels} dB", (a + far * b + noise[0], far * a + b + noise[1]), 2, ()
        turns = (a * half + far * b * ~half + noise[0], far * a * half + b * ~half + noise[1])
        yield f"two in turn, panned {decibels} dB", turns, 2, ()
    yield "mid and side, at once", (a + b, a - b), 2, ()
    yield "mid and side, in turn", (a * half + b * ~half, a * half - b * ~half), 2, ()
    boom = room(np.concatenate((np.zeros(300), a + 0.8 * b))[: len(a)], rate, tail, random)
    yield "boom and two lavs", (boom, a + noise[0], b + noise[1]), 3, ()
    yield "boom and one lav", (boom, a + noise[0]), 2, ()
    yield "a copy, the last sixth inverted", (a, np.where(np.arange(len(a)) < 5 * len(a) // 6, a, -a)), 2, ()
    yield "delayed copy", (a, -0.5 * delayed), 1, ()
    bleed = room(delayed, rate, 0.08, random)
    bleed *= quiet * np.sqrt(np.mean(a**2) / np.mean(bleed**2))
    yield "bleed only", (a + noise[0], bleed + noise[1]), 1, (1,)


def plan(channels: np.ndarray, rate: int) -> Segmentation:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.wav"
        soundfile.write(path, channels, rate, "FLOAT")
        return audio.segment_take(audio.read_take(audio.inspect(path)), "auto", None)


def main(folder: Path, count: int) -> None:
    random = np.random.default_rng(0)
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".wav", ".flac"))
    wrong: dict[str, list[bool]] = {}
    for _ in range(count):
        one = files[random.integers(len(files))]
        person = one.name.split("_")[0]
        two = random.choice([f for f in files if f.name.split("_")[0] != person])
        (a, rate), (b, other) = soundfile.read(one), soundfile.read(two)
        if rate != other:
            continue
        a, b = (x[: min(len(a), len(b))] / np.abs(x).max() / 2 for x in (a, b))
        for kind, channels, conversions, kept in scenes(a, b, rate, random):
            found = plan(np.stack(channels, axis=1).astype(np.float32), rate)
            wrong.setdefault(kind, []).append((len(found.buses), found.kept) != (conversions, kept))
    for kind, misses in wrong.items():
        print(f"{kind:<28} {sum(misses):>4} of {len(misses)} wrong ({100 * np.mean(misses):.1f} %)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
