"""Accepts requests once their jobs are in the ledger, so that many requests share one commit."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue

from takevoice.errors import TakevoiceError
from takevoice.jobs import Job, JobOptions
from takevoice.osc.routes import OscRequest
from takevoice.service.request_ends import RequestEnds
from takevoice.service.verbs import Verbs, id_in_use

log = logging.getLogger("takevoice")

_Pending = tuple[OscRequest, Path, JobOptions, "Future[tuple[Job, bool]]"]


class Acceptance:
    """Waits for the ledger in a thread of its own, request by request, in their order."""

    def __init__(self, ends: RequestEnds, verbs: Verbs) -> None:
        self._ends, self._verbs = ends, verbs
        self._pending: SimpleQueue[_Pending | OscRequest | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="osc-accept", daemon=True)

    def start(self) -> None:
        """Start accepting."""
        self._thread.start()

    def join(self) -> None:
        """Accept what is pending, then stop."""
        self._pending.put(None)
        self._thread.join(5)

    def add(self, request: OscRequest, path: Path, options: JobOptions, job: Future[tuple[Job, bool]]) -> None:
        """Accept a request for a file once its job, and whether it is new, is known."""
        self._pending.put((request, path, options, job))

    def sync(self, request: OscRequest) -> None:
        """Reply after every request that was added before."""
        self._pending.put(request)

    def _run(self) -> None:
        while (item := self._pending.get()) is not None:
            try:
                if isinstance(item, OscRequest):
                    item.reply("/takevoice/synced")
                else:
                    self._accept(*item)
            except Exception:
                log.exception("an OSC request could not be accepted")

    def _accept(self, request: OscRequest, path: Path, options: JobOptions, future: Future[tuple[Job, bool]]) -> None:
        try:
            job, new = future.result()
        except TakevoiceError as error:
            request.fail(error.code, str(error))
            return
        if job.path != path or not (new or self._verbs.is_same_request(request.id, job, options)):
            refusal = id_in_use(request.id, job)
            request.fail(refusal.code, str(refusal))
            return
        self._ends.accept(request.id, job)
        if new:
            self._verbs.begin(job)
