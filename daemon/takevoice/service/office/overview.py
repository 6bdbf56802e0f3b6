"""What the office shows: jobs, what is held, tracks, and the status."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from takevoice.errors import TakevoiceError
from takevoice.files import is_there
from takevoice.holds import AT_INTAKE_CODES, HoldReason
from takevoice.jobs import ACTIVE, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.charges import Budget
from takevoice.ledger.filters import JobFilter
from takevoice.ledger.search import Waiting
from takevoice.pipeline.advice import Choice
from takevoice.pipeline.charges import day_began
from takevoice.pipeline.planning import Planner
from takevoice.service.office.prices import price_of_all, price_to_come
from takevoice.service.office.status import Money, Status, time_left
from takevoice.service.office.tracks import track_views
from takevoice.service.office.views import HeldGroup, JobDetail, JobView, TrackView, views
from takevoice.settings import CurrentConfig, is_glob
from takevoice.take_settings import AUTO
from takevoice.version import __version__


class Overview:
    """Reads the ledger; without a config that can be used, there are no prices and no voices."""

    def __init__(self, ledger: Ledger, config: CurrentConfig | None, planner: Planner | None, config_error: str = "") -> None:
        self._ledger, self._config, self._planner, self._config_error = ledger, config, planner, config_error

    def jobs(self, jobs: Sequence[Job]) -> list[JobView]:
        """Return jobs as a person sees them, with what is to come for those that have not ended."""
        planner = self._planner
        prices = {} if planner is None else {job.id: price_to_come(planner, job) for job in jobs if not job.state.final}
        return [self._as_of_now(view, job) for view, job in zip(views(jobs, self._ledger, prices), jobs, strict=True)]

    def _as_of_now(self, view: JobView, job: Job) -> JobView:
        """Return a job that waits for an approval with the voice that it gets: it is planned with the settings that are in force then."""
        if self._planner is None or job.state is not State.HELD or job.error_code not in AT_INTAKE_CODES:
            return view
        voice = self._planner.settings_of_job(job).settings.voice
        return view if voice in (AUTO, job.settings.voice) else replace(view, voice=voice)

    def detail(self, job: Job) -> JobDetail:
        """Return a job with its history, and whether its files are there."""
        ledger = self._ledger
        there = {"original": is_there(job.source), "result": job.output is not None and is_there(job.output)}
        results, requests = ledger.outputs.of(job.id), ledger.requests.ids(job.id)
        return JobDetail(self.jobs([job])[0], ledger.jobs.history(job.id), results, requests, there)

    def held(self) -> Sequence[HeldGroup]:
        """Return what is held by reason, in the order of `HoldReason`."""
        groups = defaultdict[HoldReason, list[Waiting]](list)
        for each in self._ledger.search.waiting((State.HELD,)):
            groups[HoldReason.of(each.code)].append(each)
        return [self._group(reason, groups[reason]) for reason in HoldReason if groups[reason]]

    def _group(self, reason: HoldReason, waiting: Sequence[Waiting]) -> HeldGroup:
        choices = [Choice(*choice) for choice in reason.choices]
        jobs, seconds = sum(each.jobs for each in waiting), sum(each.seconds for each in waiting)
        return HeldGroup(reason.code, jobs, seconds, self._price(waiting), choices)

    def tracks(self) -> Sequence[TrackView]:
        """Return all tracks, those that only the config names by an exact name too."""
        in_config = self._config.settings.tracks if self._config is not None else ()
        config = self._config.loaded if self._config is not None else None
        return track_views(self._ledger, self._planner, config, [name for name in in_config if not is_glob(name)])

    def status(
        self, now: float, *, running: bool, paused: bool, problems: Sequence[str], room: Sequence[str], silent: Sequence[Path]
    ) -> Status:
        """Return what is going on at a Unix time; what only the daemon knows is given, and problems of paid backends (`room`)."""
        search = self._ledger.search
        waiting = search.waiting()
        seconds, eta = time_left(search, waiting, now)
        name, detail, paid, error = self._backend()
        problems = [*problems, *room] if paid else problems
        return Status(
            version=__version__,
            running=running,
            paused=paused,
            jobs=search.counts(JobFilter()),
            takes=search.takes(),
            seconds_left=seconds,
            eta=None if problems else eta,
            backend=name,
            backend_detail=detail,
            paid=paid,
            money=self._money(waiting),
            problems=problems,
            silent=silent,
            config_error=error,
        )

    def _backend(self) -> tuple[str, str, bool, str]:
        """Return name, detail, and whether it is paid; and why there is none."""
        if self._planner is None:
            return "", "", False, self._config_error
        try:
            backend = self._planner.backend()
        except TakevoiceError as error:
            return "", "", False, str(error)
        return backend.name, backend.detail, backend.paid, ""

    def _money(self, waiting: Sequence[Waiting]) -> Money | None:
        if self._config is None:
            return None
        spent = self._ledger.charges.spent(Budget(day_began(), "", ""))
        active = [each for each in waiting if each.state in ACTIVE]
        held = [each for each in waiting if each.state is State.HELD]
        return Money(spent.day, self._config.settings.money.per_day, self._price(active), self._price(held), spent.day_saved)

    def _price(self, waiting: Sequence[Waiting]) -> float:
        return price_of_all(self._planner, waiting) if self._planner is not None else 0.0
