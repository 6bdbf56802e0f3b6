"""Which convert requests are followed: those whose jobs have not ended, whatever order the news come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from takevoice.jobs import Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions
from takevoice.service.handover.live import LiveRequests
from takevoice.service.handover.records import Records


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        yield ledger


@pytest.fixture
def live(ledger: Ledger, tmp_path: Path) -> LiveRequests:
    (tmp_path / "handover").mkdir()
    planner: Any = None  # jobs that are not planned have no price
    return LiveRequests(ledger, planner, Records(tmp_path / "handover"), lambda: "", lambda: None)


def new_job(ledger: Ledger, tmp_path: Path) -> Job:
    options = JobOptions(name="Anna", start="48000")
    return ledger.requests.create_job("r1", tmp_path / "a.wav", origin="file", options=options).result()[0]


def test_a_job_that_is_started_again_is_followed(ledger: Ledger, live: LiveRequests, tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    job = decisions.cancel(ledger, new_job(ledger, tmp_path).id)
    live.on_changed(job)
    assert live.progress() == {}
    live.on_changed(decisions.retry(ledger, job.id))
    assert {name: (each["state"], each["name"]) for name, each in live.progress().items()} == {"r1": ("found", "Anna")}
    assert (tmp_path / "handover" / "r1" / "request").exists()


def test_late_news_of_a_job_that_is_over_is_no_news(ledger: Ledger, live: LiveRequests, tmp_path: Path) -> None:
    """They come from several threads: that a job was found may be told after its end."""
    found = new_job(ledger, tmp_path)
    live.on_changed(decisions.cancel(ledger, found.id))
    live.on_changed(found)
    assert found.state is State.FOUND
    assert live.progress() == {}
    assert list((tmp_path / "handover").iterdir()) == []


def test_an_end_that_comes_while_it_is_followed_is_seen(
    ledger: Ledger, live: LiveRequests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = new_job(ledger, tmp_path)
    write = Records.write

    def write_and_end(records: Records, record: Any) -> None:
        write(records, record)
        live.on_changed(decisions.cancel(ledger, found.id))

    monkeypatch.setattr(Records, "write", write_and_end)
    live.on_changed(found)
    assert live.progress() == {}
    assert list((tmp_path / "handover").iterdir()) == []
