"""Jobs follow files that are renamed or moved: by inode, size and time, which a rename keeps."""

from __future__ import annotations

import logging
from pathlib import Path

from takevoice.errors import printable
from takevoice.files import is_missing
from takevoice.holds import REPLACEABLE_CODES
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.system.fileid import FileVersion, version_of
from takevoice.system.patience import NoAnswer, within

log = logging.getLogger("takevoice")

PATIENCE = 1.0  # seconds for the file system of the other name
_UNDER_WAY = (State.QUEUED, State.HELD, State.CONVERTING, State.RESTORING)


class Renames:
    """Recognises files under new names; used from several threads.

    A job whose file is gone looks for it among the files that were found since (`follow`); a file that is found looks for
    a job that had it under another name (`job_of`). Whichever comes first, there is one job, with one result.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def follow(self, job: Job) -> Job | None:
        """Send a job whose file is gone to the intake with the file's new path; None when no such file was found.

        Raises:
            LedgerError: the ledger cannot be read or written.
        """
        now = self._ledger.jobs.get(job.id)
        if now.path != job.path and not is_missing(now.path):
            path, root = now.path, now.root  # followed already
        else:
            found = self._found_elsewhere(now)
            if found is None:
                return None
            path, root = found.path, found.root
        detail = f"its file was {printable(job.path)}"
        followed = self._ledger.job_files.follow(job.id, path, root, start_again=True, detail=detail)
        _log(job, followed)
        return followed

    def job_of(
        self, found: Job, version: FileVersion | None, settings_hash: str, *, would_be_held: bool
    ) -> Job | None:
        """Return the job that had a found file under another name, with the path of now; None when there is none.

        It is one that has not ended, is to be converted in the same way, and publishes its result next to the file. A job
        that has the new name already, as it has followed its file, continues by itself, and so does the found file's job,
        until one of them has the result; but one that `would_be_held` would be held for nothing.

        Raises:
            LedgerError: the ledger cannot be read or written.
        """
        if version is None:
            return None
        for job in self._ledger.job_files.with_version(version):
            fits = job.state in _UNDER_WAY and job.settings_hash == settings_hash and not job.options.is_placed
            if job.id == found.id or not fits:
                continue
            if job.path == found.path and would_be_held:
                return job
            if job.path != found.path and _is_gone(job.path):
                detail = f"its file was {printable(job.path)}"
                followed = self._ledger.job_files.follow(
                    job.id, found.path, found.root, start_again=False, detail=detail
                )
                _log(job, followed)
                return followed
        return None

    def held_as(self, found: Job, version: FileVersion | None, audio_hash: str) -> Job | None:
        """Return the held job that had a found file under another name, or at another time with the same audio, whatever its
        settings, if nothing was sent for it.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        moved = self._ledger.job_files.with_version(version) if version is not None else ()
        for job in (*moved, *self._ledger.job_files.held_with(audio_hash)):
            held = job.state is State.HELD and job.error_code in REPLACEABLE_CODES
            if held and job.id != found.id and (job.path == found.path or _is_gone(job.path)):
                return job
        return None

    def _found_elsewhere(self, job: Job) -> Job | None:
        """Return a job whose file is this job's, under another name."""
        if job.version is None:
            return None
        others = self._ledger.job_files.with_version(job.version)
        return next((other for other in others if other.path != job.path and version_of(other.path) == job.version), None)


def _is_gone(path: Path) -> bool:
    try:
        return within(PATIENCE, path, lambda: is_missing(path))
    except NoAnswer:
        return False


def _log(job: Job, followed: Job) -> None:
    log.info("%s is %s now; job %d follows it", printable(job.path.name), printable(followed.path), job.id)
