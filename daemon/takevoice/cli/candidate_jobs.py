"""Takes with candidates, and these, as named on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from takevoice.cli.job_line import is_number
from takevoice.cli.selection import place_of
from takevoice.errors import UnknownJob, WrongState
from takevoice.jobs import ACTIVE, Job
from takevoice.ledger import Ledger

NEWEST = 20  # takes that are listed where none is named


def candidate_named(ledger: Ledger, word: str) -> Job:
    """Return a candidate by its number or its file; raises UnknownJob."""
    if is_number(word):
        return ledger.jobs.get(int(word))
    path = place_of(ledger, word)
    found = next((job for job in reversed(ledger.jobs.select()) if job.is_candidate and path in (job.output, *_tries(ledger, job))), None)
    if found is None:
        raise UnknownJob("is no candidate that takevoice has made", where=str(path), hint="`takevoice candidates` lists them")
    return found


def takes_named(ledger: Ledger, word: str) -> Sequence[Job]:
    """Return the takes with candidates of a job, a take, a candidate's file or a folder; without a word, the newest; oldest first.

    Raises:
        UnknownJob: there is none.
    """
    if is_number(word):
        job = ledger.jobs.get(int(word))
        if not job.family:
            raise WrongState(f"job {word} has no candidates", hint=f"`takevoice candidates --more 3 {word}` makes some")
        return [ledger.jobs.get(job.family)]
    takes = [job for job in ledger.jobs.select() if job.has_candidates]
    if not word:
        return takes[-NEWEST:]
    place = place_of(ledger, word)
    files = {job.family for job in ledger.jobs.select() if job.is_candidate and job.output == place}
    found = [job for job in takes if job.id in files or any(path == place or place in path.parents for path in job.places)]
    if not found:
        newest = ledger.jobs.newest(place)
        waits = newest is not None and newest.state in ACTIVE
        hint = f"job {newest.id} is {newest.state}; `takevoice run` makes them" if waits and newest else "`takevoice candidates` lists them"
        raise UnknownJob("no take with candidates is there", where=str(place), hint=hint)
    return found


def _tries(ledger: Ledger, job: Job) -> Sequence[Path]:
    return ledger.outputs.of(job.id)
