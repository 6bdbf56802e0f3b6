"""The ledger as a file: whole after a stop, backed up, checked, recovered."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from ledger.damage import PAGE, filled, flip, overwrite, page_of
from support import wait_for
from takevoice.errors import LedgerError
from takevoice.holds import HoldReason
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.ledger.backup import back_up
from takevoice.ledger.recover import recover
from takevoice.ledger.soundness import check_at_start, first_problem, problems

COUNT = 200


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("made") / "ledger.sqlite3", COUNT)


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "ledger.sqlite3"))


def states(path: Path) -> dict[int, State]:
    with closing(Ledger(path, read_only=True)) as ledger:
        return {job.id: job.state for job in ledger.jobs.select()}


# One file.


def test_after_a_stop_the_file_alone_is_the_whole_ledger(path: Path, tmp_path: Path) -> None:
    ledger = Ledger(path)
    number = ledger.jobs.add(Path("/a.wav"), State.FOUND).id
    ledger.close()
    assert os.listdir(tmp_path) == ["ledger.sqlite3"]
    copy = Path(shutil.copy(path, tmp_path / "copy.sqlite3"))
    assert states(copy)[number] is State.FOUND


def test_a_look_leaves_nothing_behind_and_disturbs_no_writer(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    assert len(states(path)) == COUNT + 2
    assert (os.listdir(tmp_path), path.read_bytes()) == (["ledger.sqlite3"], before)
    ledger = Ledger(path)
    states(path)
    number = ledger.jobs.add(Path("/a.wav"), State.FOUND).id
    assert states(path)[number] is State.FOUND
    ledger.close()
    assert os.listdir(tmp_path) == ["ledger.sqlite3"]


def test_a_reader_cannot_write(path: Path) -> None:
    with closing(Ledger(path, read_only=True)) as ledger, pytest.raises(LedgerError, match="readonly"):
        ledger.jobs._reader.rows("DELETE FROM jobs")


# Backup.


def test_a_backup_is_a_whole_ledger_and_overwrites_nothing(path: Path, tmp_path: Path) -> None:
    ledger = Ledger(path)  # as of a daemon that is running
    number = ledger.jobs.add(Path("/a.wav"), State.FOUND).id
    target = tmp_path / "backup.sqlite3"
    assert back_up(path, target) == COUNT + 3
    ledger.jobs.add(Path("/b.wav"), State.FOUND)
    ledger.close()
    assert not [name for name in os.listdir(tmp_path) if name.startswith((".", "backup.sqlite3-"))]
    assert len(states(target)) == COUNT + 3
    assert list(problems(target)) == []
    before = target.read_bytes()
    with pytest.raises(LedgerError, match="exists already"):
        back_up(path, target)
    assert target.read_bytes() == before
    with closing(Ledger(target)) as restored:
        assert restored.jobs.get(number).state is State.FOUND


def test_a_damaged_ledger_is_not_backed_up_and_a_full_disk_leaves_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def small(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)  # type: ignore[call-overload]
        if str(args[0]).endswith(".part"):
            connection.execute("PRAGMA max_page_count = 5")  # SQLite's own way to be out of space
        return connection

    with monkeypatch.context() as patched, pytest.raises(LedgerError, match=r"backup\.sqlite3: cannot be written"):
        patched.setattr(sqlite3, "connect", small)
        back_up(path, tmp_path / "backup.sqlite3")
    overwrite(path, page_of(path, "sends"))
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: is damaged.*recover"):
        back_up(path, tmp_path / "backup.sqlite3")
    assert os.listdir(tmp_path) == ["ledger.sqlite3"]


# Checks.


@pytest.mark.parametrize("name", ["jobs", "sends", "outputs", "history", "jobs_by_path", "files"])
def test_a_damaged_page_is_found_at_the_start(path: Path, tmp_path: Path, name: str) -> None:
    check_at_start(path, tmp_path / "checked")
    overwrite(path, page_of(path, name))
    (tmp_path / "checked").unlink()
    with pytest.raises(LedgerError, match=r"is damaged.*recover"):
        check_at_start(path, tmp_path / "checked")
    assert not (tmp_path / "checked").exists()


def test_the_check_is_done_after_an_unclean_stop_and_once_a_day(path: Path, tmp_path: Path) -> None:
    mark = tmp_path / "checked"
    check_at_start(path, mark)
    overwrite(path, page_of(path, "sends"))
    check_at_start(path, mark)  # checked a moment ago
    for age in (25 * 3600, -3600):  # a day later, and with a clock that was set back
        os.utime(mark, (time.time() - age,) * 2)
        with pytest.raises(LedgerError, match="is damaged"):
            check_at_start(path, mark)
    mark.touch()
    path.with_name(f"{path.name}-wal").write_bytes(b"left by a process that was killed")
    with pytest.raises(LedgerError, match="is damaged"):
        check_at_start(path, mark)


def test_values_that_make_no_sense_are_found(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE jobs SET state = 'dpne' WHERE id = 7")
        connection.commit()
    assert first_problem(path) == ""
    assert list(problems(path)) == ["the entry of job 7 is damaged: 'dpne' is not a valid State"]
    with closing(Ledger(path, read_only=True)) as ledger, pytest.raises(LedgerError, match=r"job 7.*ledger recover"):
        ledger.jobs.get(7)


# Recovery.


def recovered(path: Path) -> tuple[Ledger, object]:
    damaged = path.read_bytes()
    result = recover(path, path.with_name("kept.sqlite3"), used=[900])
    assert path.with_name("kept.sqlite3").read_bytes() == damaged
    assert sorted(os.listdir(path.parent)) == ["kept.sqlite3", "ledger.sqlite3"]
    assert list(problems(path)) == []
    return Ledger(path), result


def test_nothing_is_lost_of_a_sound_ledger(path: Path) -> None:
    before = states(path)
    ledger, result = recovered(path)
    with closing(ledger):
        assert {job.id: job.state for job in ledger.jobs.select()} == before
        assert ledger.charges.credits_since(0.0) == 10.0 * (COUNT + 1)
        assert ledger.tracks.settings("Anna") == {"seed": 7}
        assert len(ledger.jobs.history(5)) == 5
        # No new job gets a number that an old one had.
        assert ledger.jobs.add(Path("/new.wav"), State.FOUND).id == 901
    assert (result.from_indexes, result.held, result.lost_jobs) == (0, 0, 0)  # type: ignore[attr-defined]


def test_jobs_on_a_damaged_page_stay_converted(path: Path) -> None:
    """Their settings are lost; what was converted, the results and what was paid are not."""
    overwrite(path, page_of(path, "jobs"))
    ledger, result = recovered(path)
    with closing(ledger):
        assert result.from_indexes >= 5  # type: ignore[attr-defined]
        jobs = ledger.jobs.select()
        assert [job.id for job in jobs] == list(range(1, COUNT + 3))
        assert all(job.state is State.DONE for job in jobs[:COUNT])
        lost = next(job for job in jobs if not job.settings.seed)
        (done,) = ledger.jobs.done_with(f"audio {lost.id}", "settings")
        assert done.output == Path(f"/exports/take {lost.id}.ada.wav")
        assert ledger.outputs.has(f"made {lost.id}")
        assert ledger.charges.credits_since(0.0) == 10.0 * (COUNT + 1)


def test_what_may_be_paid_for_is_held(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE jobs SET state = '???' WHERE id = ?", (COUNT + 1,))  # its request is under way
        connection.commit()
    ledger, result = recovered(path)
    with closing(ledger):
        job = ledger.jobs.get(COUNT + 1)
        assert (job.state, job.error_code) == (State.HELD, HoldReason.OUTCOME_UNKNOWN.code)
        assert f"takevoice release {job.id}" in job.error
        assert ledger.charges.unresolved_twin(job.audio_hash, "key") == (job.id, State.HELD)
    assert result.held == 1  # type: ignore[attr-defined]


def test_a_job_that_was_with_a_backend_is_held_when_its_request_is_lost(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'sends'").fetchone()[0]
    overwrite(path, root)
    ledger, _ = recovered(path)
    with closing(ledger):
        held = ledger.jobs.get(COUNT + 1)
        assert held.state is State.HELD
        assert ledger.charges.unresolved_twin(held.audio_hash, "key") == (held.id, State.HELD)  # whatever was asked for
        assert ledger.jobs.get(COUNT + 2).state is State.QUEUED
        assert len(ledger.jobs.done_with("audio 5", "settings")) == 1


@pytest.mark.parametrize("name", ["outputs", "sends", "history", "files", "requests", "jobs_by_key", "jobs_by_path"])
def test_one_damaged_page_costs_what_was_on_it(path: Path, name: str) -> None:
    overwrite(path, page_of(path, name))
    ledger, _ = recovered(path)
    with closing(ledger):
        found = [job.state for job in ledger.jobs.select()]
        assert found.count(State.DONE) == COUNT
        assert sum(ledger.outputs.has(f"made {n}") for n in range(1, COUNT + 1)) == COUNT
        assert ledger.charges.credits_since(0.0) > 10.0 * (COUNT - 100)


@pytest.mark.parametrize("octets", [100, 500, PAGE])
def test_a_damaged_first_page_is_replaced(path: Path, octets: int) -> None:
    overwrite(path, 1, bytes(octets))
    assert "not a database" in first_problem(path)
    ledger, _ = recovered(path)
    with closing(ledger):
        assert len(ledger.jobs.select()) == COUNT + 2


@pytest.mark.parametrize("share", [0.9, 0.6, 0.5])
def test_a_truncated_ledger_gives_back_what_is_there(path: Path, share: float) -> None:
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * share) // PAGE * PAGE + 100)
    ledger, _ = recovered(path)
    with closing(ledger):
        kept = ledger.jobs.select()
        assert len(kept) > (COUNT * share) / 3
        assert all(job.state is State.DONE for job in kept if job.id <= COUNT)


@pytest.mark.parametrize("seed", range(6))
def test_flipped_bits_all_over_never_make_it_worse(path: Path, seed: int) -> None:
    flip(path, 40, seed)
    ledger, _ = recovered(path)
    with closing(ledger):
        jobs = ledger.jobs.select()  # all of them can be read
        for job in jobs:
            ledger.jobs.history(job.id)
        assert len(jobs) > COUNT / 2


@pytest.mark.parametrize("table", ["history", "sends", "outputs", "requests"])
def test_a_row_whose_job_is_no_number_any_more_is_left_out(path: Path, table: str) -> None:
    """Some flipped bits turn a number into text, which SQLite does not mind."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("INSERT INTO requests VALUES ('key', 1, 0.0)")
        connection.execute(f"UPDATE {table} SET job = 'orts/take' WHERE job = 1")
        count = connection.execute(f"SELECT count(*) FROM {table} WHERE job <> 'orts/take'").fetchone()[0]
    connection.close()
    ledger, _ = recovered(path)
    with closing(ledger):
        assert len(ledger.jobs.select()) >= COUNT
    with sqlite3.connect(path) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table} WHERE typeof(job) = 'integer'").fetchone()[0] == count
        assert connection.execute(f"SELECT count(*) FROM {table} WHERE typeof(job) = 'text'").fetchone()[0] == 0
    connection.close()


