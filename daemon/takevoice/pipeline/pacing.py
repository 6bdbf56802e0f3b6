"""The requests to each backend take turns: no more at once than its account accepts, whichever takes they belong to.

A request that the backend has no room for (`errors.BackendBusy`) was not billed. Its take goes back to the queue, and is
tried again for as long as it takes; `pace` says when.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from takevoice.errors import BackendBusy, Cancelled
from takevoice.jobs import Job
from takevoice.pipeline.busy_report import BusyReport
from takevoice.pipeline.pace import MOST, Pace
from takevoice.pipeline.problems import Problems
from takevoice.voices import Backend

WAIT = 0.2  # seconds between two checks whether to keep waiting for a turn
LOOKUP_PAUSE = 0.5  # seconds, at least, until a lookup that was refused is tried again
OBSTRUCTIVE = 3  # refusals of one job in a row, after which others are tried before it


class Turn:
    """One request while it is under way; `max_concurrent` is what the backend says about its account, if it does."""

    max_concurrent: int | None = None


class _Account:
    """What is known about one backend. Times in seconds."""

    def __init__(self, name: str, pace: Pace, problems: Problems) -> None:
        self.pace, self._report = pace, BusyReport(name, problems)
        self._configured: int | None = None  # requests at once
        self._reported: int | None = None  # the same, as the backend said last
        self.why = ""  # the last refusal, in words
        self.lookup_after: float | None = None  # when a lookup that was refused is tried again

    def configure(self, limit: int | None) -> None:
        """Apply the config's limit of requests at once."""
        self._configured = limit
        self._apply_limits()

    def note_limit(self, limit: int | None) -> None:
        """Apply the limit that the backend reports, if it does."""
        if limit and limit != self._reported:
            self._reported = limit
            self._apply_limits()

    def _apply_limits(self) -> None:
        known = [limit for limit in (self._configured, self._reported) if limit]
        self.pace.allow_at_most(min(known, default=int(MOST)))

    def accept(self, began: float, now: float, limit: int | None) -> None:
        """Count a request that was served."""
        self.note_limit(limit)
        self.pace.accept(began, now)
        self._report.room()

    def refuse(self, began: float, now: float, error: BackendBusy) -> None:
        """Count a request that was refused."""
        self.note_limit(error.max_concurrent)
        self.pace.refuse(began, now, error.retry_after)
        self.why = str(error)
        if self.pace.paused(now):  # else others are being served
            self._report.no_room(now, self.pace.pause_left(now), self.why)

    def refuse_lookup(self, now: float, error: BackendBusy) -> None:
        """Count a lookup that was refused."""
        self.pace.begin()
        self.refuse(now, now, error)
        self.lookup_after = now + max(LOOKUP_PAUSE, self.pace.pause_left(now))

    def accept_lookup(self) -> None:
        """Note that a lookup succeeded."""
        if self.lookup_after is not None:
            self.lookup_after = None
            self._report.room()


