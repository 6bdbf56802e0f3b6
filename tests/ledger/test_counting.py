"""The ledger counts its jobs as they change, so that lists need not: the counts are always those of the jobs."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from cli.some_jobs import add, hold
from ledger.counted import check_counts
from support import make_take
from takevoice.errors import LedgerError
from takevoice.holds import HoldReason
from takevoice.jobs import NEXT, Disposition, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.ledger.filters import JobFilter
from takevoice.ledger.listing import Listing
from takevoice.ledger.recover import recover
from takevoice.ledger.schema import MIGRATIONS
from takevoice.ledger.soundness import problems
from takevoice.pipeline import decisions
from takevoice.system.fileid import version_of
from takevoice.take_settings import TakeSettings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    made = Ledger(path)
    yield made
    made.close()


def test_each_thing_that_happens_to_a_job_is_counted(ledger: Ledger, path: Path, folder: Path) -> None:
    take = folder / "Anna_1.wav"
    jobs = {state: add(ledger, folder / f"{state}.wav", state) for state in State}
    held = [hold(ledger, folder / f"held {n}.wav", HoldReason.BURST) for n in range(3)]
    check_counts(path)
    decisions.release(ledger, held[0])
    check_counts(path)
    decisions.drop(ledger, held[1])
    check_counts(path)
    ledger.jobs.change(held[2], State.FAILED, error_code="audio")
    decisions.forget(ledger, held[2])
    check_counts(path)
    for state in (State.DONE, State.FAILED, State.CANCELLED):
        decisions.retry(ledger, jobs[state])
        check_counts(path)
    decisions.cancel(ledger, jobs[State.QUEUED])
    make_take(take, 0.5)
    met = ledger.jobs.add_found([(take, folder, version_of(take))] * 3, "daemon")  # type: ignore[list-item]
    check_counts(path)
    ledger.jobs.withdraw(met[0], Disposition.ALREADY_CONVERTED, None)
    check_counts(path)
    measured = {"track": "Anna", "frames": 24_000, "sample_rate": 48_000, "audio_hash": "a"}
    several = [JobOptions(candidate=n) for n in (1, 2, 3)]
    parent = ledger.jobs.complete_intake(met[1], State.QUEUED, None, candidates=several, family=met[1].id, **measured)
    check_counts(path)
    for each in ledger.candidates.of(parent.id)[:2]:
        ledger.jobs.change(each.id, State.QUEUED, sample_rate=44_100, frames=22_050)
        ledger.jobs.claim("daemon")
        check_counts(path)
    one = ledger.candidates.of(parent.id)[0]
    ledger.candidates.finish(ledger.candidates.intend(parent.id, one.id, "ada"), take, "picked")
    check_counts(path)
    ledger.jobs.add(take, State.FOUND, origin="audition", track="Anna")
    ledger.jobs.delete_unsettled("daemon")
    check_counts(path)
    ledger.jobs.plan_again([parent.id], "other settings")
    ledger.jobs.take_over("daemon", "command-1")
    check_counts(path)


def test_any_change_at_all_is_counted_and_asked_for_in_every_way(ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random, numbers = Random(11), list[int]()
    codes = {State.HELD: ["many", "cap", "pick"], State.FAILED: ["audio", "storage"]}
    for step in range(400):
        if not numbers or random.random() < 0.25:
            origin = random.choice(["folder", "folder", "audition", "command"])
            numbers.append(ledger.jobs.add(Path(f"/exports/{step % 9}.wav"), State.FOUND, origin=origin, track=f"T{step % 3}").id)
            continue
        number = random.choice(numbers)
        if random.random() < 0.4:
            change = random.choice([{"error_code": "cap"}, {"family": random.choice([0, number, numbers[0]])}, {"track": random.choice(["", "Anna", "anna", "T1"])}, {"frames": step, "sample_rate": random.choice([0, 44_100, 48_000])}])
            ledger.jobs.update(number, **change)
        elif random.random() < 0.3:
            settings = TakeSettings(channels=random.choice(["auto", 2]), candidates=random.choice([1, 3, ({"voice": "ada"}, {"voice": "bea"})]))  # type: ignore[arg-type]
            planned = {"settings": settings, "voice_id": "v", "audio_plugins": ()}
            ledger.jobs.update(number, **random.choice([planned, {"backend": "local"}, {"channels": 2}, {"owner": "command-1"}]))
        elif random.random() < 0.1:
            ledger.jobs.forget(number, lambda _: None)
            numbers.remove(number)
        else:
            state = random.choice(sorted(NEXT[ledger.jobs.get(number).state]))
            ledger.jobs.change(number, state, error_code=random.choice(codes.get(state, [""])))
        if step % 20 == 0:
            check_counts(path)
    check_counts(path)
    jobs = {job.id: job for job in ledger.jobs.select()}
    seen: dict[str, JobFilter] = {"all": JobFilter(), "takes": JobFilter(with_candidates=False)}
    seen |= {"states": JobFilter((State.HELD, State.DONE)), "held": JobFilter((State.HELD,), code="pick", with_candidates=False)}
    seen |= {"track": JobFilter(track="anna"), "glob": JobFilter((State.FOUND,), track="t*", with_candidates=False)}
    with closing(Listing(str(path))) as listing:
        for name, which in seen.items():
            assert which.counted() is not None, name
            by_one = Counter(jobs[number].state for number in ledger.search.numbers(which))
            assert ledger.search.counts(which) == listing.counts(which) == dict(by_one), name
            listed, counts = ledger.search.page(which, 1000)
            assert [job.id for job in reversed(listed)] == list(ledger.search.numbers(which)), name
            assert counts == ledger.search.counts(which.in_any_state()), name
    scanned = {"folder": JobFilter(place="/exports"), "word": JobFilter(text="5.WAV"), "umlaut": JobFilter(text="ü"), "since": JobFilter((State.FOUND,), since=1.0)}
    scanned |= {"voice": JobFilter(voice="", text=".wav", with_candidates=False), "code": JobFilter((State.HELD,), text="1", code="cap")}
    for few in (0, 2000):  # many match, or few
        monkeypatch.setattr("takevoice.ledger.search._FEW", few)
        for name, which in scanned.items():
            assert which.counted() is None, name
            listed, counts = ledger.search.page(which, 5)
            assert [job.id for job in listed] == list(reversed(ledger.search.numbers(which)))[:5], name
            assert counts == dict(Counter(jobs[n].state for n in ledger.search.numbers(which.in_any_state()))), name
    assert ledger.jobs.counts() == dict(Counter(job.state for job in jobs.values()))
    met = [job for job in jobs.values() if job.track and (job.origin != "audition" or job.family not in (0, job.id))]
    assert {(each.track, each.state): each.jobs for each in ledger.search.tracks()} == dict(Counter((job.track, job.state) for job in met))
    for track in {job.track for job in met}:
        seconds = sum(job.seconds for job in met if job.track == track)
        assert sum(each.seconds for each in ledger.search.tracks() if each.track == track) == pytest.approx(seconds)
        changed = [job.changed for job in met if job.track == track and job.origin != "audition"]
        assert ledger.search.last_changes()[track] == max(changed, default=None)


def test_what_is_asked_for_again_and_again_does_not_go_through_the_jobs(ledger: Ledger, path: Path) -> None:
    """Status, live table and pages ask a few times a second, and a worker before each conversion, however many jobs there are."""
    steps: list[str] = []
    with closing(sqlite3.connect(path)) as connection:

        def explain(sql: str, values: object = ()) -> list[object]:
            steps.extend(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))  # type: ignore[arg-type]
            return []

        ledger.jobs._reader.rows = ledger.jobs._reader.tuples = explain  # type: ignore[method-assign,assignment]
        ledger.jobs._reader.value = lambda sql, values=(): explain(sql, values) or 0  # type: ignore[method-assign]
        for which in (JobFilter(), JobFilter(with_candidates=False), JobFilter((State.HELD,), code="pick"), JobFilter(track="T*")):
            ledger.search.counts(which)
        for ask in (ledger.search.takes, ledger.search.waiting, ledger.search.tracks, ledger.jobs.waiting, ledger.jobs.owners, ledger.jobs.counts):
            ask()
        ledger.jobs.unfinished("daemon")
        ledger.jobs.failed({1, 2})
        ledger.jobs.can_claim("daemon", (), ())
    assert any("jobs_urgent" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN jobs")], steps


@pytest.mark.parametrize("policy", ["OR IGNORE", "OR REPLACE", "OR FAIL"])
def test_a_statement_that_handles_conflicts_counts_as_any_other(ledger: Ledger, path: Path, policy: str) -> None:
    columns = "(path, state, origin, runner, created, changed)"
    for n in range(3):
        sql = f"INSERT {policy} INTO jobs {columns} VALUES ('/{n}.wav', 'done', 'folder', 'daemon', 1, 1)"
        ledger.jobs._writer.run(lambda connection, sql=sql: connection.execute(sql))  # type: ignore[misc]
    ledger.jobs._writer.run(lambda connection: connection.execute(f"UPDATE {policy} jobs SET state = 'failed' WHERE id < 3"))
    assert ledger.jobs.counts() == {State.DONE: 1, State.FAILED: 2}
    check_counts(path)


def test_a_write_that_is_taken_back_is_not_counted(ledger: Ledger, path: Path) -> None:
    add(ledger, Path("/exports/a.wav"), State.FOUND)

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE jobs SET state = 'held', error_code = 'cap'")
        connection.execute("DELETE FROM jobs")
        raise LedgerError("no")

    with pytest.raises(LedgerError, match="no"):
        ledger.jobs._writer.run(broken)
    assert ledger.jobs.counts() == {State.FOUND: 1}
    check_counts(path)


@pytest.mark.process
def test_what_another_process_changes_is_counted_here_at_once(ledger: Ledger, path: Path) -> None:
    number = ledger.jobs.add(Path("/exports/a.wav"), State.FOUND).id
    code = f"""
