from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from random import Random

import pytest

from support import wait_for
from takevoice.errors import LedgerError, UnknownJob
from takevoice.jobs import NEXT, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.charges import PROMISED, Budget, Charge, Received, Request
from takevoice.ledger.schema import MIGRATIONS
from takevoice.pipeline import decisions
from takevoice.system.fileid import FileVersion
from takevoice.take_settings import TakeSettings

TAKE = Path("/exports/take.wav")
PRINT = FileVersion(1, 2, 3)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite3")
    yield made
    made.close()


def queued(ledger: Ledger, path: Path = TAKE, **fields: object) -> int:
    job = ledger.jobs.add(path, State.FOUND)
    return ledger.jobs.complete_intake(
        job,
        State.QUEUED,
        PRINT,
        **{"audio_hash": ascii(path), "track": path.stem, "settings_hash": "s", **fields},
    ).id


def test_a_job_keeps_everything_and_its_whole_history(ledger: Ledger, tmp_path: Path) -> None:
    settings = TakeSettings(seed=7, voice="ada")
    number = queued(
        ledger,
        settings=settings,
        voice_id="v1",
        audio_plugins=("house 1",),
        track="Lead Vox",
        frames=48000,
        sample_rate=48000,
    )
    ledger.jobs.claim("daemon")
    ledger.jobs.change(number, State.RESTORING)
    ledger.jobs.change(number, State.DONE, output=Path("/exports/take.ada.wav"), detail="well")
    job = Ledger(tmp_path / "ledger.sqlite3", read_only=True).jobs.get(number)
    assert (job.settings, job.voice_id, job.audio_plugins) == (settings, "v1", ("house 1",))
    assert (job.path, job.output, job.track, job.seconds) == (
        TAKE,
        Path("/exports/take.ada.wav"),
        "Lead Vox",
        1.0,
    )
    assert job.version == PRINT
    assert [change.state for change in ledger.jobs.history(number)] == [
        State.FOUND,
        State.QUEUED,
        State.CONVERTING,
        State.RESTORING,
        State.DONE,
    ]
    assert ledger.jobs.history(number)[-1].detail == "well"


def test_only_allowed_changes_are_stored(ledger: Ledger) -> None:
    job = ledger.jobs.add(TAKE, State.FOUND)
    with pytest.raises(UnknownJob, match="is found and cannot become converting"):
        ledger.jobs.change(job.id, State.CONVERTING)
    assert ledger.jobs.get(job.id).state is State.FOUND
    with pytest.raises(UnknownJob, match="no job 99"):
        ledger.jobs.change(99, State.QUEUED)


def test_a_final_state_is_left_only_by_a_retry() -> None:
    for state in (State.DONE, State.FAILED, State.CANCELLED):
        assert NEXT[state] == {State.FOUND}


def test_jobs_are_claimed_once_each_in_their_order(ledger: Ledger) -> None:
    numbers = [queued(ledger, Path(f"/exports/{n}.wav")) for n in range(20)]
    claimed: list[int] = []

    def work() -> None:
        while (job := ledger.jobs.claim("daemon")) is not None:
            claimed.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == numbers


def test_the_same_audio_with_the_same_settings_waits_for_the_first(ledger: Ledger) -> None:
    first = queued(ledger, Path("/exports/a.wav"), audio_hash="same")
    second = queued(ledger, Path("/exports/b.wav"), audio_hash="same")
    other = queued(ledger, Path("/exports/c.wav"), audio_hash="same", settings_hash="another")
    assert [job.id for job in iter(lambda: ledger.jobs.claim("daemon"), None)] == [first, other]
    ledger.jobs.change(first, State.RESTORING)
    assert ledger.jobs.claim("daemon") is None
    ledger.jobs.change(first, State.DONE)
    claimed = ledger.jobs.claim("daemon")
    assert claimed is not None
    assert claimed.id == second


def test_a_runner_claims_only_its_own(ledger: Ledger) -> None:
    queued(ledger)
    assert ledger.jobs.claim("command-1") is None
    ledger.jobs.take_over("daemon", "command-1")
    assert ledger.jobs.claim("command-1") is not None


def test_cancel_ends_a_waiting_job_and_asks_a_running_one(ledger: Ledger) -> None:
    waiting, running = queued(ledger, Path("/exports/a.wav")), queued(ledger, Path("/exports/b.wav"))
    assert decisions.cancel(ledger, waiting).state is State.CANCELLED
    ledger.jobs.claim("daemon")
    assert decisions.cancel(ledger, running).state is State.CONVERTING
    assert ledger.jobs.stop_requested() == {running}
    with pytest.raises(UnknownJob, match="cancelled already"):
        decisions.cancel(ledger, waiting)


