"""The takes of a soak: what is in each, and under which names it has been; and the folders that they are in."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from signals import make_speech

from .account import identity

RATE = 16_000  # Hz
NOISE = 0.04  # of each take, its own: no other take's audio is anything like it


@dataclass(frozen=True)
class Folder:
    """A watched folder: where it really is, and where the machines see it. The soak never looks through a mount, which may hang."""

    real: Path
    seen: Path

    def __truediv__(self, name: str) -> Folder:
        return Folder(self.real / name, self.seen / name)


@dataclass
class Place:
    """A name that a take has or had; the times are Unix times."""

    folder: Folder
    stem: str
    since: float
    until: float = float("inf")


@dataclass
class Take:
    """One take."""

    number: int
    suffix: str
    places: list[Place] = field(default_factory=list)
    deleted: bool = False
    writing: bool = False  # slowly
    audio: str = ""

    @property
    def place(self) -> Place:
        """Where it is, or was last."""
        return self.places[-1]

    @property
    def name(self) -> str:
        """Its file name."""
        return self.place.stem + self.suffix

    @property
    def path(self) -> Path:
        """Where it really is."""
        return self.place.folder.real / self.name

    @property
    def seen(self) -> Path:
        """Where the machines see it."""
        return self.place.folder.seen / self.name

    def place_at(self, at: float) -> Place:
        """Where it was at that Unix time."""
        return next((place for place in self.places if at < place.until), self.place)

    def samples(self) -> np.ndarray:
        """Its audio, int16: unlike that of every other take."""
        random = np.random.default_rng(self.number)
        seconds = random.uniform(0.3, 0.9)
        speech = make_speech(seconds, RATE, 90 + random.uniform(0, 150), seed=self.number)
        audio = 0.7 * speech + NOISE * random.standard_normal(len(speech))
        return np.round(32767 * np.clip(audio, -1, 1)).astype(np.int16)


class Takes:
    """All takes; no name is used twice, so that the name of a file says which take it is of."""

    def __init__(self, chance_of_flac: float = 0.1) -> None:
        self.all: list[Take] = []
        self.by_stem: dict[str, Take] = {}
        self._flac = chance_of_flac
        self._numbers = itertools.count()

    def new(self, folder: Folder) -> Take:
        """A take that is about to be rendered into the folder."""
        number = next(self._numbers)
        take = Take(number, ".flac" if number * 0.618 % 1 < self._flac else ".wav")
        take.audio = identity(take.samples())
        self.all.append(take)
        self._put(take, folder, f"t{number:05d}")
        return take

    def render(self, folder: Folder, *, renamed: bool) -> Take:
        """Write a take: under its name, or under a temporary one that is then replaced."""
        take = self.new(folder)
        target = take.path.with_name(f".{take.number}.tmp") if renamed else take.path
        kind = "FLAC" if take.suffix == ".flac" else "WAV"
        soundfile.write(target, take.samples(), RATE, "PCM_16", format=kind)
        if renamed:
            target.rename(take.path)
        return take

    def move(self, take: Take, folder: Folder) -> None:
        """Give a take a new name, in this folder."""
        before = take.path
        self._put(take, folder, f"t{take.number:05d}x{len(take.places)}")
        before.rename(take.path)

    def delete(self, take: Take) -> None:
        """Delete a take."""
        take.deleted, take.place.until = True, time.time()
        take.path.unlink()

    def alive(self) -> Iterator[Take]:
        """Those that are not deleted."""
        return (take for take in self.all if not take.deleted)

    def _put(self, take: Take, folder: Folder, stem: str) -> None:
        now = time.time()
        if take.places:
            take.place.until = now
        take.places.append(Place(folder, stem, now))
        self.by_stem[stem] = take


class SlowWriter:
    """Writes a WAV take piece by piece, as a program does that renders in real time."""

    def __init__(self, takes: Takes, folder: Folder, header_first: bool, pieces: int) -> None:
        self.take = takes.new(folder)
        self.take.suffix, self.take.writing = ".wav", True
        samples = self.take.samples()
        head = _wav_head(len(samples) if header_first else 0)
        self._left = [part.tobytes() for part in np.array_split(samples, pieces)]
        self._last = None if header_first else _wav_head(len(samples))
        self._file = self.take.path.open("wb", buffering=0)
        self._file.write(head)

    def step(self) -> bool:
        """Write the next piece; returns False at the end."""
        if self._left:
            self._file.write(self._left.pop(0))
            return True
        if self._last is not None:
            os.pwrite(self._file.fileno(), self._last, 0)
        self._file.close()
        self.take.writing = False
        return False


def _wav_head(frames: int) -> bytes:
    """The 44 bytes before the samples of a mono WAV with 16 bits."""
    size, word = 2 * frames, lambda number, width: number.to_bytes(width, "little")
    form = word(1, 2) + word(1, 2) + word(RATE, 4) + word(2 * RATE, 4) + word(2, 2) + word(16, 2)
    return b"RIFF" + word(36 + size, 4) + b"WAVEfmt " + word(16, 4) + form + b"data" + word(size, 4)
