"""Makes the takes of an episode: twelve characters and three hundred lines, as a recordist would export them.

    python tests/bench/episode_takes.py ~/Dub/Episode3

writes `Anna_001.wav`, `Anna_002.wav`, `Guard 1_001.wav` and so on, thirteen minutes in all.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from signals import make_speech

RATE = 48_000


class Character(NamedTuple):
    """A part: its name, its share of the lines, its actor's pitch in Hz and size (above 1: smaller), its new voice."""

    name: str
    share: int
    f0: float
    tract: float
    voice: str


CAST = (
    Character("Anna", 58, 205.0, 1.15, "ada"),
    Character("Ben", 52, 115.0, 1.0, "george"),
    Character("Dr. Weiss", 40, 98.0, 0.97, "edgar"),
    Character("Clara", 34, 220.0, 1.17, "june"),
    Character("Mother", 28, 185.0, 1.12, "mara"),
    Character("Tom", 24, 260.0, 1.25, "pip"),
    Character("Inspector", 20, 105.0, 1.0, "bruno"),
    Character("Guard 1", 12, 120.0, 0.98, "oscar"),
    Character("Guard 2", 10, 95.0, 0.96, "oscar"),
    Character("Nurse", 9, 210.0, 1.14, "iris"),
    Character("Radio", 8, 130.0, 1.02, "theo"),
    Character("Old Man", 5, 90.0, 0.98, "edgar"),
)
"""Twelve characters; their shares make three hundred lines."""


def lines_of(count: int) -> list[tuple[Character, int]]:
    """Return who speaks each of `count` lines, and its number among the character's own, in the order of the script."""
    whole = sum(each.share for each in CAST)
    wanted = {each.name: max(1, round(count * each.share / whole)) for each in CAST}
    random = np.random.default_rng(3)
    order = [each for each in CAST for _ in range(wanted[each.name])]
    numbers = dict.fromkeys(wanted, 0)
    found = []
    for index in random.permutation(len(order)):
        who = order[int(index)]
        numbers[who.name] += 1
        found.append((who, numbers[who.name]))
    return found


def write_line(folder: Path, who: Character, number: int, take: int = 0, seconds: float | None = None) -> Path:
    """Write a line, 48 kHz, 24 bit, mono, of 1.2 to 4 s; another `take` of it is spoken differently under the same name."""
    seed = CAST.index(who) * 10_000 + number * 10 + take
    length = seconds or 1.2 + 2.8 * float(np.random.default_rng(seed).random())
    path = folder / f"{who.name}_{number:03}.wav"
    soundfile.write(path, 0.6 * make_speech(length, RATE, who.f0, seed, who.tract), RATE, "PCM_24")
    return path


def write_episode(folder: Path, count: int = 300, seconds: float | None = None) -> list[Path]:
    """Write the lines of an episode to a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write_line(folder, who, number, seconds=seconds) for who, number in lines_of(count)]


if __name__ == "__main__":
    target = Path(sys.argv[1]).expanduser()
    made = write_episode(target, int(sys.argv[2]) if len(sys.argv) > 2 else 300)
    print(f"{len(made)} takes in {target}")
