"""`on_rerender = "replace"`: a new result takes the place of an earlier one of the same take, of which a copy is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.pipeline.placing import copy_new, is_same
from takevoice.pipeline.spare_candidates import is_untouched
from takevoice.settings import CANDIDATES
from takevoice.settings.naming import candidate_name
from takevoice.system.fileid import version_of


def may_replace(job: Job) -> bool:
    """Return True when a job's result may take the place of an earlier one: not where a person named the place."""
    return job.settings.on_rerender == "replace" and not job.options.is_placed and not job.family


def keep_older(ledger: Ledger, job: Job, wanted: Path, temp_name: str) -> Path | None:
    """Keep a copy of the result that is in the place of a job's new one, and return that copy.

    None: there is no result, it is not of this take, or it is not byte for byte as takevoice wrote it: it stays.

    Raises:
        StorageError: the copy cannot be written.
    """
    if wanted.is_symlink() or not wanted.is_file():
        return None
    kept = list(_kept(ledger, job))
    if (there := next((path for path in kept if is_same(path, wanted)), None)) is not None:
        return there  # takevoice ended before the new result was in its place
    known = ledger.files.known(wanted)
    older = next((each for each in _same_take(ledger, job) if known is not None and each.id == known.job), None)
    if older is None or not is_untouched(ledger, wanted):
        return None
    digest = ledger.outputs.hash_of(older.id, wanted)

    def on_named(path: Path, contents: Path) -> None:
        version = version_of(contents)
        assert version is not None
        ledger.outputs.record(older, path, version, digest)

    place = wanted.parent / CANDIDATES / candidate_name(wanted.name, len(kept) + 1)
    return copy_new(wanted, place, temp_name, on_named)


def _same_take(ledger: Ledger, job: Job) -> Iterator[Job]:
    return (each for each in ledger.jobs.of(job.path) if not each.family)


def _kept(ledger: Ledger, job: Job) -> Iterator[Path]:
    """Yield the copies that were kept of earlier results of a take."""
    for each in _same_take(ledger, job):
        yield from (path for path in ledger.outputs.of(each.id) if path.parent.name == CANDIDATES)
