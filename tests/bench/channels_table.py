"""How often each kind of take is told right: a folder of mono recordings, one person in each file, is mixed at random.

`python tests/bench/channels_table.py FOLDER [COUNT]`. Two recordings must be of different people; give each file a name
that begins with the person's, up to the first "_".
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from takevoice.audio.channels import plan_channels
from takevoice.audio.relations import ChannelRelations


def room(samples: np.ndarray, rate: int, amount: float, random: np.random.Generator) -> np.ndarray:
    """Return the samples with a tail of noise that decays by 60 dB in 400 ms."""
    time = np.arange(round(0.4 * rate)) / rate
    response = amount * random.standard_normal(len(time)) * 10 ** (-3 * time / 0.4)
    response[0] = 1.0
    return np.convolve(samples, response)[: len(samples)]


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
    yield "one voice, two microphones", tuple(x + n for x, n in zip(pair, noise, strict=True)), 1, ()
    yield "delayed copy", (a, -0.5 * delayed), 1, ()
    yield "bleed only", (a + noise[0], quiet * room(delayed, rate, 0.08, random) + noise[1]), 1, (1,)


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
            meter = ChannelRelations(rate, len(channels))
            meter.feed(np.stack(channels, axis=1))
            plan = plan_channels(meter.result(), rate)
            wrong.setdefault(kind, []).append((len(plan.groups), plan.kept) != (conversions, kept))
    for kind, misses in wrong.items():
        print(f"{kind:<28} {sum(misses):>4} of {len(misses)} wrong ({100 * np.mean(misses):.1f} %)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
