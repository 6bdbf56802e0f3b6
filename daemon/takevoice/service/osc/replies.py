"""Later replies: which client waits for which job, and what it is sent when the job ends."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from pathlib import Path

from takevoice.jobs import Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.osc.routes import OscRequest
from takevoice.osc.server import OscServer
from takevoice.pipeline.events import Withdrawal
from takevoice.service.osc.result_files import ResultFiles, placement_of, result_of

log = logging.getLogger(__name__)

MAX_REMEMBERED = 20_000
RECORDED = ("/takevoice/convert", "/takevoice/rendered")
"""The addresses whose requests finish later, so that a result file records the end."""


class Replies:
    """Sends subscribers each change, and clients the end of their jobs. Requests and their jobs are in the ledger."""

    def __init__(self, ledger: Ledger, results: ResultFiles) -> None:
        self._ledger, self._results = ledger, results
        self._server: OscServer | None = None
        self._requests: OrderedDict[str, OscRequest] = OrderedDict()
        self._files: OrderedDict[Path, set[str]] = OrderedDict()
        self._lock = threading.Lock()

    def use(self, server: OscServer) -> None:
        """Publish changes to this server's subscribers."""
        self._server = server

    def remember(self, request: OscRequest) -> None:
        """Note where the later replies to a request go; when it is sent again, they go to where it came from last."""
        with self._lock:
            self._requests[request.id] = request
            self._requests.move_to_end(request.id)
            if len(self._requests) > MAX_REMEMBERED:
                self._requests.popitem(last=False)

    def await_file(self, path: Path, request_id: str) -> None:
        """Let the next job of that file answer the request."""
        with self._lock:
            self._files.setdefault(path, set()).add(request_id)
            if len(self._files) > MAX_REMEMBERED:
                self._files.popitem(last=False)

    def accept(self, request_id: str, job: Job) -> None:
        """Reply which job answers a request, and how it ended if it has."""
        with self._lock:
            request = self._requests.get(request_id)
        if request is not None:
            request.reply("/takevoice/accepted", job.id)
        if job.has_ended:
            self._conclude(request_id, job)

    def on_refused(self, request: OscRequest, code: str, text: str) -> None:
        """Record a request that was refused in its result file too."""
        if request.address in RECORDED and request.id and self._ledger.requests.job(request.id) is None:
            self._record_failure(request.id, code, text)

    def on_changed(self, job: Job) -> None:
        """Receive every change of every job, in the thread that made it; never raises."""
        try:
            self._changed(job)
        except Exception:
            log.exception("job %s: OSC clients could not be notified", job.id)

    def _changed(self, job: Job) -> None:
        for request_id in self._waiting_for(job.path):
            self._ledger.requests.attach(request_id, job.id)
            self.accept(request_id, job)
        if self._server is not None:
            self._server.publish("/takevoice/job", *job_values(job))
        if job.has_ended:
            for request_id in self._ledger.requests.ids(job.id):
                self._conclude(request_id, job)

    def on_withdrawn(self, withdrawal: Withdrawal) -> None:
        """Answer the requests of a withdrawn job: by the job instead of it, or as failed."""
        for request_id in withdrawal.requests:
            if withdrawal.instead is not None:
                now = self._ledger.jobs.get(withdrawal.instead.id)
                if now.has_ended:  # else it answers them when it ends
                    self._conclude(request_id, now)
            elif withdrawal.disposition is Disposition.CHANGED:
                self.await_file(withdrawal.job.path, request_id)
            else:
                removed = withdrawal.disposition is Disposition.REMOVED
                code = "gone" if removed else "left_alone"
                text = f"{withdrawal.job.path}: {withdrawal.why}"
                self._record_failure(request_id, code, text)
                self._send(request_id, "/takevoice/fail", code, text)

    def _waiting_for(self, path: Path) -> set[str]:
        with self._lock:
            return self._files.pop(path, set()) if self._files else set()

    def _conclude(self, request_id: str, job: Job) -> None:
        result = result_of(job) | self._start_of(request_id)
        self._results.write(request_id, result)
        if job.state is State.DONE:
            self._send(request_id, "/takevoice/done", job.id, result["output"], *placement_of(job).values())
        else:
            held = job.state is State.HELD
            self._send(request_id, "/takevoice/fail", result["code"], result["text"], keep=held)

    def _start_of(self, request_id: str) -> dict[str, str]:
        """Return where the file begins in its session, if the client sent it."""
        with self._lock:
            request = self._requests.get(request_id)
        start = request.arguments.get("start") if request is not None else None
        return {} if start is None else {"start": start}

    def _send(self, request_id: str, address: str, *values: str | int | float, keep: bool = False) -> None:
        with self._lock:
            request = self._requests.get(request_id) if keep else self._requests.pop(request_id, None)
        if request is None:
            return
        if address == "/takevoice/fail":
            code, text = values
            request.fail(str(code), str(text))
        else:
            request.reply(address, *values)

    def _record_failure(self, request_id: str, code: str, text: str) -> None:
        failure = {
            "state": State.FAILED.value,
            "job": 0,
            "path": "",
            "output": "",
            "code": code,
            "text": text,
        }
        self._results.write(request_id, failure)


def job_values(job: Job) -> tuple[int, str, float, str]:
    """Return the arguments of /takevoice/job, after the id."""
    path = job.output if job.state is State.DONE and job.output else job.path
    return job.id, job.state.value, job.progress, str(path)
