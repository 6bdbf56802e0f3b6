"""What each request file leads to: its address's verb is done, and the result file says how it went."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from takevoice.errors import Cancelled, LedgerError, TakevoiceError, UnknownJob, printable
from takevoice.service.handover.addresses import CONVERT, RENDERED
from takevoice.service.handover.aside import Aside
from takevoice.service.handover.converts import Converts, NewJob
from takevoice.service.handover.live import LiveRequests
from takevoice.service.handover.progress_file import ProgressFile
from takevoice.service.handover.rendered import RenderedFiles
from takevoice.service.handover.request_file import InvalidRequest, RequestFile, Wanted, read
from takevoice.service.osc.result_files import ResultFiles
from takevoice.service.verbs import Verbs, id_in_use
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
        slow: Mapping[str, Handler],
        converts: Converts,
        rendered: RenderedFiles,
        live: LiveRequests,
        progress: ProgressFile,
        results: ResultFiles,
        verbs: Verbs,
        is_stopping: Callable[[], bool],
    ) -> None:
        """`slow` are the handlers that need a thread of their own."""
        self._handlers, self._slow, self._converts, self._live = handlers, slow, converts, live
        self._rendered, self._aside = rendered, {address: Aside(address.rpartition("/")[2]) for address in slow}
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

    def stop(self) -> None:
        """Begin no slow request any more."""
        for aside in self._aside.values():
            aside.stop()

    def _guarded(self, path: Path) -> None:
        if any(path in aside for aside in self._aside.values()):
            return
        try:
            request = read(path)
        except InvalidRequest as error:
            self._settle()
            name = path.name if error.is_under_file_name else ""
            self._fail(path, error.id, error.code, str(error), name)
            return
        except OSError as error:
            log.debug("%s cannot be read now: %s", printable(path), error)  # it is gone again, or in use
            return
        self._reporting(request, lambda: self._dispatch(request))

    def _reporting(self, request: RequestFile, call: Callable[[], None]) -> None:
        """Do what a request wants; what goes wrong is its result, and while the ledger fails the file stays."""
        path = request.path
        try:
            call()
        except LedgerError as error:
            log.error("the request %s waits: %s", printable(path.name), error)
        except Cancelled:
            log.debug("the request %s waits for the next start", printable(path.name))
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
        self._check_free(request)
        if request.address in self._slow:
            self._aside[request.address].put(request.path, lambda: self._reporting(request, lambda: self._answer_slowly(request)))
            return
        if request.address == RENDERED:
            if self._rendered.is_answered(request):
                self._progress.write()
                place.remove(request.path)
            return
        if request.request:
            job = self._live.job_of(request.request)
            if job is None:
                raise UnknownJob(f"no job answers a request {request.request}", hint="send its id as it was")
            request = RequestFile(request.path, request.id, request.address, arguments={**request.arguments, "job": job})
        self._finish(request, self._handlers[request.address](request))

    def _check_free(self, request: RequestFile) -> None:
        """Raise RequestRejected for an id that is a conversion's: the answer would replace its result."""
        if request.address != RENDERED and (job := self._live.job_answering(request.id)) is not None:
            raise id_in_use(request.id, job)

    def _answer_slowly(self, request: RequestFile) -> None:
        handler = self._slow[request.address]
        self._finish(request, self._aside[request.address].in_time(request, lambda: handler(request)))

    def _finish(self, request: RequestFile, answer: Answer) -> None:
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

    def _fail(self, path: Path, request_id: str, code: str, text: str, name: str = "") -> None:
        self._results.write(request_id, {"state": "failed", "code": code, "text": text}, name)
        place.remove(path)