def test_retry_starts_from_the_beginning(ledger: Ledger) -> None:
    number = queued(ledger)
    with pytest.raises(UnknownJob, match="is queued"):
        decisions.retry(ledger, number)
    decisions.cancel(ledger, number)
    job = decisions.retry(ledger, number)
    assert (job.state, job.attempt, job.error) == (State.FOUND, 2, "")


@pytest.mark.skipif(os.name == "nt", reason="names of other bytes exist on POSIX only")
def test_names_that_are_no_unicode_are_kept(ledger: Ledger) -> None:
    path = Path(os.fsdecode(b"/exports/tak\xe9.wav"))
    number = queued(ledger, path)
    assert ledger.jobs.get(number).path == path
    known = ledger.files.known(path)
    assert known is not None
    assert known.version == PRINT


def test_one_bad_write_does_not_spoil_its_group(ledger: Ledger) -> None:
    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO files VALUES ('x', 1, 1, 1, 'job', NULL)")
        raise UnknownJob("no")

    answers: list[object] = []

    def write(what: object) -> None:
        try:
            answers.append(ledger.jobs._writer.run(what))  # type: ignore[arg-type]
        except UnknownJob as error:
            answers.append(str(error))

    good = [lambda c: c.execute("INSERT INTO files VALUES ('y', 1, 1, 1, 'job', NULL)").rowcount]
    threads = [threading.Thread(target=write, args=(what,)) for what in (broken, *good, broken)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, answers)) == ["1", "no", "no"]
    assert ledger.files.known(Path("x")) is None
    assert ledger.files.known(Path("y")) is not None


@pytest.mark.process
def test_what_was_acknowledged_survives_sigkill(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    code = f"""
import os
import threading
from pathlib import Path
from takevoice.jobs import State
from takevoice.ledger import Ledger
ledger = Ledger(Path({str(path)!r}))
def work(n):
    while True:
        os.write(1, b"%d\\n" % ledger.jobs.add(Path(f"/exports/{{n}}.wav"), State.FOUND).id)
for n in range(4):
    threading.Thread(target=work, args=(n,)).start()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(200)]
    os.kill(process.pid, signal.SIGKILL)
    told += [int(line) for line in process.communicate()[0].splitlines(keepends=True) if line.endswith(b"\n")]
    reader = Ledger(path, read_only=True)
    assert reader.check() == "ok"
    assert set(told) <= {job.id for job in reader.jobs.select()}


def test_a_job_that_is_read_has_every_field(ledger: Ledger) -> None:
    job = ledger.jobs.get(queued(ledger))
    assert Job(**vars(job)) == job  # and no others
    assert set(vars(job)) == {field.name for field in fields(Job)}


def test_a_newer_ledger_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    Ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(LedgerError, match="newer"):
        Ledger(path)


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_text("something else entirely, long enough to be no database at all\n" * 40)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3.*doctor"):
        Ledger(path)
    with pytest.raises(LedgerError, match="doctor"):
        Ledger(path, read_only=True)


def test_a_full_disk_is_said_and_nothing_is_half_stored(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    queued(ledger)
    # SQLite's own way to be out of space.
    ledger.jobs._writer.run(lambda connection: connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(LedgerError, match="free some space"):
        for n in range(2000):
            ledger.jobs.add(Path(f"/exports/{n}" * 50), State.FOUND)
    ledger.jobs._writer.run(lambda connection: connection.execute("PRAGMA max_page_count = 100000"))
    number = queued(ledger, Path("/exports/after.wav"))
    assert ledger.jobs.get(number).state is State.QUEUED
    assert ledger.check() == "ok"
    ledger.close()


def test_another_process_sees_changes_at_once(ledger: Ledger, tmp_path: Path) -> None:
    reader = Ledger(tmp_path / "ledger.sqlite3", read_only=True)
    before = reader.data_version()
    number = queued(ledger)
    assert wait_for(lambda: reader.data_version() != before)
    assert reader.jobs.get(number).state is State.QUEUED
    reader.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_an_older_ledger_keeps_its_jobs(tmp_path: Path, version: int) -> None:
    path = tmp_path / "ledger.sqlite3"
    with sqlite3.connect(path) as connection:
        for script in MIGRATIONS[:version]:
            connection.executescript(script)
        connection.execute(
            "INSERT INTO jobs (path, state, origin, runner, created, changed) VALUES ('/a.wav', 'done', 'folder', 'daemon', 1, 1)"
        )
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    ledger = Ledger(path)
    (job,) = ledger.jobs.select()
    assert (job.path, job.state) == (Path("/a.wav"), State.DONE)
    assert decisions.retry(ledger, job.id).state is State.FOUND
    assert ledger.check() == "ok"
    ledger.close()


@pytest.mark.process
def test_several_that_start_at_once_make_one_ledger(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from takevoice.jobs import State
from takevoice.ledger import Ledger
Ledger(Path({str(tmp_path / "ledger.sqlite3")!r})).jobs.add(Path("/a.wav"), State.FOUND)
"""
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(6)]
    said = [process.communicate(timeout=60)[1] for process in started]
    assert said == [b""] * 6
    reader = Ledger(tmp_path / "ledger.sqlite3", read_only=True)
    assert len(reader.jobs.select()) == 6
    reader.close()


