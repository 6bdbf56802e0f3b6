"""Later replies over OSC: which client waits for which request, and what it is sent when the request's job ends."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from takevoice.jobs import Job, State
from takevoice.ledger.candidates import Pick
from takevoice.osc.routes import OscRequest
from takevoice.osc.server import OscServer
from takevoice.service.candidate_rows import CandidateRow, row_of
from takevoice.service.osc.result_files import placement_of
from takevoice.service.request_ends import RequestEnds

log = logging.getLogger(__name__)

MAX_REMEMBERED = 20_000
RECORDED = ("/takevoice/convert", "/takevoice/rendered")
"""The addresses whose requests finish later, so that a result file records the end."""


class Replies:
    """Sends subscribers each change, and clients the end of their jobs (it is a `request_ends.Listener`)."""

    def __init__(self, ends: RequestEnds) -> None:
        self._ends = ends
        self._server: OscServer | None = None
        self._requests: OrderedDict[str, OscRequest] = OrderedDict()
        self._candidates: dict[str, set[int]] = {}  # by request: those that its client knows
        self._lock = threading.Lock()

    def use(self, server: OscServer) -> None:
        """Publish changes to this server's subscribers."""
        self._server = server

    def remember(self, request: OscRequest) -> None:
        """Note where the later replies to a request go; when it is sent again, they go to where it came from last."""
        with self._lock:
            self._requests[request.id] = request
            self._requests.move_to_end(request.id)
            self._candidates.pop(request.id, None)
            if len(self._requests) > MAX_REMEMBERED:
                forgotten, _ = self._requests.popitem(last=False)
                self._candidates.pop(forgotten, None)

    def refuse(self, request: OscRequest, code: str, text: str) -> None:
        """Record a request that was refused in its result file too."""
        if request.address in RECORDED:
            self._ends.refuse(request.id, code, text)

    def on_changed(self, job: Job) -> None:
        """Send every change of every job to the subscribers; never raises."""
        try:
            if self._server is not None:
                self._server.publish("/takevoice/job", *job_values(job))
            if job.is_candidate and job.state is State.DONE:
                self._report_candidate(job)
        except Exception:
            log.exception("job %s: OSC clients could not be notified", job.id)

    def on_picked(self, pick: Pick) -> None:
        """Send the subscribers which result a take has now, and clients that wait for one its end; never raises."""
        try:
            self._ends.on_picked(pick)
            if self._server is not None:
                self._server.publish("/takevoice/picked", pick.job, str(pick.placed))
        except Exception:
            log.exception("job %s: OSC clients could not be notified", pick.job)

    def _report_candidate(self, job: Job) -> None:
        """Send a candidate that is done to the clients that wait for its take."""
        for request_id in self._ends.requests_of(job.family):
            self._send_candidate(request_id, candidate_values(row_of(job)))

    def _send_candidate(self, request_id: str, values: tuple[int, int, str, str, int, int]) -> None:
        """Send a candidate to the client that waits for it, once."""
        with self._lock:
            request = self._requests.get(request_id)
            if request is None or values[0] in self._candidates.setdefault(request_id, set()):
                return
            self._candidates[request_id].add(values[0])
        request.reply("/takevoice/candidate", *values)

    def details(self, request_id: str, _job: Job) -> Mapping[str, Any]:
        """Return where the file begins in its session, if the client sent it."""
        with self._lock:
            request = self._requests.get(request_id)
        start = request.arguments.get("start") if request is not None else None
        return {} if start is None else {"start": start}

    def on_accepted(self, request_id: str, job: Job) -> None:
        """Reply which job answers a request."""
        with self._lock:
            request = self._requests.get(request_id)
        if request is not None:
            request.reply("/takevoice/accepted", job.id)

    def on_ended(self, request_id: str, job: Job, result: Mapping[str, Any]) -> None:
        """Reply how a request's job ended; a client whose job is held gets another reply later. Candidates that were there
        before the request come first."""
        for each in result.get("candidates", ()):
            if each["state"] == State.DONE:
                self._send_candidate(request_id, candidate_values(CandidateRow(**each)))
        if job.state is State.DONE:
            self._send(request_id, "/takevoice/done", job.id, result["output"], *placement_of(job).values())
        else:
            held = job.state is State.HELD
            self._send(request_id, "/takevoice/fail", result["code"], result["text"], keep=held)

    def on_refused(self, request_id: str, code: str, text: str) -> None:
        """Reply that a request got no result."""
        self._send(request_id, "/takevoice/fail", code, text)

    def _send(self, request_id: str, address: str, *values: str | int | float, keep: bool = False) -> None:
        with self._lock:
            request = self._requests.get(request_id) if keep else self._requests.pop(request_id, None)
            if not keep:
                self._candidates.pop(request_id, None)
        if request is None:
            return
        if address == "/takevoice/fail":
            code, text = values
            request.fail(str(code), str(text))
        else:
            request.reply(address, *values)


def candidate_values(row: CandidateRow) -> tuple[int, int, str, str, int, int]:
    """Return the arguments of /takevoice/candidate, after the id."""
    return row[:6]


def job_values(job: Job) -> tuple[int, str, float, str]:
    """Return the arguments of /takevoice/job, after the id."""
    done = job.state is State.DONE
    return job.id, job.state.value, 1.0 if done else job.progress, str(job.output if done and job.output else job.source)
