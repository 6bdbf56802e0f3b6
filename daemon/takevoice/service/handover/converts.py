"""/takevoice/convert from a file: the excerpt is cut, the job is stored, and only then is the request file removed."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future
from pathlib import Path

from takevoice.errors import TakevoiceError
from takevoice.jobs import Job, JobOptions, SourcePart
from takevoice.ledger import Ledger
from takevoice.service.handover.live import LiveRequests
from takevoice.service.handover.records import Record, Records
from takevoice.service.handover.request_file import Wanted
from takevoice.service.handover.sources import Sources
from takevoice.service.request_ends import RequestEnds
from takevoice.service.verbs import id_in_use
from takevoice.settings import plain_name, request_overrides
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
        records: Records,
        live: LiveRequests,
        sources: Sources,
        ends: RequestEnds,
    ) -> None:
        self._ledger, self._owner = ledger, owner
        self._records, self._live, self._sources = records, live, sources
        self._ends = ends

    def is_known(self, request_id: str, wanted: Wanted) -> bool:
        """Answer a request that has a job already with that job, as before; returns False for a new one.

        Raises:
            RequestRejected: the id belongs to a request for another sound (id_in_use).
        """
        job = self._ledger.requests.job(request_id)
        if job is None:
            return False
        self._check_same(request_id, wanted, job)
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
        folder = self._folder(request_id, wanted)
        overrides = request_overrides(dict(wanted.settings), "settings")
        part = None if wanted.cut is None else wanted.cut.of(source)
        record = Record(
            request_id,
            wanted.name or source.stem,
            excerpt=f"{plain_name(wanted.name or source.stem)}.wav" if part else "",
            start=wanted.start,
            temporary=str(source) if wanted.temporary else "",
            version=version_of(source) if wanted.temporary else None,
        )
        self._records.write(record)
        try:
            path, record = self._cut(source, part, record)
        except TakevoiceError:
            self._records.remove(request_id)
            raise
        options = JobOptions(
            track=wanted.track,
            overrides=overrides,
            output_folder=folder,
            start=wanted.start,
            part=part,
            head=record.head,
            name=wanted.name,
            session=wanted.session,
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

    def _check_same(self, request_id: str, wanted: Wanted, job: Job) -> None:
        """Raise RequestRejected if the id is that of a request for another sound, or in another voice.

        Where the result goes is settled, and not compared. A request that another one's job answers is not known any more.
        """
        if job.origin != "file":
            same = wanted.cut is None and self._is_path(wanted.path, job.path)
        elif next(iter(self._ledger.requests.ids(job.id)), request_id) != request_id:
            same = True
        else:
            given = request_overrides(dict(wanted.settings), "settings")
            options = job.options
            asked = (wanted.name, wanted.track, given) == (options.name, options.track, dict(options.overrides))
            same = asked and self._is_sound(wanted, job)
        if not same:
            raise id_in_use(request_id, job)

    def _is_sound(self, wanted: Wanted, job: Job) -> bool:
        part = job.options.part
        if wanted.cut is None or part is None:
            return wanted.cut is None and part is None and self._is_path(wanted.path, job.path)
        return wanted.cut.is_of(part) and self._is_path(wanted.path, part.path)

    def _is_path(self, text: str, path: Path) -> bool:
        return text == str(path) or self._sources.place(text) == path

    def _cut(self, source: Path, part: SourcePart | None, record: Record) -> tuple[Path, Record]:
        if part is None:
            return source, record
        path, head = self._records.excerpt(record.id, part, record.excerpt)
        record = dataclasses.replace(record, head=head)
        self._records.write(record)
        return path, record

    def _folder(self, request_id: str, wanted: Wanted) -> Path | None:
        if wanted.folder is not None:
            return self._sources.folder(wanted.folder)
        return None if wanted.cut is None else self._records.folder_of(request_id)
