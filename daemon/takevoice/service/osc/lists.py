"""Lists over OSC, page by page: one message for each row, then one that says which page it was and how many there are."""

from __future__ import annotations

import logging
import math
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

from takevoice.errors import TakevoiceError
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.filters import JobFilter
from takevoice.osc.addresses import PAGE
from takevoice.osc.arguments import RequestRejected
from takevoice.osc.packets import shortened
from takevoice.osc.routes import OscRequest
from takevoice.pipeline.excerpts import in_users_words
from takevoice.pipeline.planning import Planner
from takevoice.service.office.prices import price_to_come
from takevoice.service.osc.feedback import plain
from takevoice.service.osc.replies import job_values
from takevoice.service.verbs import Verbs

log = logging.getLogger("takevoice")

MAX_WAITING = 100  # requests for voices
MAX_TEXT = 500  # bytes of a text in a row

Row = Sequence[Any]


class Lists:
    """The handlers of the lists."""

    def __init__(self, ledger: Ledger, planner: Planner, verbs: Verbs) -> None:
        self._ledger, self._planner, self._verbs = ledger, planner, verbs
        self._slow = _Aside()

    def jobs(self, request: OscRequest) -> None:
        """List all jobs."""
        self._list_jobs(request, "jobs", tuple(State), self._job_row)

    def held(self, request: OscRequest) -> None:
        """List the held jobs."""
        self._list_jobs(request, "held", (State.HELD,), self._held_row)

    def tracks(self, request: OscRequest) -> None:
        """List the tracks."""
        names = self._verbs.tracks()
        first, last = _span(request)
        _send(request, "tracks", [self._track_row(name) for name in names[first:last]], len(names))

    def voices(self, request: OscRequest) -> None:
        """List the voices, in a thread of its own: the backend may have to be asked."""
        self._slow.put(request, self._voices)

    def stop(self) -> None:
        """Answer no more requests for voices."""
        self._slow.stop()

    def _voices(self, request: OscRequest) -> None:
        backend, voices = self._verbs.voices()
        first, last = _span(request)
        rows = [(voice.name, voice.id, voice.category, backend.name) for voice in voices[first:last]]
        _send(request, "voices", rows, len(voices))

    def _list_jobs(
        self, request: OscRequest, name: str, states: Sequence[State], row: Callable[[Job], Row]
    ) -> None:
        first, last = _span(request)
        total = sum(self._ledger.jobs.counts_of(states).values())
        found = self._ledger.search.jobs(JobFilter(states), last - first, first)
        _send(request, name, [row(job) for job in found], total)

    def _job_row(self, job: Job) -> Row:
        return (*job_values(job), job.track, job.voice, job.error_code, in_users_words(job.error, job))

    def _held_row(self, job: Job) -> Row:
        price = math.ceil(price_to_come(self._planner, job) or 0.0)
        return (job.id, job.error_code, price, str(job.source), job.track, job.voice, in_users_words(job.error, job))

    def _track_row(self, name: str) -> Row:
        track, values = self._verbs.track_get(name, None, "")
        return (track, plain(values["voice"]), plain(values["enabled"]))


def _span(request: OscRequest) -> tuple[int, int]:
    """Return the first row that was asked for, from 0, and the one after the last."""
    page, rows = request.arguments.get("page", 1), request.arguments.get("rows", PAGE)
    first = min((page - 1) * rows, 1 << 62)
    return first, first + rows


def _send(request: OscRequest, name: str, rows: Sequence[Row], total: int) -> None:
    size = request.arguments.get("rows", PAGE)
    for row in rows:
        values = [shortened(value, MAX_TEXT) if isinstance(value, str) else value for value in row]
        request.reply(f"/takevoice/{name}/row", *values)
    request.reply("/takevoice/listed", name, request.arguments.get("page", 1), max(1, -(-total // size)), total)


class _Aside:
    """A thread that answers slow requests one after the other; it begins with the first one."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[OscRequest, Callable[[OscRequest], None]] | None] = queue.Queue(MAX_WAITING)
        self._thread: threading.Thread | None = None

    def put(self, request: OscRequest, handler: Callable[[OscRequest], None]) -> None:
        """Answer a request in turn; raises RequestRejected (busy) where too many wait."""
        try:
            self._waiting.put_nowait((request, handler))
        except queue.Full:
            raise RequestRejected("busy", "too many requests are waiting", hint="send the request again later") from None
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="osc-lists", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Answer no more; a request under way is left behind."""
        if self._thread is not None:
            try:
                self._waiting.put_nowait(None)
            except queue.Full:
                pass  # the thread ends with the process

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            request, handler = item
            try:
                handler(request)
            except TakevoiceError as error:
                request.fail(error.code, str(error))
            except Exception as error:
                log.exception("%s failed", request.address)
                request.fail("bug", f"{type(error).__name__}: {error}; see the log")
