"""Jobs of requests that another process has ended are reported, once, and only if this one has not reported them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions
from takevoice.pipeline.events import Events
from takevoice.service.ended_elsewhere import EndedElsewhere

Reports = list[tuple[int, State]]


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def reports(events: Events) -> Reports:
    """What is reported."""
    found: Reports = []
    events.subscribe(on_changed=lambda job: found.append((job.id, job.state)))
    return found


@pytest.fixture
def ends(ledger: Ledger, events: Events) -> EndedElsewhere:
    return EndedElsewhere(ledger, events)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        yield ledger


def ask(ledger: Ledger, request: str) -> Job:
    return ledger.requests.create_job(request, Path(f"/{request}.wav"), origin="file").result()[0]


def test_the_end_of_a_requested_job_is_reported_once(ledger: Ledger, events: Events, ends: EndedElsewhere, reports: Reports) -> None:
    requested, mine = ask(ledger, "r1"), ask(ledger, "r2")
    other = ledger.jobs.add(Path("/take.wav"), State.FOUND)
    ends.look()
    for job in (requested, other):
        decisions.cancel(ledger, job.id)
    events.changed(decisions.cancel(ledger, mine.id))
    for _ in range(4):
        ends.look()
    assert sorted(reports) == [(requested.id, State.CANCELLED), (mine.id, State.CANCELLED)]


def test_an_end_that_this_process_is_just_reporting_is_left_to_it(ledger: Ledger, events: Events, ends: EndedElsewhere, reports: Reports) -> None:
    job = ask(ledger, "r1")
    ends.look()
    ended = decisions.cancel(ledger, job.id)
    ends.look()
    events.changed(ended)
    ends.look()
    assert len(reports) == 1


def test_a_job_that_is_started_again_and_ended_again_is_reported_again(ledger: Ledger, ends: EndedElsewhere, reports: Reports, tmp_path: Path) -> None:
    job = ledger.requests.create_job("r1", tmp_path / "a.wav", origin="file").result()[0]
    job.path.touch()
    for _ in range(2):
        ends.look()
        decisions.cancel(ledger, job.id)
        ends.look()
        ends.look()
        decisions.retry(ledger, job.id)
    assert reports == [(job.id, State.CANCELLED)] * 2
