"""The office: what a person can see and decide, for the command line, OSC, the page and plugins."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.ledgers import planned, send, took
from cli.some_jobs import add, hold
from pipeline.line import FakeBackend
from support import make_take, wait_for
from takevoice import JobFilter, JoinedHouse, Office, errors, hookimpl, open_office
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.plugins import Plugins
from takevoice.service.environment import Environment
from takevoice.service.office.decisions import CountChanged
from takevoice.service.pausing import Pausing
from takevoice.service.running import RunningSession
from takevoice.service.session import Session
from takevoice.settings import CurrentConfig, LoadedConfig, Settings
from takevoice.take_settings import TakeSettings

CONFIG = {
    "backend": "fake",
    "conversions": 1,
    "money": {"per_day": 500},
    "tracks": {"Anna": {"voice": "ada"}, "Guard *": {"voice": "ada"}, "Bruno": {"voice": "bruno"}},
}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    plugins = Plugins()
    plugins.register("fake", FakeBackend(), "tests")
    return Environment(CurrentConfig(LoadedConfig(Settings.model_validate(CONFIG))), plugins, StateDir(tmp_path / "state"))


@pytest.fixture
def office(environment: Environment) -> Iterator[Office]:
    """The office of another process than the daemon."""
    ledger = Ledger(environment.state.ledger)
    yield Office(ledger, environment.state, lambda: environment)
    ledger.close()


def ids(office: Office, **conditions: object) -> list[int]:
    return [job.id for job in office.jobs(JobFilter(**conditions))]  # type: ignore[arg-type]


def test_jobs_are_found_by_what_a_person_remembers_of_them(office: Office, folder: Path) -> None:
    anna = planned(office.ledger, folder / "Anna_03.wav", State.DONE, "Anna")
    guard = planned(office.ledger, folder / "in" / "Guard_1.wav", State.QUEUED, "Guard 1", "bruno")
    decomposed = planned(office.ledger, folder / unicodedata.normalize("NFD", "Müller_100%.wav"), State.FAILED, "Müller")
    assert ids(office) == [decomposed, guard, anna]
    assert ids(office, text="ANNA") == [anna]
    assert ids(office, text="MÜLLER") == [decomposed]  # whichever way the disk spells it
    assert ids(office, text="0%") == [decomposed]  # no wildcard
    assert ids(office, text="why") == [decomposed]  # its reason
    assert ids(office, track="guard *") == [guard]
    assert ids(office, track="anna") == [anna]
    assert ids(office, voice="bruno") == ids(office, voice="id-bruno") == [guard]
    assert ids(office, place=str(folder / "in")) == [guard]
    assert ids(office, states=[State.DONE, State.FAILED]) == [decomposed, anna]
    assert ids(office, since=time.time() + 60) == []
    assert ids(office, before=guard) == [anna]
    assert office.counts(JobFilter(text=".wav")) == {State.DONE: 1, State.QUEUED: 1, State.FAILED: 1}


def test_each_job_says_what_may_be_done_with_it(office: Office, folder: Path) -> None:
    made = {state: add(office.ledger, folder / f"{state}.wav", state) for state in State}
    hold(office.ledger, folder / "alike.wav", HoldReason.LOW_CORRELATION)
    verbs = {job.path.stem: [choice.verb for choice in job.choices] for job in office.jobs()}
    assert verbs["alike"] == ["release", "retry", "drop"]
    assert verbs["held"] == ["release", "drop"]
    assert verbs["failed"] == verbs["cancelled"] == ["retry", "forget"]
    assert verbs["done"] == ["retry"]
    assert all(verbs[state] == ["cancel"] for state in ("found", "settling", "queued", "converting", "restoring"))
    for state, number in made.items():  # and it can be done
        for choice in office.job(number).job.choices[-1:]:
            assert getattr(office, choice.verb)(number).id == number, state


def test_what_was_paid_for_is_never_forgotten(office: Office, folder: Path) -> None:
    paid = planned(office.ledger, folder / "paid.wav", State.FAILED)
    send(office.ledger, paid, 30.0)
    view = office.job(paid).job
    assert (view.spent, [choice.verb for choice in view.choices]) == (30.0, ["retry"])


def test_a_batch_says_what_was_refused_and_does_nothing_when_the_count_has_changed(office: Office, folder: Path) -> None:
    failed = [add(office.ledger, folder / f"{n}.wav", State.FAILED) for n in range(3)]
    done = add(office.ledger, folder / "done.wav", State.DONE)
    with pytest.raises(CountChanged, match="there are 3 jobs now, and there were 2"):
        office.decide("forget", JobFilter(place=str(folder)), expect=2)
    assert office.counts()[State.FAILED] == 3
    batch = office.decide("retry", [failed[0], done, 99])
    assert [job.id for job in batch.done] == [failed[0], done]
    assert [(each.job, each.code) for each in batch.refused] == [(99, "unknown_job")]
    assert office.decide("forget", JobFilter(), expect=2).as_dict() == {"done": failed[1:], "refused": []}
    with pytest.raises(ValueError, match="there is no verb burn"):
        office.decide("burn", [1])


def test_of_a_take_that_failed_twice_the_newest_job_is_retried(office: Office, folder: Path) -> None:
    add(office.ledger, folder / "take.wav", State.FAILED)
    newest = add(office.ledger, folder / "take.wav", State.FAILED)
    assert [job.id for job in office.decide("retry", JobFilter()).done] == [newest]


def test_those_under_way_are_cancelled_last(office: Office, folder: Path) -> None:
    busy = add(office.ledger, folder / "busy.wav", State.CONVERTING)
    waits = add(office.ledger, folder / "waits.wav", State.QUEUED)
    assert [job.id for job in office.chosen("cancel", JobFilter())] == [waits, busy]


def test_the_status_has_counts_time_and_money(office: Office, folder: Path) -> None:
    for n in range(4):
        planned(office.ledger, folder / f"q{n}.wav", State.QUEUED, seconds=60.0)
    add(office.ledger, folder / "settles.wav", State.SETTLING)  # of unknown length: counts like the others
    planned(office.ledger, folder / "held.wav", State.HELD, seconds=30.0)
    spent = planned(office.ledger, folder / "done.wav", State.DONE, seconds=60.0)
    send(office.ledger, spent, 120.0)
    took(office.ledger, spent, 15.0)
    status = office.status()
    assert (status.waiting, status.under_way, status.need_you) == (5, 0, 1)
    assert status.running is False
    assert (status.backend, status.paid) == ("fake", True)
    assert status.seconds_left == 300.0
    assert status.eta == pytest.approx(75.0)  # a minute of audio took 15 seconds
    assert status.money is not None
    assert (status.money.spent, status.money.cap) == (120.0, 500.0)
    assert status.money.to_come == 240.0
    assert status.money.held == 30.0
    assert json.loads(json.dumps(status.as_dict()))["jobs"]["queued"] == 4


def test_what_is_held_is_grouped_by_reason_with_its_price(office: Office, folder: Path) -> None:
    for n in range(3):
        hold(office.ledger, folder / f"{n}.wav", HoldReason.OLDER)
    capped = planned(office.ledger, folder / "capped.wav", State.HELD, seconds=60.0)
    office.ledger.jobs.update(capped, error_code="cap")
    assert [(group.code, group.jobs, group.price) for group in office.held()] == [("first_look", 3, 0.0), ("cap", 1, 60.0)]
    assert [choice.meaning for choice in office.held()[1].choices] == ["converts it despite the limit", "leaves it unconverted"]


def test_the_price_of_what_is_held_counts_short_takes_and_all_their_candidates(office: Office, folder: Path) -> None:
    for n, candidates in enumerate((1, 3, ({"voice": "ada"}, {"voice": "bea"}))):
        held = planned(office.ledger, folder / f"{n}.wav", State.HELD, seconds=0.9)
        settings = TakeSettings(voice="ada", candidates=candidates)
        office.ledger.jobs.update(held, error_code="many", settings=settings, voice_id="ada", audio_plugins=())
    (group,) = office.held()
    assert (group.jobs, round(group.seconds, 3), round(group.price, 3)) == (3, 2.7, 5.4)  # six conversions of 0.9 seconds
    take = planned(office.ledger, folder / "family.wav", State.QUEUED, seconds=60.0)
    office.ledger.jobs.update(take, family=take)  # its candidates are jobs themselves
    status = office.status()
    assert status.money is not None and (status.money.to_come, status.seconds_left) == (0.0, 0.0)


def test_tracks_say_which_results_are_by_another_voice(office: Office, folder: Path) -> None:
    planned(office.ledger, folder / "Anna_1.wav", State.DONE, "Anna")
    planned(office.ledger, folder / "Anna_2.wav", State.DONE, "Anna", "george")
    planned(office.ledger, folder / "Anna_2.wav", State.DONE, "Anna")  # again, by the right one
    planned(office.ledger, folder / "Anna_3.wav", State.DONE, "Anna", "george")
    planned(office.ledger, folder / "Anna_4.wav", State.FAILED, "Anna", "george")
    planned(office.ledger, folder / "Guard 1.wav", State.QUEUED, "Guard 1", "ada")
    anna, bruno, guard = office.tracks()
    assert (anna.track, anna.voice, anna.stale, anna.jobs[State.DONE]) == ("Anna", "ada", 1, 4)
    assert (bruno.track, bruno.voice, bruno.jobs) == ("Bruno", "bruno", {})  # of the config only
    assert (guard.track, guard.source) == ("Guard 1", 'built in [tracks."Guard *"]')


@pytest.mark.parametrize("by", ["day", "track", "folder", "voice"])
def test_costs_are_added_up(office: Office, folder: Path, by: str) -> None:
    for n, (track, voice) in enumerate([("Anna", "ada"), ("Anna", "bruno"), ("Guard", "ada")]):
        send(office.ledger, planned(office.ledger, folder / track / f"{n}.wav", State.DONE, track, voice), 10.0 + n, track)
    expected = {
        "day": [(time.strftime("%Y-%m-%d"), 3, 33.0)],
        "track": [("Anna", 2, 21.0), ("Guard", 1, 12.0)],
        "voice": [("ada", 2, 22.0), ("bruno", 1, 11.0)],
        "folder": [(str(folder / "Anna"), 2, 21.0), (str(folder / "Guard"), 1, 12.0)],
    }
    assert [(cost.key, cost.jobs, cost.credits) for cost in office.costs(by)] == expected[by]
    assert office.costs(by, since=time.time() + 60) == []


def test_without_a_usable_config_jobs_are_shown_and_decided_all_the_same(tmp_path: Path, folder: Path) -> None:
    config = tmp_path / "broken.toml"
    config.write_text("backend = 1")
    with open_office(tmp_path / "state", config) as office:
        failed = add(office.ledger, folder / "take.wav", State.FAILED)
        assert [job.id for job in office.jobs()] == [failed]
        assert "backend" in office.status().config_error
        assert office.tracks() == []
        assert office.retry(failed).state is State.FOUND


def test_a_ledger_that_is_not_there_is_an_empty_one_for_whoever_only_looks(tmp_path: Path) -> None:
    with open_office(tmp_path / "none", read_only=True) as office:
        assert office.jobs() == []
        with pytest.raises(errors.UnknownJob):
            office.job(1)
    assert not (tmp_path / "none").exists()


def test_in_the_process_of_the_daemon_a_decision_is_acted_on_and_published_at_once(
    environment: Environment, folder: Path
) -> None:
    session = Session(environment, "daemon", wait_when_unavailable=True, asked_for=False)
    changes: list[Job] = []
    session.events.subscribe(on_changed=changes.append)
    pausing = Pausing(session.ledger, session.events, session.pool, session.breaker, session.pacing, session.problems)
    office = Office(session.ledger, environment.state, lambda: environment, RunningSession(session, pausing, lambda: None))
    held = hold(office.ledger, make_take(folder / "take.wav", 0.2), HoldReason.OLDER)
    session.start()
    office.pause()
    assert office.status().paused
    office.release(held)
    assert changes[0].state is State.FOUND
    wait_for(lambda: office.job(held).job.state is State.QUEUED)
    office.resume()
    wait_for(lambda: office.job(held).job.state is State.DONE)
    detail = office.job(held)
    assert detail.there == {"original": True, "result": True}
    assert json.loads(json.dumps(detail.as_dict()))["output"] == str(folder / "take.ada.wav")
    session.stop()
    session.close()


def test_a_house_that_was_joined_is_found_and_a_plugin_that_fails_hides_only_it(office: Office, environment: Environment) -> None:
    assert office.joined_house() is None

    class Joined:
        broken = False

        @hookimpl
        def joined_house(self) -> JoinedHouse:
            if self.broken:
                raise RuntimeError("no")
            return JoinedHouse("https://house:9872", lambda by: {"by": by} if by == "person" else {}[by])

    joined = Joined()
    environment.plugins.register("joined", joined, "tests")
    house = office.joined_house()
    assert house is not None
    assert (house.url, house.overview("person")) == ("https://house:9872", {"by": "person"})
    with pytest.raises(errors.PluginError, match="plugin joined: KeyError"):
        house.overview("day")
    joined.broken = True
    assert office.joined_house() is None
    assert office.status().backend == "fake"
