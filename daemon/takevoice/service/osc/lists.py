"""Lists over OSC, part by part: one message for each row, then one that says where the next part begins and how many rows there are."""

from __future__ import annotations

import logging
import math
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from takevoice.errors import TakevoiceError
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.osc.addresses import PAGE
from takevoice.osc.arguments import BadArguments, RequestRejected
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
T = TypeVar("T")


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
        chosen, following = _part(names, names, request)
        _send(request, "tracks", [self._track_row(name) for name in chosen], following, len(names))

    def voices(self, request: OscRequest) -> None:
        """List the voices, in a thread of its own: the backend may have to be asked."""
        self._slow.put(request, self._voices)

    def stop(self) -> None:
        """Answer no more requests for voices."""
        self._slow.stop()

    def _voices(self, request: OscRequest) -> None:
        backend, voices = self._verbs.voices()
        chosen, following = _part(voices, [voice.id for voice in voices], request)
        rows = [(voice.name, voice.id, voice.category, backend.name) for voice in chosen]
        _send(request, "voices", rows, following, len(voices))

    def _list_jobs(
        self, request: OscRequest, name: str, states: Sequence[State], row: Callable[[Job], Row]
    ) -> None:
        total = sum(self._ledger.jobs.counts_of(states).values())
        count = _count(request)
        found = self._ledger.job_lists.older(states, request.arguments.get("after", 0), count + 1)
        following = str(found[count - 1].id) if len(found) > count else ""
        _send(request, name, [row(job) for job in found[:count]], following, total)

    def _job_row(self, job: Job) -> Row:
        return (*job_values(job), job.track, job.voice, job.error_code, in_users_words(job.error, job))

    def _held_row(self, job: Job) -> Row:
        price = math.ceil(price_to_come(self._planner, job) or 0.0)
        return (job.id, job.error_code, price, str(job.source), job.track, job.voice, in_users_words(job.error, job))

    def _track_row(self, name: str) -> Row:
        track, values = self._verbs.track_get(name, None, "")
        return (track, plain(values["voice"]), plain(values["enabled"]))


def _count(request: OscRequest) -> int:
    """Return how many rows were asked for."""
    return int(request.arguments.get("count", PAGE))


def _part(items: Sequence[T], names: Sequence[str], request: OscRequest) -> tuple[Sequence[T], str]:
    """Return the items after the one that the request names, and where the next part begins; "" after the last one.

    Raises:
        BadArguments: no item has that name.
    """
    after = request.arguments.get("after", "")
    if after and after not in names:
        raise BadArguments(f"after: the list has no {after}", hint="leave it empty to begin with the first row")
    first = names.index(after) + 1 if after else 0
    last = first + _count(request)
    return items[first:last], names[last - 1] if last < len(items) else ""


def _send(request: OscRequest, name: str, rows: Sequence[Row], following: str, total: int) -> None:
    for row in rows:
        values = [shortened(value, MAX_TEXT) if isinstance(value, str) else value for value in row]
        request.reply(f"/takevoice/{name}/row", *values)
    request.reply("/takevoice/end", name, following, total)


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
