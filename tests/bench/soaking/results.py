"""Judges the folders after a soak, by the files in them, read with soundfile and ffprobe alone."""

from __future__ import annotations

import collections
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from .account import VOICES, converted, identity
from .takes import Folder, Place, Take, Takes

RESULT = re.compile(rf"(?P<stem>.+)\.(?P<voice>{'|'.join(VOICES.values())})(?P<number>\.\d+)?")
LIKE = -40.0  # dB: what is left of a result when what it should be is taken away; another take leaves far more
SLACK = 1.0  # seconds between the last look at a take's name and its result
PROBED = 50  # results that ffprobe reads too


@dataclass
class Found:
    """What is in the folders. Each list has a line for each case."""

    takes: int = 0
    deleted: int = 0
    results: int = 0
    marks: int = 0  # that say that a take was paid for which was renamed, moved or deleted before it was published
    without: set[int] = field(default_factory=set)  # takes that are there, and have no result
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)  # not whole, or not made from their take
    left: list[str] = field(default_factory=list)  # temporary files, and claims
    originals: list[str] = field(default_factory=list)  # missing or changed


@dataclass(frozen=True)
class Result:
    """A result as it was found."""

    path: Path
    take: Take
    voice: str
    place: Place
    at: float  # Unix time at which it got its name


class Judge:
    """Looks at every file in the folders."""

    def __init__(
        self, takes: Takes, folders: Sequence[Folder], excused: set[int], pauses: Sequence[tuple[float, float]]
    ) -> None:
        """`excused`: the takes that are held, or that a person has dropped. `pauses`: when a daemon was suspended."""
        self._takes, self._folders, self._excused, self._pauses = takes, folders, excused, pauses
        self._results: dict[int, list[Result]] = collections.defaultdict(list)
        self.found = Found(len(takes.all), sum(take.deleted for take in takes.all))

    def run(self) -> Found:
        """Judge everything."""
        originals = {take.path: take for take in self._takes.alive()}
        files = [path for folder in self._folders for path in sorted(folder.real.rglob("*")) if not path.is_dir()]
        for path in files:
            if path.parent.name == ".takevoice":
                self._claim(path)
            elif path.name.startswith("."):
                self.found.left.append(f"{path}")
            elif path not in originals:
                self._result(path)
        for path, take in originals.items():
            if not path.exists() or identity(soundfile.read(path, dtype="int16")[0]) != take.audio:
                self.found.originals.append(f"{path}")
        for take in self._takes.all:
            self.found.twice += self._twice(take)
            if take.deleted or self._has_result(take):
                continue
            self.found.without.add(take.number)
            if take.number not in self._excused:
                self.found.lost.append(f"{take.path}, was {[place.stem for place in take.places]}")
        self.found.results = sum(map(len, self._results.values()))
        self._probe()
        return self.found

    def _claim(self, path: Path) -> None:
        """What may be paid for stays marked while it is held, or when a person has dropped it."""
        try:
            name = Path(json.loads(path.read_text())["take"]).stem
        except (ValueError, KeyError):
            name = ""
        take = self._takes.by_stem.get(name)
        if path.suffix == ".sent" and take is not None and take.number in self._excused:
            return
        if path.suffix == ".sent" and take is not None and not self._is_at(take, path.parent.parent, name):
            self.found.marks += 1
        else:
            self.found.left.append(f"{path} of {name}")

    def _is_at(self, take: Take, folder: Path, stem: str) -> bool:
        place = take.place
        return not take.deleted and (place.folder.real, place.stem) == (folder, stem)

    def _result(self, path: Path) -> None:
        match = RESULT.fullmatch(path.stem)
        take = self._takes.by_stem.get(match["stem"]) if match else None
        if match is None or take is None:
            self.found.partial.append(f"{path} is nothing that should be there")
            return
        place = next((each for each in take.places if each.folder.real == path.parent and each.stem == match["stem"]), None)
        if place is None or path.suffix != take.suffix:
            self.found.partial.append(f"{path} is where its take never was")
            return
        wrong = _wrong_audio(path, take, match["voice"])
        if wrong:
            self.found.partial.append(f"{path} {wrong}")
        if match["number"]:
            self.found.twice.append(f"{path}")
        self._results[take.number].append(Result(path, take, match["voice"], place, path.stat().st_ctime))

    def _has_result(self, take: Take) -> bool:
        return any(result.place is take.place for result in self._results[take.number])

    def _twice(self, take: Take) -> Iterator[str]:
        """A result that was made under a name which the take had no more, next to another one with the same voice."""
        for result in self._results[take.number]:
            others = [each for each in self._results[take.number] if each.voice == result.voice and each is not result]
            if others and result.at > result.place.until + SLACK and not self._was_paused(result.place.until, result.at):
                yield f"{result.path}, made {result.at - result.place.until:.1f} s after its take lost the name; also {others[0].path}"

    def _was_paused(self, since: float, until: float) -> bool:
        return any(begin < until and since - SLACK < end for begin, end in self._pauses)

    def _probe(self) -> None:
        if shutil.which("ffprobe") is None:
            return
        some = [results[0] for results in self._results.values() if results][:PROBED]
        for result in some:
            line = ["ffprobe", "-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", str(result.path)]
            told = subprocess.run(line, capture_output=True, text=True).stdout.strip().rstrip(",")
            if told != str(len(result.take.samples())):
                self.found.partial.append(f"{result.path}: ffprobe reads {told or 'nothing'}")


def _wrong_audio(path: Path, take: Take, voice: str) -> str:
    """What is wrong with the audio of a result; empty if it is what the account makes of its take, at some level."""
    try:
        audio, rate = soundfile.read(path)
    except soundfile.LibsndfileError as error:
        return f"cannot be read: {error}"
    samples = take.samples()
    if (audio.shape, rate) != (samples.shape, 16_000):
        return f"has {audio.shape} samples at {rate} Hz instead of {samples.shape}"
    wanted = converted(samples / 32768.0, voice)
    rest = audio - wanted * (audio @ wanted) / (wanted @ wanted)
    level = 10 * np.log10((rest @ rest + 1e-30) / (audio @ audio + 1e-30))
    return f"is not made from its take: {level:.0f} dB are left" if level > LIKE else ""
