"""Takes back results: files that are exactly as takevoice wrote them are deleted, all others stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from takevoice.errors import StorageError
from takevoice.files import storage_error
from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.pipeline.spare_candidates import is_untouched
from takevoice.system import place
from takevoice.system.fileid import version_of


@dataclass(frozen=True)
class Undoable:
    """A result of a job: `size` in bytes, and why it stays; empty when it can be deleted."""

    job: Job
    path: Path
    size: int
    stays: str = ""


def undoable(ledger: Ledger, jobs: Sequence[Job]) -> list[Undoable]:
    """Return the results of these jobs that are there, each once; one of several jobs is that of the job that lets it go."""
    found = []
    for job in jobs:
        for path in ledger.outputs.of(job.id):
            version = version_of(path)
            if version is not None:
                found.append(Undoable(job, path, version.size, _why_it_stays(ledger, job, path)))
    deleted = {each.path: each for each in found if not each.stays}
    others = {each.path: each for each in found if each.path not in deleted}
    return [*deleted.values(), *others.values()]


def remove(ledger: Ledger, result: Undoable) -> None:
    """Delete a result; raises StorageError when it was changed meanwhile, or cannot be deleted. Its take is not converted again."""
    why = _why_it_stays(ledger, result.job, result.path)
    if why:
        raise StorageError(why, where=str(result.path), hint="it stays")
    try:
        place.remove(result.path)
    except OSError as error:
        raise storage_error("cannot be deleted", result.path, error) from error
    ledger.outputs.note_deleted(result.job.id, result.path)


def _why_it_stays(ledger: Ledger, job: Job, path: Path) -> str:
    """Return why a file is not known to be exactly what takevoice wrote for a job; empty when it is."""
    if path.is_symlink():
        return "is a link"
    known = ledger.files.known(path)
    if known is not None and known.job not in (None, job.id):
        return "is the result of another job now"
    return "" if is_untouched(ledger, path) else "was changed since"