class Pacing:
    """Lets the requests to each backend begin, one after the other; used by all threads."""

    def __init__(
        self,
        backend_named: Callable[[str], Backend | None],
        problems: Problems,
        clock: Callable[[], float] = time.monotonic,
        new_pace: Callable[[], Pace] = Pace,
    ) -> None:
        """`backend_named` returns a backend by its name."""
        self._backend_named, self._problems, self._clock, self._new_pace = backend_named, problems, clock, new_pace
        self._changed = threading.Condition(threading.RLock())
        self._accounts: dict[str, _Account] = {}
        self._claimed: dict[int, str] = {}  # jobs that have begun, and their backends, until their first turn
        self._refused: dict[int, int] = {}  # refusals of each job in a row
        self._on_room: list[Callable[[], None]] = []

    def subscribe(self, on_room: Callable[[], None]) -> None:
        """Call this when a request to a backend may begin that could not before."""
        self._on_room.append(on_room)

    # For those who choose what to begin.

    def without_room(self) -> Sequence[str]:
        """Return the backends that no further job can begin with now."""
        with self._changed:
            return [name for name in self._accounts if self._delay(name) > 0]

    def soonest(self) -> float:
        """Return the seconds until a pause of some backend ends; infinite if there is none."""
        with self._changed:
            return min((delay for name in self._accounts if (delay := self._delay(name)) > 0), default=math.inf)

    def deferred_jobs(self) -> set[int]:
        """Return the jobs that were refused again and again: others are tried before them."""
        with self._changed:
            return {job for job, times in self._refused.items() if times >= OBSTRUCTIVE}

    def claim(self, job: Job) -> None:
        """Keep a place for a job that begins."""
        self._ensure(job.backend)
        with self._changed:
            self._claimed[job.id] = job.backend

    def unclaim(self, job: Job) -> None:
        """Give the place of a job back, if it has not used it."""
        with self._changed:
            if job.id not in self._claimed:
                return
            had_room = self._delay(job.backend) <= 0
            del self._claimed[job.id]
        self._tell(had_room)

    # For requests.

    @contextlib.contextmanager
    def turn(self, job: Job, stop: Callable[[], bool]) -> Iterator[Turn]:
        """Wait for the turn of one request of a job, and take its outcome into account.

        Raises:
            BackendBusy: the account has no room, and is not asked at the moment; the body was not begun.
            Cancelled: `stop` returned True while it waited.
        """
        self._ensure(job.backend)
        account = self._accounts[job.backend]
        began, turn = self._begin(job, account, stop), Turn()
        try:
            yield turn
        except BackendBusy as error:
            with self._ending(job) as now:
                account.refuse(began, now, error)
                self._refused[job.id] = self._refused.get(job.id, 0) + 1
            raise
        except BaseException:
            with self._ending(job):
                account.pace.end()
            raise
        with self._ending(job) as now:
            account.accept(began, now, turn.max_concurrent)
            self._refused.pop(job.id, None)

    def _begin(self, job: Job, account: _Account, stop: Callable[[], bool]) -> float:
        with self._changed:
            while (delay := account.pace.delay(self._clock())) > 0:
                if account.pace.paused(self._clock()):
                    raise BackendBusy(account.why)
                if stop():
                    raise Cancelled("stopped before it began")
                self._changed.wait(min(delay, WAIT))
            self._claimed.pop(job.id, None)
            account.pace.begin()
            return self._clock()

    @contextlib.contextmanager
    def _ending(self, job: Job) -> Iterator[float]:
        """Hold the lock while the end of a request is counted, and tell those that wait; yields the time."""
        with self._changed:
            had_room = self._delay(job.backend) <= 0
            yield self._clock()
        self._tell(had_room)

    # For lookups, such as of the voices.

    def lookup_refused(self, backend: str, error: BackendBusy) -> None:
        """Count a lookup that the backend had no room for: files that need one wait as takes do."""
        self._ensure(backend)
        with self._changed:
            self._accounts[backend].refuse_lookup(self._clock(), error)

    def lookup_answered(self, backend: str) -> None:
        """Note that a lookup succeeded."""
        with self._changed:
            if backend in self._accounts:
                self._accounts[backend].accept_lookup()

    def lookups_wait(self) -> bool:
        """Return True while a lookup that was refused is not tried again yet."""
        with self._changed:
            times = [each.lookup_after for each in self._accounts.values() if each.lookup_after is not None]
            return any(self._clock() < time for time in times)

    def try_now(self) -> None:
        """End all pauses, and apply the config's limits: a person says that the backends are ready."""
        for name in list(self._accounts):
            backend = self._backend_named(name)
            with self._changed:
                account = self._accounts[name]
                account.configure(backend.max_concurrent if backend else None)
                account.pace.hurry()
                account.lookup_after = None if account.lookup_after is None else self._clock()
        self._tell(had_room=False)

    def _ensure(self, name: str) -> None:
        """Have an account for the backend; asking for the backend may take a moment, so no lock is held."""
        if name in self._accounts:
            return
        backend = self._backend_named(name)
        account = _Account(name, self._new_pace(), self._problems)
        if backend is not None and not backend.paid:
            account.pace.start_with(MOST)  # what runs on this machine is limited by `conversions`
        account.configure(backend.max_concurrent if backend else None)
        if backend is not None and backend.max_concurrent:
            account.pace.start_with(backend.max_concurrent)  # whoever set it knows the account
        with self._changed:
            self._accounts.setdefault(name, account)

    def _tell(self, had_room: bool) -> None:
        """Wake those that wait for a turn; and those that begin jobs, if they could not before."""
        with self._changed:
            self._changed.notify_all()
        if not had_room:
            for call in self._on_room:
                call()

    def _delay(self, name: str) -> float:
        claimed = sum(backend == name for backend in self._claimed.values())
        return self._accounts[name].pace.delay(self._clock(), claimed)
