"""takevoice play: listen to a result, to its original, to both, or to all candidates, equally loud."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from takevoice import audio
from takevoice.cli import FAILED, OK
from takevoice.cli.common import reading_office
from takevoice.cli.job_line import is_number
from takevoice.cli.selection import place_of
from takevoice.errors import StorageError, TakevoiceError, UnknownJob, printable
from takevoice.jobs import Job, State
from takevoice.service.office import Office
from takevoice.system.player import play
from takevoice.system.scratch import scratch_folder

AUDIBLE = 0.1  # dB: a smaller difference is left as it is


def run(args: argparse.Namespace) -> int:
    """Play each; exit code 1 when one cannot be played."""
    worst = OK
    with reading_office(args) as office:
        for word in args.which:
            try:
                files = _candidates(office, word) if args.candidates else _files(office, word, original=args.original, both=args.both)
                _play(files, as_is=args.as_is)
            except TakevoiceError as error:
                print(error)
                worst = FAILED
    return worst


def _play(files: Sequence[Path], *, as_is: bool) -> None:
    """Play files one after the other, as loud as the quietest of them: the louder one of two seems better."""
    gains = [1.0] * len(files) if as_is or len(files) < 2 else audio.matching_gains(files)
    with scratch_folder("play") as folder:
        for path, gain in zip(files, gains, strict=True):
            lower = -20 * math.log10(gain)
            if lower < AUDIBLE:
                print(printable(path), flush=True)
                play(path)
                continue
            print(f"{printable(path)}  ({lower:.1f} dB lower, as loud as the others)", flush=True)
            copy = Path(folder, path.name).with_suffix(".wav")
            audio.write_turned_down(path, gain, copy)
            play(copy)
            copy.unlink()


def _candidates(office: Office, word: str) -> Sequence[Path]:
    """Return the original of a take, and its candidates that are there; raises TakevoiceError when it has none."""
    jobs = [office.ledger.jobs.get(int(word))] if is_number(word) else office.ledger.jobs.of(place_of(office.ledger, word))
    take = next((each for each in jobs if each.family), None)
    if take is None:
        raise UnknownJob(f"{printable(word)} has no candidates", hint="`takevoice candidates` lists takes that have some")
    made = [Path(row.path) for row in office.candidates.of(take.id) if row.path]
    return [_there(take.source), *(path for path in made if path.is_file())]


def _files(office: Office, word: str, *, original: bool, both: bool) -> list[Path]:
    """Return what is played; raises TakevoiceError when it is not there."""
    path = place_of(office.ledger, word)
    if is_number(word):
        job: Job | None = office.ledger.jobs.get(int(word))
    else:
        job = next((each for each in office.ledger.jobs.of(path) if each.state is State.DONE), None)
    if job is None:
        return [_there(path)]
    files = [job.source] if original or both else []
    if not original:
        if job.output is None or job.state is not State.DONE:
            raise UnknownJob(f"job {job.id} has no result: it is {job.state}", hint=f"`takevoice play --original {job.id}` plays its take")
        files.append(job.output)
    return [_there(path) for path in files]


def _there(path: Path) -> Path:
    if not path.is_file():
        raise StorageError("is not there", where=str(path))
    return path
