"""`on_rerender = "replace"`: a new result takes the place of an earlier one of the same take, of which a copy is kept."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from takevoice.errors import UnknownJob
from takevoice.jobs import Disposition, Job
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
    kept = list(itertools.takewhile(Path.exists, _places(wanted)))
    if (there := next((path for path in kept if is_same(path, wanted) and _is_ours(ledger, path)), None)) is not None:
        return there  # takevoice ended before the new result was in its place
    older = _maker(ledger, wanted)
    if older is None or not _is_same_take(older, job) or not is_untouched(ledger, wanted):
        return None
    digest = ledger.outputs.hash_of(older.id, wanted)

    def on_named(path: Path, contents: Path) -> None:
        version = version_of(contents)
        assert version is not None
        ledger.outputs.record(older, path, version, digest)

    return copy_new(wanted, next(itertools.islice(_places(wanted), len(kept), None)), temp_name, on_named)


def _maker(ledger: Ledger, result: Path) -> Job | None:
    """Return the job that is known to have made a file."""
    known = ledger.files.known(result)
    try:
        return ledger.jobs.get(known.job) if known is not None and known.job is not None else None
    except UnknownJob:
        return None


def _places(result: Path) -> Iterator[Path]:
    """Yield the names of copies of earlier results, oldest first."""
    return (result.parent / CANDIDATES / candidate_name(result.name, number) for number in itertools.count(1))


def _is_ours(ledger: Ledger, path: Path) -> bool:
    known = ledger.files.known(path)
    return known is not None and known.disposition is Disposition.OWN_RESULT


def _is_same_take(older: Job, job: Job) -> bool:
    """Return True for a job of the same file, or of one that had its name, and was moved away once it was done."""
    if older.family or older.path == job.path:
        return not older.family
    if older.options.place is not None:
        return older.options.place == job.path
    name = job.options.name_of(job.path)  # of a job of an earlier version, which did not note the place
    return older.root is not None and older.root == job.root and older.options.output_folder is not None and older.options.name == name
