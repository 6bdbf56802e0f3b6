"""Later answers: who waits for which job, and what they are told when it ends."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from pathlib import Path

from takevoice.jobs import Job, State
from takevoice.ledger.ledger import Ledger
from takevoice.osc.routes import OscRequest
from takevoice.osc.server import OscServer
from takevoice.pipeline.services import Withdrawal
from takevoice.service.osc.result_files import Results, placement_of, result_of

log = logging.getLogger(__name__)

MAX_REMEMBERED = 20_000
RECORDED = ("/takevoice/convert", "/takevoice/rendered")
"""The addresses whose requests finish later, so that a result file tells how."""


class Answers:
    """Tells subscribers each change, and the askers how it ended. Requests and their jobs are in the ledger."""

    def __init__(self, ledger: Ledger, results: Results) -> None:
        self._ledger, self._results = ledger, results
        self.server: OscServer | None = None
        self._requests: OrderedDict[str, OscRequest] = OrderedDict()
        self._files: OrderedDict[Path, set[str]] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, request: OscRequest) -> None:
        """Notes where the later answers to a request go; one sent again gets them where it came from last."""
        with self._lock:
            self._requests[request.id] = request
            self._requests.move_to_end(request.id)
            if len(self._requests) > MAX_REMEMBERED:
                self._requests.popitem(last=False)

    def await_file(self, path: Path, request_id: str) -> None:
        """The next job of that file answers the request."""
        with self._lock:
            self._files.setdefault(path, set()).add(request_id)
            if len(self._files) > MAX_REMEMBERED:
                self._files.popitem(last=False)

    def accept(self, request_id: str, job: Job) -> None:
        """Says which job answers a request, and how it ended if it has."""
        with self._lock:
            request = self._requests.get(request_id)
        if request is not None:
            request.reply("/takevoice/accepted", job.id)
        if job.state.final or job.state is State.HELD:
            self._conclude(request_id, job)

    def failed(self, request: OscRequest, code: str, text: str) -> None:
        """A request that was refused and told so: the result file says it too."""
        if request.address in RECORDED and request.id and self._ledger.request(request.id) is None:
            self._record_failure(request.id, code, text)

    def job_changed(self, job: Job) -> None:
        """Called with every change of every job, from the thread that made it; must not raise."""
        try:
            self._job_changed(job)
        except Exception:
            log.exception("job %s: OSC clients could not be told", job.id)

    def _job_changed(self, job: Job) -> None:
        for request_id in self._waiting_for(job.path):
            self._ledger.answer_with(request_id, job.id)
            self.accept(request_id, job)
        if self.server is not None:
            self.server.publish("/takevoice/job", *job_values(job))
        if job.state.final or job.state is State.HELD:
            for request_id in self._ledger.requests_of(job.id):
                self._conclude(request_id, job)

    def dropped(self, dropped: Withdrawal) -> None:
        """Called when a job is taken back: another one answers, or the requests have failed."""
        for request_id in dropped.requests:
            if dropped.instead is not None:
                self._conclude(request_id, dropped.instead)
            elif dropped.verdict == "changed":
                self.await_file(dropped.job.path, request_id)
            else:
                code = "gone" if dropped.verdict == "gone" else "left_alone"
                text = f"{dropped.job.path}: {dropped.why}"
                self._record_failure(request_id, code, text)
                self._send(request_id, "/takevoice/fail", code, text)

    def _waiting_for(self, path: Path) -> set[str]:
        with self._lock:
            return self._files.pop(path, set()) if self._files else set()

    def _conclude(self, request_id: str, job: Job) -> None:
        result = result_of(job) | self._started(request_id)
        self._results.write(request_id, result)
        if job.state is State.DONE:
            self._send(request_id, "/takevoice/done", job.id, result["output"], *placement_of(job).values())
        else:
            self._send(
                request_id, "/takevoice/fail", result["code"], result["text"], keep=job.state is State.HELD
            )

    def _started(self, request_id: str) -> dict[str, str]:
        """Where the file begins in its session, when its maker has said so."""
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
    """What /takevoice/job says of a job, after the id."""
    path = job.output if job.state is State.DONE and job.output else job.path
    return job.id, job.state.value, job.progress, str(path)
