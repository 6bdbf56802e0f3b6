"""What each request file leads to: its address's verb is done, and the result file says how it went."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from takevoice.errors import LedgerError, TakevoiceError, UnknownJob, printable
from takevoice.service.handover.addresses import CONVERT
from takevoice.service.handover.converts import Converts, NewJob
from takevoice.service.handover.live import LiveRequests
from takevoice.service.handover.progress_file import ProgressFile
from takevoice.service.handover.request_file import InvalidRequest, RequestFile, Wanted, read
from takevoice.service.osc.result_files import ResultFiles
from takevoice.service.verbs import Verbs
from takevoice.system import place

log = logging.getLogger("takevoice")

AT_ONCE = 32  # convert requests that share a commit

Answer = Mapping[str, Any]
Handler = Callable[[RequestFile], Answer]


class RequestHandlers:
    """Handles request files in their order, in one thread. A file is removed only when its result or progress is there."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        converts: Converts,
        live: LiveRequests,
        progress: ProgressFile,
        results: ResultFiles,
        verbs: Verbs,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._handlers, self._converts, self._live = handlers, converts, live
        self._progress, self._results, self._verbs = progress, results, verbs
        self._is_stopping = is_stopping
        self._new: list[tuple[Path, NewJob]] = []

    def handle(self, paths: Sequence[Path]) -> None:
        """Handle these files; at a stop, the rest stays for the next start."""
        for path in paths:
            if self._is_stopping():
                break
            self._guarded(path)
            if len(self._new) >= AT_ONCE:
                self._settle()
        self._settle()

    def _guarded(self, path: Path) -> None:
        try:
            request = read(path)
        except InvalidRequest as error:
            self._settle()
            self._fail(path, error.id, error.code, str(error))
            return
        except OSError as error:
            log.debug("%s cannot be read now: %s", printable(path), error)  # it is gone again, or in use
            return
        try:
            self._dispatch(request)
        except LedgerError as error:
            log.error("the request %s waits: %s", printable(path.name), error)
        except TakevoiceError as error:
            self._fail(path, request.id, error.code, str(error))
        except Exception as error:
            log.exception("the request %s failed", printable(path.name))
            self._fail(path, request.id, "bug", f"{type(error).__name__}: {error}; see the log")

    def _dispatch(self, request: RequestFile) -> None:
        if request.address != CONVERT:
            self._settle()  # it may be about a job that is being stored
            self._answer(request)
            return
        assert isinstance(request.sound, Wanted)
        if any(new[0].id == request.id for _, new in self._new):
            self._settle()
        if self._converts.is_known(request.id, request.sound):
            self._progress.write()
            place.remove(request.path)
        else:
            self._new.append((request.path, self._converts.submit(request.id, request.sound)))

    def _answer(self, request: RequestFile) -> None:
        if request.request:
            job = self._live.job_of(request.request)
            if job is None:
                raise UnknownJob(f"no job answers a request {request.request}", hint="send its id as it was")
            request = RequestFile(request.path, request.id, request.address, arguments={**request.arguments, "job": job})
        answer = self._handlers[request.address](request)
        self._results.write(request.id, {"state": "done", **answer})
        place.remove(request.path)

    def _settle(self) -> None:
        """Wait for the ledger, then remove the files of the requests that have their jobs there."""
        new, self._new = self._new, []
        stored = []
        for path, each in new:
            try:
                stored.append((path, self._converts.settle(each)))
            except LedgerError as error:
                log.error("the request %s waits: %s", printable(path.name), error)
        if not stored:
            return
        for _, job in stored:
            self._verbs.begin(job)
        self._progress.write()
        for path, _ in stored:
            place.remove(path)

    def _fail(self, path: Path, request_id: str, code: str, text: str) -> None:
        self._results.write(request_id, {"state": "failed", "code": code, "text": text})
        place.remove(path)
