"""The threads of a session: whatever wants to be converted joins at one place, once, and at once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from pipeline.line import FakeBackend
from support import make_take, wait_for
from takevoice.errors import BackendError
from takevoice.jobs import Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions
from takevoice.pipeline.workdir import WorkDir
from takevoice.service import ledger_poll, worker_pool
from takevoice.service.pausing import Pausing
from takevoice.service.session import Session
from takevoice.system.fileid import version_of


class ConnectionLost(BackendError):
    code = "outcome_unknown"
    billed = None


def ask(session: Session, path: Path, **options: object) -> Job:
    job = session.ledger.jobs.add(path, State.FOUND, origin="osc", options=JobOptions(**options))  # type: ignore[arg-type]
    session.poller.wake()
    return job


def state(session: Session, job: Job) -> State:
    return session.ledger.jobs.get(job.id).state


def test_a_request_is_taken_up_at_once_when_the_poller_is_woken(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_poll, "EVERY", 60.0)  # by itself it would look too late for this test
    take = make_take(folder / "take.wav", 0.2)
    session.start()
    jobs = [ask(session, take, overrides={"seed": n}) for n in range(3)]
    wait_for(lambda: {state(session, job) for job in jobs} == {State.DONE})


def test_a_job_that_is_seen_again_and_again_is_taken_up_once(
    session: Session, backend: FakeBackend, folder: Path
) -> None:
    """Several threads wake the poller while the jobs still wait in the ledger."""
    jobs = [ask(session, make_take(folder / f"{n}.wav", 0.1, 8_000, seed=n)) for n in range(20)]
    session.start()
    threads = [threading.Thread(target=lambda: [session.poller.wake() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: all(state(session, job) is State.DONE for job in jobs))
    assert sorted(backend.sent) == sorted(f"{n}.wav ada" for n in range(20))
    assert all(session.ledger.jobs.get(job.id).attempt == 1 for job in jobs)


@pytest.mark.parametrize("backend", [FakeBackend(paid=False)])
@pytest.mark.parametrize("conversions", [20])
def test_of_many_idle_threads_each_job_wakes_about_one(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They all looked for each job, and each look waited for the ledger's disk."""
    monkeypatch.setattr(worker_pool, "WAIT", 60.0)  # idle ones look now and then, too
    looks, claim = [], session.ledger.jobs.claim
    monkeypatch.setattr(session.ledger.jobs, "claim", lambda *words, **more: looks.append(1) or claim(*words, **more))
    session.start()
    wait_for(lambda: looks)
    looks.clear()
    jobs = [ask(session, make_take(folder / f"{n}.wav", 0.1, 8_000, seed=n)) for n in range(40)]
    wait_for(lambda: all(state(session, job) is State.DONE for job in jobs))
    assert len(looks) <= 1.5 * len(jobs)  # 33 for each job when all looked


def test_more_jobs_than_the_queue_holds_are_all_taken_up(session: Session, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.05, 8_000)
    settled = session.ledger.jobs.add_found(
        [(take.with_name(f"{n}.wav"), folder, version_of(take)) for n in range(130)],  # type: ignore[misc]
        "daemon",
    )
    asked = [ask(session, take.with_name(f"none-{n}.wav")) for n in range(130)]
    session.start()
    for job in settled:
        session.poller.add_settled(job)
    wait_for(lambda: {state(session, job) for job in asked} == {State.CANCELLED})
    wait_for(lambda: {state(session, job) for job in settled} == {State.CANCELLED})  # they were there
    wait_for(session.intake_queue.is_idle)
    assert session.poller.is_idle()


def test_another_process_retries_and_cancels_by_the_ledger(
    session: Session, backend: FakeBackend, folder: Path, tmp_path: Path
) -> None:
    backend.errors = [ConnectionLost("the connection broke")]
    session.start()
    job = ask(session, make_take(folder / "take.wav", 0.2))
    wait_for(lambda: state(session, job) is State.HELD)
    other = Ledger(tmp_path / "state" / "ledger.sqlite3")
    decisions.release(other, job.id)
    wait_for(lambda: state(session, job) is State.DONE)
    decisions.retry(other, job.id)
    wait_for(lambda: len(backend.sent) == 3 and state(session, job) is State.DONE)
    other.close()


def test_a_job_that_is_retried_while_its_folder_is_still_being_cleared_keeps_its_new_answer(
    session: Session, backend: FakeBackend, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virus scanner can hold the files for seconds."""
    clear, retried = WorkDir.remove, threading.Event()

    def late(work: WorkDir, job_id: int) -> None:
        if not retried.is_set():
            decisions.retry(session.ledger, job_id)
            session.poller.wake()
            retried.set()
            time.sleep(0.5)
        clear(work, job_id)

    monkeypatch.setattr(WorkDir, "remove", late)
    session.start()
    job = ask(session, make_take(folder / "take.wav", 0.2))
    wait_for(lambda: len(backend.sent) == 2 and state(session, job).final)
    assert state(session, job) is State.DONE


def test_a_broken_or_missing_file_ends_its_job_and_the_next_one_goes_on(
    session: Session, folder: Path
) -> None:
    session.start()
    broken = folder / "broken.wav"
    broken.write_bytes(b"nothing")
    jobs = [ask(session, path) for path in (broken, folder / "none.wav", make_take(folder / "take.wav", 0.2))]
    wait_for(lambda: [state(session, job) for job in jobs] == [State.FAILED, State.CANCELLED, State.DONE])


def test_a_pause_by_another_process_is_noticed_and_so_is_its_end(session: Session, folder: Path, tmp_path: Path) -> None:
    pausing = Pausing(session.ledger, session.events, session.pool, session.breaker, session.pacing, session.problems)
    session.poller.subscribe(pausing.follow)
    session.start()
    other = Ledger(tmp_path / "state" / "ledger.sqlite3")
    other.pause.begin()
    wait_for(lambda: pausing.is_paused)
    job = ask(session, make_take(folder / "take.wav", 0.2))
    wait_for(lambda: state(session, job) is State.QUEUED)
    other.pause.end()
    wait_for(lambda: state(session, job) is State.DONE)
    other.close()
