"""Auditions: the liveliest seconds of a real take of a character, in several voices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from takevoice import audio
from takevoice.errors import StorageError, TakevoiceError
from takevoice.files import storage_error
from takevoice.jobs import Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.ledger.filters import JobFilter
from takevoice.pipeline.placing import numbered
from takevoice.pipeline.prices import price_in_words
from takevoice.pipeline.unmet_takes import unmet_takes
from takevoice.service.environment import Environment
from takevoice.service.lookup import Lookup
from takevoice.settings import plain_name
from takevoice.state_names import DAEMON
from takevoice.system import place
from takevoice.system.private import private_folder

LONGEST = 10.0  # seconds
SOURCES = 20  # newest takes that a line can be cut from
ORIGIN = "audition"


@dataclass(frozen=True)
class Line:
    """A part of a take, cut into a file of its own."""

    path: Path
    source: Path
    track: str


@dataclass(frozen=True)
class Part:
    """A line in one voice: the voice's name, what it costs in credits, and the job that has made it before, if it is still there."""

    voice: str
    options: JobOptions
    credits: float
    done: Job | None


@dataclass(frozen=True)
class Audition:
    """A line, and what is to be made of it."""

    line: Line
    parts: Sequence[Part]

    @property
    def price(self) -> str:
        """What it costs, in words; empty where it is free."""
        cost = sum(part.credits for part in self.parts)
        return price_in_words(cost) if cost else ""


class AuditionDesk:
    """Part of the office, for one question: the backend is asked for its voices once."""

    def __init__(self, environment: Environment, lookup: Lookup, ledger: Ledger, folder: Path, on_decided: Callable[[Job], Job]) -> None:
        """`folder` gets the files; `on_decided` gets each new job."""
        self._config, self._planner, self._ledger = environment.config.loaded, lookup.planner, ledger
        self._folder, self._on_decided = folder, on_decided

    def takes_of(self, character: str) -> Sequence[Job]:
        """Return the newest job of each take of a character, or of a glob of characters, whose file is there; newest first."""
        found: dict[Path, Job] = {}
        for job in self._ledger.search.jobs(JobFilter(track=character), 10 * SOURCES):
            if job.origin != ORIGIN and len(found) < SOURCES and job.path not in found and job.path.is_file():
                found[job.path] = job
        return list(found.values())

    def line(self, character: str, take: Job | None = None) -> Line:
        """Cut the liveliest seconds out of a take of a character, by default the newest one. A line that is there stays.

        Raises:
            StorageError: there is no such take any more, or the file cannot be written.
            AudioError: the take cannot be read.
        """
        source, track = (take.path, take.track) if take is not None else self._take_of(character)
        read = audio.inspect(source)
        length = min(LONGEST, read.seconds)
        try:
            private_folder(self._folder)
        except OSError as error:
            raise storage_error("cannot be written", self._folder, error) from error
        part = self._folder / f".{plain_name(character)}.part.wav"
        audio.cut(source, part, start=audio.liveliest_start(read, length), length=length, handle=0.0)
        return Line(_named(part, self._folder / f"{plain_name(character)}_original.wav"), source, track)

    def _take_of(self, character: str) -> tuple[Path, str]:
        """Return the newest take of a character that is there, or else the longest file of those that were not met yet, and its track."""
        takes = self.takes_of(character)
        if takes:
            return takes[0].path, takes[0].track
        unmet = [path for path in unmet_takes(self._ledger, self._config, self._planner).get(character, ()) if path.is_file()]
        if unmet:
            return max(unmet, key=lambda path: path.stat().st_size), character
        was_met = self._ledger.search.numbers(JobFilter(track=character))
        what = "none of its takes is there any more" if was_met else "there is no take of this character in the watched folders"
        raise StorageError(what, where=character, hint="`takevoice casting` lists the characters")

    def prepare(self, character: str, voices: Sequence[str], take: Job | None = None) -> Audition:
        """Cut a line as `line` does, and return what is to be made of it, and what it costs.

        Raises:
            TakevoiceError: there is no such take or voice.
        """
        line = self.line(character, take)
        return Audition(line, list(self._parts(line, character, list(dict.fromkeys(voices)))))

    def _parts(self, line: Line, character: str, voices: Sequence[str]) -> Iterator[Part]:
        take = audio.inspect(line.path)
        for voice in voices:
            wanted = {"voice": voice, "candidates": 1, "result_format": "same"}
            plan = self._planner.complete(self._planner.draft_of(take, JobOptions(track=line.track, overrides=wanted)))
            made = self._ledger.jobs.done_with(audio.audio_hash(take), plan.settings_hash)
            done = next((job for job in made if job.origin == ORIGIN and job.path == line.path and _is_there(job)), None)
            output = self._folder / f"{plain_name(character)}_{plain_name(plan.voice.name)}.wav"
            options = JobOptions(track=line.track, overrides=wanted, output=output)
            yield Part(plan.voice.name, options, 0.0 if done else self._planner.credits(plan), done)

    def start(self, audition: Audition) -> Sequence[Job]:
        """Have the line converted to each voice; return the jobs, those that are done already too."""
        return [part.done or self._add(audition.line, part.options) for part in audition.parts]

    def _add(self, line: Line, options: JobOptions) -> Job:
        job = self._ledger.jobs.add(line.path, State.FOUND, origin=ORIGIN, owner=DAEMON, options=options, track=line.track)
        return self._on_decided(job)


def _is_there(job: Job) -> bool:
    return job.output is not None and job.output.exists()


def _named(part: Path, wanted: Path) -> Path:
    """Give a line its name; one that holds the same audio, and may have been converted already, stays instead."""
    key = audio.inspect_hashed(part)[1]
    for path in numbered(wanted):
        if not path.exists():
            place.replace(part, path)
            return path
        with suppress(TakevoiceError):  # one that cannot be read is another one
            if audio.inspect_hashed(path)[1] == key:
                place.remove(part)
                return path
    raise StorageError("has no free name", where=str(wanted))
