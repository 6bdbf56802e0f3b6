"""/takevoice/rendered from a file: the file stays until a job answers it, so that a restart loses no request."""

from __future__ import annotations

from takevoice.ledger import Ledger
from takevoice.service.handover.live import LiveRequests
from takevoice.service.handover.records import Record, Records
from takevoice.service.handover.request_file import RequestFile
from takevoice.service.handover.sources import Sources
from takevoice.service.verbs import Announce, Verbs, is_planned_later


class RenderedFiles:
    """Reports of complete files in watched folders."""

    def __init__(
        self,
        ledger: Ledger,
        records: Records,
        live: LiveRequests,
        sources: Sources,
        verbs: Verbs,
        announce: Announce,
    ) -> None:
        """`announce` is called with each file that is complete, and its track if one was named."""
        self._ledger, self._records, self._live = ledger, records, live
        self._sources, self._verbs, self._announce = sources, verbs, announce
        self._announced: set[str] = set()

    def is_answered(self, request: RequestFile) -> bool:
        """Return True once a job answers the report; it is followed from then on.

        Raises:
            TakevoiceError: the file is in no watched folder, is not converted, or is not there.
        """
        path, track = self._sources.file(request.arguments["path"]), request.arguments.get("track", "")
        job = self._verbs.check_id(request.id, path) or self._verbs.check_rendered(request.id, path, track)
        if job is None:
            self._verbs.answer_rendered(request.id, path, None)
            if request.id not in self._announced:
                self._announced.add(request.id)
                self._announce(path, track if is_planned_later(job) else "")
            return False
        self._announced.discard(request.id)
        record = Record(request.id, path.stem, start=request.arguments.get("start", ""))
        if not job.state.final:
            self._records.write(record)
        self._live.add(record, job)
        self._verbs.answer_rendered(request.id, path, job)
        self._announce(path, track if is_planned_later(job) else "")
        return True