from pathlib import Path
from takevoice.jobs import State
from takevoice.ledger import Ledger
ledger = Ledger(Path({str(path)!r}))
ledger.jobs.change({number}, State.HELD, error_code="cap")
ledger.jobs.add(Path("/exports/b.wav"), State.FOUND, track="Anna")
ledger.close()
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert ledger.search.counts(JobFilter((State.HELD,), code="cap")) == {State.HELD: 1}
    assert ledger.search.counts(JobFilter(track="anna")) == {State.FOUND: 1}
    check_counts(path)


@pytest.mark.process
def test_a_process_that_is_killed_within_a_transaction_leaves_the_counts_right(path: Path) -> None:
    code = f"""
import os
from pathlib import Path
from takevoice.jobs import State
from takevoice.ledger import Ledger
ledger = Ledger(Path({str(path)!r}))
for n in range(50):
    ledger.jobs.add(Path(f"/exports/{{n}}.wav"), State.FOUND, track=f"T{{n % 7}}")

def change(connection):
    connection.execute("PRAGMA cache_spill = 1")
    connection.execute("PRAGMA cache_size = 5")  # what is written goes to the log before it is committed
    for _ in range(20):
        connection.execute("UPDATE jobs SET state = 'queued', settings = ?, track = 'other' WHERE id < 40", ("x" * 3000,))
        connection.execute("INSERT INTO jobs (path, state, origin, runner, created, changed) SELECT path, 'done', origin, runner, 1, 1 FROM jobs LIMIT 100")
        connection.execute("DELETE FROM jobs WHERE id BETWEEN 10 AND 12")
    os.write(1, b"within\\n")
    import time
    time.sleep(60)

ledger.jobs._writer.run(change)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"within\n"
    assert path.with_name(f"{path.name}-wal").stat().st_size > 100_000
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with closing(Ledger(path)) as ledger:
        assert ledger.jobs.counts() == {State.FOUND: 50}
        assert {each.track: each.jobs for each in ledger.search.tracks()} == {f"T{n}": 7 + (n == 0) for n in range(7)}
        ledger.jobs.add(Path("/exports/after.wav"), State.FOUND)
    check_counts(path)
    assert list(problems(path)) == []


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_the_jobs_of_an_older_ledger_are_counted(path: Path, version: int) -> None:
    states = ["done", "done", "failed", "held", "queued"]
    with closing(sqlite3.connect(path)) as connection:
        for script in MIGRATIONS[:version]:
            connection.executescript(script)
        sql = "INSERT INTO jobs (path, state, origin, runner, track, frames, sample_rate, error_code, created, changed) VALUES (?, ?, ?, 'daemon', ?, 100, 48000, 'cap', 1, 1)"
        connection.executemany(sql, [(f"/{n}.wav", state, ["folder", "audition"][n % 2], "Anna") for n, state in enumerate(states)])
        if version >= 14:
            connection.execute("UPDATE jobs SET family = 1 WHERE id IN (1, 3)")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()
    with closing(Listing(str(path))) as listing:  # reads it as it is
        assert listing.counts(JobFilter()) == {State(state): number for state, number in Counter(states).items()}
        assert [job.id for job in listing.jobs(JobFilter(track="anna"), 2)] == [4, 5]
    with closing(Ledger(path)) as ledger:
        assert ledger.jobs.counts() == {State(state): number for state, number in Counter(states).items()}
        check_counts(path)
        decisions.retry(ledger, 1)
    check_counts(path)


def test_the_check_finds_counts_that_are_wrong_and_a_recovered_ledger_has_them_right(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    for n in range(20):
        ledger.jobs.add(Path(f"/exports/{n}.wav"), State.FOUND, track="Anna")
    ledger.close()
    assert list(problems(path)) == []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE job_counts SET jobs = 7")
        connection.execute("DELETE FROM track_counts")
        connection.commit()
    assert list(problems(path)) == ["job_counts has 7 jobs of found, take, and there are 20 jobs", "track_counts has 0 jobs of Anna, found, take, and there are 20 jobs with 0 frames"]
    recover(path, tmp_path / "kept.sqlite3", ())
    check_counts(path)
    with closing(Ledger(path, read_only=True)) as recovered:
        assert recovered.jobs.counts() == {State.FOUND: 20}
