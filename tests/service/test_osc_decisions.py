"""What an OSC client decides about a job counts once for each request, however often the request is sent."""

from __future__ import annotations

from pathlib import Path

from osc.raw import Raw, raw
from pipeline.line import FakeBackend
from service.osc_place import Place, held, open_place
from support import make_take
from takevoice.jobs import Job, State


def done(place: Place, folder: Path) -> Job:
    job = place.job(make_take(folder / "take.wav", 0.1))
    return place.session.ledger.jobs.change(job.id, State.DONE, output=folder / "take.bea.wav")


def state(place: Place, job: Job) -> State:
    return place.session.ledger.jobs.get(job.id).state


def end(place: Place, job: Job, state: State) -> None:
    """End a job as a backend would."""
    code = "outcome_unknown" if state is State.HELD else ""
    place.session.ledger.jobs.change(job.id, state, error_code=code)


def test_a_retry_whose_reply_was_lost_is_answered_and_not_paid_twice(place: Place, udp: Raw, folder: Path) -> None:
    job = done(place, folder)
    assert udp.ask("/takevoice/retry", "si", "r1", job.id) == ("/takevoice/ok", "r1")
    assert state(place, job) is State.FOUND
    # While it is under way, and when it is done.
    assert udp.ask("/takevoice/retry", "si", "r1", job.id) == ("/takevoice/ok", "r1")
    end(place, job, State.DONE)
    assert udp.ask("/takevoice/retry", "si", "r1", job.id) == ("/takevoice/ok", "r1")
    assert state(place, job) is State.DONE
    assert udp.ask("/takevoice/retry", "si", "r2", job.id) == ("/takevoice/ok", "r2")
    assert state(place, job) is State.FOUND


def test_a_release_whose_reply_was_lost_sends_nothing_again(place: Place, udp: Raw, folder: Path) -> None:
    job = held(place, folder)
    assert udp.ask("/takevoice/release", "si", "r1", job.id) == ("/takevoice/ok", "r1")
    end(place, job, State.HELD)  # the connection broke again
    assert udp.ask("/takevoice/release", "si", "r1", job.id) == ("/takevoice/ok", "r1")
    assert state(place, job) is State.HELD
    assert udp.ask("/takevoice/release", "si", "r2", job.id) == ("/takevoice/ok", "r2")
    end(place, job, State.DONE)
    assert udp.ask("/takevoice/release", "si", "r2", job.id) == ("/takevoice/ok", "r2")
    # The id is one request for each job and each address, and no more.
    other = held(place, folder, "other.wav")
    assert udp.ask("/takevoice/release", "si", "r1", other.id) == ("/takevoice/ok", "r1")
    assert udp.ask("/takevoice/retry", "si", "r1", job.id) == ("/takevoice/ok", "r1")
    assert (state(place, other), state(place, job)) == (State.FOUND, State.FOUND)


def test_what_was_refused_can_be_asked_for_again_with_the_same_id(place: Place, udp: Raw, folder: Path) -> None:
    job = place.job(make_take(folder / "take.wav", 0.1))
    for address in ("/takevoice/retry", "/takevoice/release"):
        assert udp.ask(address, "si", "r1", job.id)[:3] == ("/takevoice/fail", "r1", "wrong_state")
        assert udp.ask(address, "si", "r1", 99)[:3] == ("/takevoice/fail", "r1", "unknown_job")
    end(place, job, State.HELD)
    assert udp.ask("/takevoice/release", "si", "r1", job.id) == ("/takevoice/ok", "r1")
    assert state(place, job) is State.FOUND


def test_a_retry_is_known_after_a_restart(tmp_path: Path, backend: FakeBackend, folder: Path) -> None:
    with open_place(tmp_path / "state", backend) as place, raw(place.port) as udp:
        job = done(place, folder)
        assert udp.ask("/takevoice/retry", "si", "r1", job.id) == ("/takevoice/ok", "r1")
        end(place, job, State.DONE)
    with open_place(tmp_path / "state", backend) as place, raw(place.port) as udp:
        assert udp.ask("/takevoice/retry", "si", "r1", job.id) == ("/takevoice/ok", "r1")
        assert state(place, job) is State.DONE
