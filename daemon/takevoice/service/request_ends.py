"""How requests end: each one's result file, and a notice to whoever passed the request on, over OSC or from a file."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from takevoice.errors import UnknownJob
from takevoice.jobs import Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.candidates import Pick
from takevoice.pipeline.events import Withdrawal
from takevoice.service.candidate_rows import candidates_as_json
from takevoice.service.osc.result_files import ResultFiles, result_of

log = logging.getLogger(__name__)

MAX_WAITING = 20_000  # files


class Listener(Protocol):
    """One way for requests to come in. Called in the thread in which something happened."""

    def details(self, request_id: str, job: Job) -> Mapping[str, Any]:
        """Return what the result of a request says besides what it says of every job."""

    def on_accepted(self, request_id: str, job: Job) -> None:
        """Receive which job answers a request."""

    def on_ended(self, request_id: str, job: Job, result: Mapping[str, Any]) -> None:
        """Receive how a request's job ended, or that it is held; its result file is there."""

    def on_refused(self, request_id: str, code: str, text: str) -> None:
        """Receive that a request that was accepted got no result; its result file is there."""


class RequestEnds:
    """Follows the jobs of all requests; which job answers which request is in the ledger."""

    def __init__(self, ledger: Ledger, results: ResultFiles) -> None:
        self._ledger, self.results = ledger, results
        self._listeners: list[Listener] = []
        self._files: OrderedDict[Path, set[str]] = OrderedDict()
        self._lock = threading.Lock()

    def subscribe(self, listener: Listener) -> None:
        """Ask and notify this listener too."""
        self._listeners.append(listener)

    def await_file(self, path: Path, request_id: str) -> None:
        """Let the next job of that file answer the request."""
        with self._lock:
            self._files.setdefault(path, set()).add(request_id)
            if len(self._files) > MAX_WAITING:
                self._files.popitem(last=False)

    def accept(self, request_id: str, job: Job) -> None:
        """Notify that a job answers a request, and how it ended if it has."""
        for listener in self._listeners:
            listener.on_accepted(request_id, job)
        if job.has_ended:
            self.conclude(request_id, job)

    def conclude(self, request_id: str, job: Job) -> None:
        """Write the result of a request whose job has ended or is held, and notify."""
        result = result_of(job) | candidates_as_json(self._ledger, job)
        for listener in self._listeners:
            result |= listener.details(request_id, job)
        self.results.write(request_id, result)
        for listener in self._listeners:
            listener.on_ended(request_id, job, result)

    def requests_of(self, job_id: int) -> Sequence[str]:
        """Return the ids of the requests that a job answers."""
        return self._ledger.requests.ids(job_id)

    def on_picked(self, pick: Pick) -> None:
        """Write the results of a take's requests again: another process may have picked a candidate. Raises LedgerError."""
        try:
            take = self._ledger.jobs.get(pick.family)
        except UnknownJob:
            return
        for request_id in self._ledger.requests.ids(take.id) if take.state is State.DONE else ():
            self.conclude(request_id, take)

    def catch_up(self) -> None:
        """Write the results again of takes that were picked while nothing ran. Raises LedgerError."""
        newest = {pick.family: pick for pick in self._ledger.candidates.picks_after(0)}
        for pick in newest.values():
            if any(self.results.is_older(each, pick.at) for each in self._ledger.requests.ids(pick.family)):
                self.on_picked(pick)

    def refuse(self, request_id: str, code: str, text: str) -> None:
        """Write the result of a request that gets no job, unless it has one already."""
        if request_id and self._ledger.requests.job(request_id) is None:
            self._record_failure(request_id, code, text)

    def on_changed(self, job: Job) -> None:
        """Receive every change of every job, in the thread that made it; never raises."""
        try:
            self._changed(job)
        except Exception:
            log.exception("job %s: its requests could not be answered", job.id)

    def _changed(self, job: Job) -> None:
        for request_id in () if job.is_candidate else self._waiting_for(job.path):
            self._ledger.requests.attach(request_id, job.id)
            self.accept(request_id, job)
        if job.has_ended:
            for request_id in self._ledger.requests.ids(job.id):
                self.conclude(request_id, job)

    def on_withdrawn(self, withdrawal: Withdrawal) -> None:
        """Answer the requests of a withdrawn job: by the job instead of it, or as failed."""
        for request_id in withdrawal.requests:
            if withdrawal.instead is not None:
                now = self._ledger.jobs.get(withdrawal.instead.id)
                if now.has_ended:  # else it answers them when it ends
                    self.conclude(request_id, now)
            elif withdrawal.disposition is Disposition.CHANGED:
                self.await_file(withdrawal.job.path, request_id)
            else:
                removed = withdrawal.disposition is Disposition.REMOVED
                code = "gone" if removed else "left_alone"
                text = f"{withdrawal.job.source}: {withdrawal.why}"
                self._record_failure(request_id, code, text)
                for listener in self._listeners:
                    listener.on_refused(request_id, code, text)

    def _waiting_for(self, path: Path) -> set[str]:
        with self._lock:
            return self._files.pop(path, set()) if self._files else set()

    def _record_failure(self, request_id: str, code: str, text: str) -> None:
        failure = {
            "state": State.FAILED.value,
            "job": 0,
            "path": "",
            "output": "",
            "code": code,
            "text": text,
        }
        self.results.write(request_id, failure)
