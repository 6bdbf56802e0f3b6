"""takevoice play: listen to a result, to its original, or to both."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.cli.common import reading_office
from takevoice.cli.job_line import is_number
from takevoice.errors import StorageError, TakevoiceError, UnknownJob, printable
from takevoice.jobs import Job, State
from takevoice.paths import absolute_path
from takevoice.service.office import Office
from takevoice.system.player import play


def run(args: argparse.Namespace) -> int:
    """Play each; exit code 1 when one cannot be played."""
    worst = OK
    with reading_office(args) as office:
        for word in args.which:
            try:
                for path in _files(office, word, original=args.original, both=args.both):
                    print(printable(path), flush=True)
                    play(path)
            except TakevoiceError as error:
                print(error)
                worst = FAILED
    return worst


def _files(office: Office, word: str, *, original: bool, both: bool) -> list[Path]:
    """Return what is played; raises TakevoiceError when it is not there."""
    path = absolute_path(Path(word))
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
