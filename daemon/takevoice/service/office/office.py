"""The office: whatever a person can see of takevoice, and decide, in one place.

The command line, OSC, request files, the page and plugins act through it. What it decides is written to the ledger; the
takevoice that runs, in this process or in another one, takes it up from there.
"""

from __future__ import annotations

import logging
import time
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from takevoice.errors import ConfigError, TakevoiceError
from takevoice.jobs import Job, JobOptions, State
from takevoice.lazy import TYPE_CHECKING
from takevoice.ledger.costs import Cost
from takevoice.ledger.filters import JobFilter
from takevoice.pipeline import decisions, excerpts
from takevoice.process_lock import is_locked
from takevoice.service.office.decisions import Batch, check_count, check_verb, chosen, for_each
from takevoice.service.office.desks import Desks
from takevoice.state_names import DAEMON

if TYPE_CHECKING:
    from takevoice.joined_house import JoinedHouse
    from takevoice.service.office.explaining import Explanation
    from takevoice.service.office.overview import Overview
    from takevoice.service.office.quotes import Quote
    from takevoice.service.office.status import Status
    from takevoice.service.office.take_status import TakeStatus
    from takevoice.service.office.undo import Undoable
    from takevoice.service.office.views import HeldGroup, JobDetail, JobView, TrackView
    from takevoice.voices import Backend, Voice

log = logging.getLogger("takevoice")

NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})
Which = JobFilter | Collection[int]
"""Jobs: by conditions, or by their numbers."""


