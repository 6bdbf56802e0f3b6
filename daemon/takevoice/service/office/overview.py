"""Puts together what the office shows: jobs, what is held, tracks, and the status."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from takevoice.errors import ConfigError, TakevoiceError
from takevoice.files import is_there
from takevoice.holds import HoldReason
from takevoice.jobs import ACTIVE, Job, State
from takevoice.ledger.charges import Budget
from takevoice.ledger.search import Waiting
from takevoice.pipeline.advice import Choice
from takevoice.pipeline.charges import day_began
from takevoice.pipeline.planning import Planner
from takevoice.service.office.prices import price_of_all, price_to_come
from takevoice.service.office.status import Money, Status, problems_of, time_left
from takevoice.service.office.tracks import track_views
from takevoice.service.office.views import HeldGroup, JobDetail, JobView, TrackView, views
from takevoice.settings import is_glob

if TYPE_CHECKING:
    from takevoice.service.office.office import Office


def views_of(office: Office, jobs: Sequence[Job]) -> list[JobView]:
    """Return jobs as a person sees them, with what is to come for those that have not ended."""
    planner = _planner(office)
    to_come = [job for job in jobs if not job.state.final] if planner is not None else []
    prices = {job.id: price_to_come(planner, job) for job in to_come} if planner is not None else {}
    return views(jobs, office.ledger, prices)


def detail_of(office: Office, job: Job) -> JobDetail:
    """Return a job with its history."""
    ledger = office.ledger
    there = {"original": is_there(job.source), "result": job.output is not None and is_there(job.output)}
    return JobDetail(
        views_of(office, [job])[0],
        ledger.jobs.history(job.id),
        ledger.outputs.of(job.id),
        ledger.requests.ids(job.id),
        there,
    )


def held_groups(office: Office) -> Sequence[HeldGroup]:
    """Return what is held by reason, in the order of `HoldReason`."""
    planner, groups = _planner(office), defaultdict[str, list[Waiting]](list)
    for each in office.ledger.search.waiting((State.HELD,)):
        groups[HoldReason.of(each.code).code].append(each)
    return [
        HeldGroup(
            reason.code,
            sum(each.jobs for each in groups[reason.code]),
            sum(each.seconds for each in groups[reason.code]),
            price_of_all(planner, groups[reason.code]) if planner is not None else 0.0,
            [Choice(*choice) for choice in reason.choices],
        )
        for reason in HoldReason
        if groups[reason.code]
    ]


def tracks(office: Office) -> Sequence[TrackView]:
    """Return all tracks, those that only the config names by an exact name too."""
    planner = _planner(office)
    in_config = office.environment.config.settings.tracks if planner is not None else ()
    return track_views(office.ledger, planner, [name for name in in_config if not is_glob(name)])


def status(office: Office, silent: Sequence[Path], now: float, version: str) -> Status:
    """Return what is going on."""
    search, is_running = office.ledger.search, office.is_running()
    waiting = search.waiting()
    seconds, eta = time_left(search, waiting, now)
    name, detail, paid, money, error = "", "", False, None, ""
    try:
        money = _money(office, waiting)
        backend = office.planner.backend()
        name, detail, paid = backend.name, backend.detail, backend.paid
    except TakevoiceError as problem:
        error = str(problem)
    return Status(
        version=version,
        running=is_running,
        paused=office.is_paused(),
        jobs=office.counts(),
        seconds_left=seconds,
        eta=eta,
        backend=name,
        backend_detail=detail,
        paid=paid,
        money=money,
        problems=problems_of(office.state.problems) if is_running else [],
        silent=silent,
        config_error=error,
    )


def _money(office: Office, waiting: Sequence[Waiting]) -> Money:
    caps = office.environment.config.settings.money
    spent = office.ledger.charges.spent(Budget(day_began(), "", ""))
    active = [each for each in waiting if each.state in ACTIVE]
    held = [each for each in waiting if each.state is State.HELD]
    return Money(spent.day, caps.per_day, price_of_all(office.planner, active), price_of_all(office.planner, held))


def _planner(office: Office) -> Planner | None:
    """Return the planner; None when the config cannot be used."""
    try:
        return office.planner
    except ConfigError:
        return None
