"""The convert requests that came as files and have not ended: how far each is, and what its end leaves to do."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from takevoice.errors import StorageError
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.events import Withdrawal
from takevoice.pipeline.excerpts import in_users_words
from takevoice.pipeline.planning import Planner
from takevoice.service.handover.records import Record, Records
from takevoice.service.office.prices import price_to_come
from takevoice.service.request_ends import RequestEnds

_WAITING = (State.FOUND, State.QUEUED)
_OVER = (State.DONE, State.CANCELLED)  # what was kept of the request is removed; after a failure a person may try again


@dataclass
class _Live:
    record: Record
    job: Job


class LiveRequests:
    """Knows the requests by their jobs (it is a `request_ends.Listener`); used from several threads.

    A request whose job has failed stays known, without progress: a person may retry the job.
    """

    def __init__(
        self,
        ledger: Ledger,
        planner: Planner,
        records: Records,
        waits_for: Callable[[], str],
        on_news: Callable[[], None],
    ) -> None:
        """`waits_for` returns in words what queued takes wait for; `on_news` is called when something has changed."""
        self._ledger, self._planner, self._records = ledger, planner, records
        self._waits_for, self._on_news = waits_for, on_news
        self._lock = threading.Lock()
        self._live: dict[str, _Live] = {}
        self._by_job: dict[int, set[str]] = {}

    def add(self, record: Record, job: Job) -> None:
        """Follow a request."""
        with self._lock:
            self._follow(record, job)
        self._on_news()

    def resume(self, ends: RequestEnds) -> None:
        """Follow the requests of earlier runs; those whose jobs ended when takevoice did get their results now."""
        for record in self._records.all():
            job = self._ledger.requests.job(record.id)
            if job is None:
                continue  # its file is read again, if it is there
            self.add(record, job)
            if job.has_ended and record.told != _told(job):
                ends.conclude(record.id, job)

    def job_of(self, request_id: str) -> int | None:
        """Return the number of the job that answers a request."""
        job = self.job_answering(request_id)
        return None if job is None else job.id

    def job_answering(self, request_id: str) -> Job | None:
        """Return the job that answers a request; None while none does."""
        return self._ledger.requests.job(request_id)

    def name_of(self, request_id: str) -> str:
        """Return the name that a request gave its sound; empty where it is unknown."""
        with self._lock:
            live = self._live.get(request_id)
        return live.record.name if live is not None else ""

    def progress(self) -> Mapping[str, Mapping[str, Any]]:
        """Return how far each request is that has not ended, by its id; a held one has not."""
        waits = self._waits_for()
        with self._lock:
            live = [(name, each) for name, each in self._live.items() if not each.job.state.final]
        return {name: self._entry(each, waits) for name, each in live}

    def on_changed(self, job: Job) -> None:
        """Receive every change of every job, and its progress."""
        if job.origin == "file" and not job.state.final and job.id not in self._by_job:
            self._follow_again(job)
        with self._lock:
            ids = self._by_job.get(job.id, ())
            for request_id in ids:
                live = self._live[request_id]
                live.job = job if job.changed >= live.job.changed else live.job
        if ids:
            self._on_news()

    def on_withdrawn(self, withdrawal: Withdrawal) -> None:
        """Follow the job that answers the requests of a withdrawn one."""
        for request_id in withdrawal.requests:
            with self._lock:
                live = self._live.get(request_id)
                if live is not None and withdrawal.instead is not None:
                    self._follow(live.record, withdrawal.instead)

    # As a listener.

    def details(self, request_id: str, job: Job) -> Mapping[str, Any]:
        """Return what the result of a request from a file says besides: what it cost, the seed, and the excerpt's head."""
        with self._lock:
            live = self._live.get(request_id)
        if live is None and job.origin != "file":
            return {}
        head = job.options.head if live is None else live.record.head
        found: dict[str, Any] = {"start": live.record.start} if live is not None and live.record.start else {}
        jobs = [job.id, *(each.id for each in self._ledger.candidates.of(job.id))]
        found |= {"credits": math.ceil(sum(self._ledger.charges.credits_of(number) for number in jobs))}
        if job.settings.seed is not None:
            found["seed"] = job.settings.seed
        return found if head is None else {**found, "head": round(head, 9)}

    def on_accepted(self, request_id: str, job: Job) -> None:
        """Do nothing: what is accepted is added."""

    def on_ended(self, request_id: str, job: Job, _result: Mapping[str, Any]) -> None:
        """Tidy up after a request whose result is there; what a failed job needs for another try stays."""
        with self._lock:
            live = self._live.get(request_id)
            if live is None:
                return
            live.job = job
            live.record = record = replace(live.record, told=_told(job))
            over = job.state in _OVER
            if over:
                self._forget(request_id)
        if over:
            self._records.finish(record)
        else:
            self._keep(record)
        self._on_news()

    def on_refused(self, request_id: str, _code: str, _text: str) -> None:
        """Tidy up after a request that gets no result."""
        with self._lock:
            known = request_id in self._live
            if known:
                self._forget(request_id)
        if known:
            self._records.remove(request_id)
            self._on_news()

    def failed_since(self, before: float) -> Sequence[str]:
        """Return the requests whose jobs failed before a Unix time."""
        with self._lock:
            return [
                name
                for name, each in self._live.items()
                if each.job.state is State.FAILED and each.job.changed < before
            ]

    def forget(self, request_id: str) -> None:
        """Follow a request no longer."""
        with self._lock:
            if request_id in self._live:
                self._forget(request_id)

    def _follow(self, record: Record, job: Job) -> None:
        earlier = self._live.get(record.id)
        if earlier is not None:
            self._by_job.get(earlier.job.id, set()).discard(record.id)
        self._live[record.id] = _Live(record, job)
        self._by_job.setdefault(job.id, set()).add(record.id)

    def _follow_again(self, job: Job) -> None:
        """Follow the request of a job that was over and is started again; what was kept of it was removed at its end.

        `job` may be news of yesterday, which arrives after the job's end: only the ledger knows.
        """
        request_id = next(iter(self._ledger.requests.ids(job.id)), "")
        now = self.job_answering(request_id)
        if now is None or now.state in _OVER:
            return
        record = self._records.read(request_id)
        if record is None:
            options = job.options
            excerpt = job.path.name if options.part is not None else ""
            record = Record(request_id, options.name_of(job.path), options.head, excerpt, start=options.start)
            self._keep(record)
        with self._lock:
            if job.id not in self._by_job:
                self._follow(record, now)
        now = self.job_answering(request_id)
        if now is None or now.state in _OVER:  # it has ended meanwhile, and its end may have come before it was followed
            self.forget(request_id)
            self._records.finish(record)

    def _forget(self, request_id: str) -> None:
        job_id = self._live.pop(request_id).job.id
        ids = self._by_job.get(job_id, set())
        ids.discard(request_id)
        if not ids:
            self._by_job.pop(job_id, None)

    def _keep(self, record: Record) -> None:
        try:
            self._records.write(record)
        except StorageError:
            pass  # the next start tells the end again

    def _entry(self, live: _Live, waits: str) -> Mapping[str, Any]:
        job = live.job
        text = in_users_words(job.error, job) if job.state is State.HELD else waits if job.state in _WAITING else ""
        return {
            "job": job.id,
            "state": job.state.value,
            "progress": round(job.progress, 3),
            "text": text,
            "credits": math.ceil(price_to_come(self._planner, job) or 0.0),
            "name": live.record.name,
        }


def _told(job: Job) -> str:
    return f"{job.state.value} {job.attempt}"