class Office(Desks):
    """Usable from several threads. Errors are `TakevoiceError`s: a `code` for scripts, one line for people, and a `hint`."""

    # What is there.

    def data_version(self) -> int:
        """Return a number that changes whenever another process or thread has written to the ledger."""
        return self.ledger.data_version()

    def is_running(self) -> bool:
        """Return True while a daemon works on the jobs of this state dir."""
        return self._running is not None or is_locked(self.state.owner_lock(DAEMON))

    def left_behind(self) -> Mapping[str, int]:
        """Return how many jobs are of commands that were ended, by the command: they wait until a daemon takes them over."""
        waiting = self.ledger.jobs.waiting()
        return {
            owner: sum(jobs.values())
            for owner, jobs in waiting.items()
            if owner != DAEMON and not is_locked(self.state.owner_lock(owner))
        }

    def is_paused(self) -> bool:
        """Return True while no conversions are started."""
        return self.ledger.pause.since() is not None if self._running is None else self._running.is_paused()

    def counts(self, which: JobFilter | None = None) -> Mapping[State, int]:
        """Return how many jobs are in each state."""
        return self.ledger.search.counts(which or JobFilter())

    def status(self) -> Status:
        """Return what is going on."""
        from takevoice.service.office.status import problems_of, room_problem

        is_running = self.is_running()
        return self._overview.status(
            time.time(),
            running=is_running,
            paused=self.is_paused(),
            problems=problems_of(self.state.problems) if is_running else [],
            room=room_problem(self.state.work),
            silent=self._running.silent_folders() if self._running else (),
        )

    def jobs(self, which: JobFilter | None = None, limit: int = 100) -> Sequence[JobView]:
        """Return jobs, newest first; for the next page, ask for those `before` the last one's number. -1: all."""
        return self._overview.jobs(self.ledger.search.jobs(which or JobFilter(), limit))

    def page(self, which: JobFilter, limit: int = 100) -> tuple[Sequence[JobView], Mapping[State, int]]:
        """Return the newest jobs, newest first, and how many would match in each state if no states were asked for."""
        jobs, counts = self.ledger.search.page(which, limit)
        return self._overview.jobs(jobs), counts

    def job(self, job_id: int) -> JobDetail:
        """Return a job with its history; raises UnknownJob. The file system is asked whether its files are there."""
        return self._overview.detail(self.ledger.jobs.get(job_id))

    def held(self) -> Sequence[HeldGroup]:
        """Return what waits for a person, by reason."""
        return self._overview.held()

    def tracks(self) -> Sequence[TrackView]:
        """Return the tracks that takes were met for, and those that the config names, with their voices."""
        return self._overview.tracks()

    @property
    def _overview(self) -> Overview:
        from takevoice.service.office.overview import Overview  # slow to load: few decisions need it

        try:
            return Overview(self.ledger, self.environment.config, self.planner)
        except ConfigError as error:
            return Overview(self.ledger, None, None, str(error))

    def costs(self, by: str, since: float = 0.0, until: float = float("inf")) -> Sequence[Cost]:
        """Return what was sent in a span (Unix times), by "day", "track", "folder" or "voice"."""
        return self.ledger.costs.by(by, since, until)

    def voices(self) -> tuple[Backend, Sequence[Voice]]:
        """Return the backend in force and its voices; this may need the network.

        Raises:
            BackendError: no backend is ready, or it cannot list its voices.
        """
        backend = self.planner.backend()
        return backend, self.planner.voices(backend.name)

    def joined_house(self) -> JoinedHouse | None:
        """Return the house that this station has joined, to be asked for its overview; None if there is none."""
        try:
            return self.environment.plugins.joined_house()
        except TakevoiceError:
            return None  # the config cannot be used, or a plugin has failed, which the log says

    def watched_folders(self) -> list[Path]:
        """Return the watched folders of the config; raises ConfigError."""
        from takevoice.settings import watch_root

        loaded = self.environment.config.loaded
        return [watch_root(watch, loaded.path) for watch in loaded.settings.watch]

    # What would happen.

    def quote(self, paths: Sequence[Path], *, named: bool = False) -> Quote:
        """Return what converting files, and folders with their subfolders, would cost; `named`: with the results' names."""
        from takevoice.service.office.quotes import Quoting

        return Quoting(self._prices, self.ledger).quote(paths, named=named)

    def explain(self, path: Path, options: JobOptions | None = None) -> Explanation:
        """Explain what became of a file, and what would happen to it; raises TakevoiceError when it cannot be read."""
        from takevoice.service.office.explaining import explain

        return explain(path, options or JobOptions(), self.lookup, self.ledger, self.state)

    def became_of(self, path: Path) -> TakeStatus | None:
        """Return what became of a file; None when the ledger has not seen it."""
        from takevoice.service.office.take_status import status_of

        return status_of(path, self.ledger, self.state)

    def price_of_retry(self, job: Job, overrides: Mapping[str, Any] = NO_SETTINGS) -> str:
        """Return what converting a job again costs, in words; empty where it is free, under way or unknown."""
        from takevoice.service.office.retry_price import retry_price

        if not job.has_ended:
            return ""
        try:
            excerpts.cut_again(job)  # its price is read from it
            return retry_price(self._prices.planner, self.ledger, self.state.work, job, overrides)
        except TakevoiceError:
            return ""  # the retry itself reports it

    def has_result(self, job: Job) -> bool:
        """Return True when a result that the job made is there."""
        return decisions.has_result(self.ledger, job)

    def price_of_more(self, job: Job, count: int) -> str:
        """Return what further candidates of a take cost, in words; empty where they are free, or that is unknown."""
        from takevoice.service.office.retry_price import price_of_more

        try:
            return price_of_more(self._prices.planner, job, count)
        except TakevoiceError:
            return ""

    def price_of_all(self, jobs: Sequence[Job]) -> str:
        """Return what converting several jobs again costs, in words; empty where it is free or unknown."""
        from takevoice.service.office.retry_price import price_of_all

        return price_of_all(self._prices.planner, jobs)

    def price_of_released(self, jobs: Sequence[Job]) -> str:
        """Return what held jobs cost at most once they are released, in words; empty where that is free or unknown."""
        from takevoice.service.office.prices import price_of_released

        try:
            return price_of_released(self._prices.planner, jobs)
        except TakevoiceError:
            return ""  # the config cannot be read

    # What a person decides.

    def cancel(self, job_id: int) -> Job:
        """Cancel a job: at once when it waits, within a moment when it is under way; raises UnknownJob or WrongState."""
        job = decisions.cancel(self.ledger, job_id)
        return self._tell(job, changed=job.state is State.CANCELLED)

    def retry(self, job_id: int, overrides: Mapping[str, Any] = NO_SETTINGS) -> Job:
        """Start a job again from its beginning, with other settings where some are given, as from `parse_overrides`; raises
        TakevoiceError where it cannot be."""
        return self._tell(decisions.retry(self.ledger, job_id, self._owner, overrides))

    def put_first(self, job_id: int) -> Job:
        """Have a job that waits begun before all others; raises UnknownJob or WrongState."""
        return self._tell(decisions.put_first(self.ledger, job_id), changed=False)

    def release(self, job_id: int) -> Job:
        """Let a held job continue in spite of what it is held for; raises UnknownJob or WrongState."""
        return self._tell(decisions.release(self.ledger, job_id, self._owner))

    def drop(self, job_id: int) -> Job:
        """End a held job and leave its take unconverted; raises UnknownJob or WrongState."""
        return self._tell(decisions.drop(self.ledger, job_id))

    def forget(self, job_id: int) -> Job:
        """Take a job that came to nothing off the list, and return it; raises UnknownJob or WrongState."""
        job = self.ledger.jobs.get(job_id)
        decisions.forget(self.ledger, job_id)
        if self._running is not None:
            self._running.forgotten(job)
        return job

    def decide(self, verb: str, which: Which, *, expect: int | None = None) -> Batch:
        """Cancel, retry, release, drop, forget or put first several jobs.

        By conditions, only the jobs that the verb applies to are meant. `expect` is their number as the person has seen it.

        Raises:
            CountChanged: there are more or fewer now; nothing was done.
            ValueError: there is no such verb.
        """
        check_verb(verb)
        numbers = [job.id for job in self.chosen(verb, which)] if isinstance(which, JobFilter) else list(which)
        check_count(len(numbers), expect)
        act: Callable[[int], Job] = getattr(self, verb)
        return for_each(numbers, act)

    def chosen(self, verb: str, which: JobFilter) -> Sequence[Job]:
        """Return the jobs that `decide` would act on, in that order; raises ValueError when there is no such verb."""
        check_verb(verb)
        return chosen(self.ledger, verb, which)

    def undoable(self, jobs: Sequence[Job]) -> Sequence[Undoable]:
        """Return the results of these jobs that are there, and which of them are exactly as takevoice wrote them."""
        from takevoice.service.office import undo

        return undo.undoable(self.ledger, jobs)

    def undo(self, result: Undoable) -> None:
        """Delete a result that is as takevoice wrote it; raises StorageError when it is not, or cannot be deleted."""
        from takevoice.service.office import undo

        undo.remove(self.ledger, result)

    # Settings, and the daemon.

    def set_track(self, track: str, key: str, value: Any, where: str) -> None:
        """Keep a track's setting in the ledger, above the config; None removes it. `where` is named in errors.

        Raises:
            ConfigError: an unknown key, or a value out of range; or no take can have a track of that name.
        """
        from takevoice.settings import check_overrides

        checked = check_overrides({key: value}, where)  # an unknown key is an error when it is unset too
        track = unicodedata.normalize("NFC", track)
        if value is not None and (not track.strip() or "\0" in track):
            raise ConfigError(f"{track.replace(chr(0), '')!r} is no name of a track", where=where, hint="name one that takes can have")
        self.ledger.tracks.set(track, key, checked.get(key))
        if self._running is not None:
            self._running.settings_changed(track, key)

    def pause(self) -> None:
        """Start no more conversions until `resume`, also after a restart; those under way are finished."""
        if self._running is not None:
            self._running.pause()
        else:
            self.ledger.pause.begin()

    def resume(self) -> None:
        """Start conversions again, and try at once what waits for a backend."""
        if self._running is not None:
            self._running.resume()
        else:
            self.ledger.pause.end()