def test_what_the_log_holds_is_recovered_too(path: Path, tmp_path: Path) -> None:
    ledger = Ledger(path)
    number = ledger.jobs.add(Path("/a.wav"), State.FOUND).id
    wal = path.with_name(f"{path.name}-wal")
    killed = tmp_path / "killed" / path.name
    killed.parent.mkdir()
    shutil.copy(wal, killed.with_name(wal.name))
    shutil.copy(path, killed)
    ledger.close()
    overwrite(killed, page_of(path, "history"))
    recover(killed, killed.with_name("kept.sqlite3"), ())
    assert states(killed)[number] is State.FOUND
    assert sorted(os.listdir(killed.parent)) == ["kept.sqlite3", "kept.sqlite3-wal", "ledger.sqlite3"]


@pytest.mark.parametrize("content", [b"", b"no ledger at all", bytes(40_000)])
def test_of_a_file_that_is_no_ledger_nothing_is_recovered_and_it_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="backup"):
        recover(path, tmp_path / "kept.sqlite3", ())
    assert (os.listdir(tmp_path), path.read_bytes()) == (["ledger.sqlite3"], content)


def test_an_older_copy_gets_its_newer_columns(tmp_path: Path) -> None:
    from takevoice.ledger.schema import MIGRATIONS

    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        for script in MIGRATIONS[:2]:
            connection.executescript(script)
        connection.execute(
            "INSERT INTO jobs (path, state, origin, runner, created, changed) VALUES ('/a.wav', 'done', 'folder', 'daemon', 1, 1)"
        )
        connection.execute("PRAGMA user_version = 2")
        connection.commit()
    recover(path, tmp_path / "kept.sqlite3", ())
    assert wait_for(lambda: states(path)) == {1: State.DONE}


def test_a_full_disk_leaves_the_damaged_ledger_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overwrite(path, page_of(path, "sends"))
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for module, name in (("shutil", "copyfile"), ("takevoice.system.place", "replace")):
        with monkeypatch.context() as patched, pytest.raises(LedgerError, match="No space left"):
            patched.setattr(f"{module}.{name}", full)
            recover(path, path.with_name("kept.sqlite3"), ())
        assert path.read_bytes() == before
