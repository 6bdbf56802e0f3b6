"""/takevoice/convert from a file: the excerpt is cut, the job is stored, and only then is the request file removed."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future
from pathlib import Path

from takevoice.errors import TakevoiceError
from takevoice.jobs import Job, JobOptions
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.service.handover.live import LiveRequests
from takevoice.service.handover.records import Record, Records
from takevoice.service.handover.request_file import Wanted
from takevoice.service.handover.sources import Sources
from takevoice.service.request_ends import RequestEnds
from takevoice.service.verbs import Verbs
from takevoice.settings import check_overrides
from takevoice.system.fileid import version_of

NewJob = tuple[Record, "Future[tuple[Job, bool]]"]


class Converts:
    """Makes jobs of convert requests; called in one thread.

    A kill at any moment leaves the request file, or the job: a file that is read again finds its job, or is cut again.
    """

    def __init__(
        self,
        ledger: Ledger,
        owner: str,
        state: StateDir,
        records: Records,
        live: LiveRequests,
        sources: Sources,
        ends: RequestEnds,
        verbs: Verbs,
    ) -> None:
        self._ledger, self._owner, self._handover = ledger, owner, state.handover
        self._records, self._live, self._sources = records, live, sources
        self._ends, self._verbs = ends, verbs

    def is_known(self, request_id: str, wanted: Wanted) -> bool:
        """Answer a request that has a job already with that job, as before; returns False for a new one.

        Raises:
            RequestRejected: the id belongs to another file (id_in_use).
        """
        job = self._ledger.requests.job(request_id)
        if job is None:
            return False
        if wanted.cut is None and self._records.read(request_id) is None:
            self._verbs.check_id(request_id, self._sources.file(wanted.path))
        record = self._records.read(request_id) or Record(request_id, wanted.name, job.options.head)
        if not job.state.final:
            self._live.add(record, job)
        self._ends.accept(request_id, job)
        return True

    def submit(self, request_id: str, wanted: Wanted) -> NewJob:
        """Prepare a new request, and hand its job to the ledger.

        Raises:
            TakevoiceError: the request cannot be carried out; nothing of it is kept.
        """
        source = self._sources.file(wanted.path)
        folder = self._folder(wanted)
        overrides = check_overrides(dict(wanted.settings), "settings")
        record = Record(
            request_id,
            wanted.name or source.stem,
            start=wanted.start,
            temporary=str(source) if wanted.temporary else "",
            version=version_of(source) if wanted.temporary else None,
        )
        self._records.write(record)
        try:
            path, record = self._cut(source, wanted, record)
        except TakevoiceError:
            self._records.remove(request_id)
            raise
        options = JobOptions(
            track=wanted.track, overrides=overrides, output_folder=folder, start=wanted.start, head=record.head
        )
        job = self._ledger.requests.create_job(
            request_id, path, origin="file", owner=self._owner, options=options
        )
        return record, job

    def settle(self, new: NewJob) -> Job:
        """Return the job once it is in the ledger; raises LedgerError, and then the request is read again later."""
        record, future = new
        job, _ = future.result()
        self._live.add(record, job)
        # Whoever polls the ledger may have taken it up already, and even ended it.
        now = self._ledger.requests.job(record.id)
        if now is None:
            self._live.on_refused(record.id, "", "")
        elif now.has_ended:
            self._live.add(record, now)
            self._ends.conclude(record.id, now)
        return job

    def _cut(self, source: Path, wanted: Wanted, record: Record) -> tuple[Path, Record]:
        if wanted.cut is None:
            return source, record
        path, head = self._records.excerpt(record.id, wanted.name, source, wanted.cut)
        record = dataclasses.replace(record, head=head)
        self._records.write(record)
        return path, record

    def _folder(self, wanted: Wanted) -> Path | None:
        if wanted.folder is not None:
            return self._sources.folder(wanted.folder)
        return None if wanted.cut is None else self._handover