def test_requested_jobs_come_first_and_those_of_folders_newest_or_oldest_first(ledger: Ledger) -> None:
    folder = [queued(ledger, Path(f"/exports/{n}.wav")) for n in range(3)]
    asked = [queued(ledger, Path(f"/exports/{kind}.wav"), origin=kind) for kind in ("osc", "command")]
    folder.append(queued(ledger, Path("/exports/now.wav")))
    claimed = [ledger.jobs.claim("daemon", newest_first=True) for _ in range(4)]
    assert [job.id for job in claimed if job] == [*asked, folder[3], folder[2]]
    assert [job.id for job in iter(lambda: ledger.jobs.claim("daemon"), None)] == folder[:2]


def test_takes_with_candidates_are_found_by_their_own_indexes(tmp_path: Path) -> None:
    """They are looked for a few times a second, whatever else the ledger holds."""
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    seen: list[str] = []
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as connection:
        ledger.candidates._reader.rows = lambda sql, values=(): seen.extend(  # type: ignore[method-assign]
            row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        ) or []
        ledger.candidates.due("daemon")
        ledger.candidates.of(1)
    connection.close()
    ledger.close()
    assert seen and all("USING INDEX jobs_" in step for step in seen if step.startswith(("SCAN", "SEARCH"))), seen


# The newest result of each take, which triggers keep.


def newest_results(path: Path) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    """Return the table that is kept, and what it should be by the jobs."""
    with sqlite3.connect(path) as connection:
        kept = connection.execute("SELECT path, job, track, voice, voice_id FROM newest_results").fetchall()
        jobs = connection.execute(
            "SELECT path, MAX(id), track, voice, json_extract(settings, '$.voice_id') FROM jobs WHERE state = 'done' "
            "AND origin <> 'audition' AND family IN (0, id) GROUP BY path"
        ).fetchall()
    connection.close()
    return set(kept), {(*row[:4], row[4] or "") for row in jobs}


def test_the_newest_result_of_each_take_is_kept_through_every_change(ledger: Ledger, tmp_path: Path) -> None:
    random, path = Random(7), tmp_path / "ledger.sqlite3"
    numbers: list[int] = []
    for step in range(250):
        if not numbers or random.random() < 0.3:
            origin = random.choice(["folder", "folder", "audition", "command"])
            numbers.append(ledger.jobs.add(Path(f"/exports/{random.randrange(8)}.wav"), State.FOUND, origin=origin, track=f"T{step % 3}").id)
            continue
        number = random.choice(numbers)
        state = ledger.jobs.get(number).state
        following = sorted(NEXT[state] | ({State.FOUND} if state.final else set()))
        if random.random() < 0.3:
            ledger.jobs.update(number, voice=random.choice(["ada", "bea"]), family=random.choice([0, 0, number, numbers[0]]))
        elif following:
            ledger.jobs.change(number, State.DONE if State.DONE in following else random.choice(following))
    kept, wanted = newest_results(path)
    assert kept == wanted
    assert len(kept) > 3


def test_a_damaged_ledger_is_not_called_a_full_disk(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")

    def damaged(_: sqlite3.Connection) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    with pytest.raises(LedgerError, match="malformed; `takevoice ledger check` says"):
        ledger.jobs._writer.run(damaged)
    ledger.close()


def test_an_answer_that_cannot_be_used_is_in_doubt_also_under_a_promise_and_stays_in_the_sum_of_its_run(ledger: Ledger) -> None:
    job = queued(ledger)
    budget, request = Budget(0.0, f"run{PROMISED}", ""), Request("key", "all")
    ledger.charges.reserve(job, "key", [Charge("all", 1.0, 17.0)], budget, lambda *_: None, send=True)
    assert ledger.charges.sent_under_promise(job) == {request}
    ledger.charges.mark_received(job, Received(request))
    ledger.charges.mark_spoilt(job, "key", "all")
    assert ledger.charges.unresolved(job) == [request]
    assert ledger.charges.sent_under_promise(job) == set(), "it is not simply asked for again"
    assert ledger.charges.spent(budget).run == 17
