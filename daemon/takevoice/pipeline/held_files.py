"""Held takes whose files went away, or that were converted meanwhile, wait for nothing: their jobs end as cancelled."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from takevoice.errors import UnknownJob, printable
from takevoice.files import is_missing
from takevoice.holds import REPLACEABLE_CODES
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.events import Events
from takevoice.pipeline.outcome import GONE
from takevoice.system.fileid import folder_identity
from takevoice.system.patience import NoAnswer, within

EVERY = 5.0  # seconds between two looks, and more where they take long
GRACE = 30.0  # seconds: a file that was renamed, on a slow share too, is found and taken up under its new name first
PATIENCE = 1.0  # seconds for the file system of a folder


class HeldFiles:
    """Looks after held takes of watched folders for which nothing was sent; used from one thread."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        owner: str,
        is_silent: Callable[[Path], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`owner`: whose jobs are looked after. Folders for which `is_silent` is True are skipped. `clock` is steady, in seconds."""
        self._ledger, self._events, self._owner = ledger, events, owner
        self._is_silent, self._clock = is_silent, clock
        self._due = 0.0
        self._missing: dict[int, float] = {}  # since when
        self._homes: dict[Path, tuple[int, int]] = {}  # what watched folders were when they had the files

    def look(self) -> None:
        """End the jobs that wait for nothing, if it is time to look. Raises LedgerError."""
        began = self._clock()
        if began < self._due:
            return
        held = self._ledger.jobs.select((State.HELD,), owner=self._owner)
        ours = [job for job in held if job.root is not None and job.error_code in REPLACEABLE_CODES]
        missing = {job.id for job in self._without_files(ours)}
        self._missing = {job_id: since for job_id, since in self._missing.items() if job_id in missing}
        for job in ours:
            if job.id in missing:
                if began - self._missing.setdefault(job.id, began) >= GRACE:
                    self._cancel(job, f"{printable(job.path)}: it was deleted, renamed or moved before it was converted")
            elif (done := self._converted(job)) is not None:
                self._cancel(job, f"{printable(job.path)}: job {done.id} has converted it")
        self._due = self._clock() + max(EVERY, 20 * (self._clock() - began))

    def _cancel(self, job: Job, why: str) -> None:
        try:
            if job.id in self._missing:
                ended = self._ledger.job_files.cancel_without_file(job.id, GONE, why)
            else:
                ended = self._ledger.jobs.change(job.id, State.CANCELLED, error_code="", error=why)
        except UnknownJob:
            return  # a person was quicker
        self._missing.pop(job.id, None)
        self._events.changed(ended)

    def _converted(self, job: Job) -> Job | None:
        """Return the job by which a person has had the same file converted in the same way since."""
        if not job.is_planned:
            return None
        done = self._ledger.jobs.done_with(job.audio_hash, job.settings_hash)
        return next((each for each in done if each.path == job.path and each.id > job.id), None)

    def _without_files(self, jobs: Sequence[Job]) -> Iterator[Job]:
        """Yield the jobs whose files are certainly gone from their folders."""
        by_root: dict[Path, list[Job]] = {}
        for job in jobs:
            assert job.root is not None
            by_root.setdefault(job.root, []).append(job)
        for root, inside in by_root.items():
            if not self._is_silent(root):
                try:
                    yield from within(PATIENCE, root, lambda root=root, inside=inside: self._gone_from(root, inside))  # type: ignore[misc]
                except (NoAnswer, OSError):
                    continue

    def _gone_from(self, root: Path, jobs: Sequence[Job]) -> Sequence[Job]:
        """Return those whose files are gone from a watched folder that is there: an unmounted share takes no file away.

        Raises OSError.
        """
        names: dict[Path, set[str]] = {}
        for folder in {job.path.parent for job in jobs}:
            try:
                names[folder] = set(os.listdir(folder))  # noqa: PTH208 - names only
            except (FileNotFoundError, NotADirectoryError):
                names[folder] = set()
        now = folder_identity(root.stat())
        gone = [job for job in jobs if job.path.name not in names[job.path.parent] and is_missing(job.path)]
        if len(gone) < len(jobs):
            self._homes[root] = now
        return gone if self._homes.get(root) == now or any(root.iterdir()) else []
