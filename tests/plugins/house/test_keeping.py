"""Kept answers and the room they take: what is removed, what stays, whatever is killed in which order."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from plugins.house.conftest import line
from plugins.house.houses import running_house
from plugins.house.paid_account import PaidAccount
from support import Command, wait_for
from takevoice_plugins.house import house as house_module
from takevoice_plugins.house import keeping
from takevoice_plugins.house.caps import Caps
from takevoice_plugins.house.clock import WallClock
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keeping import DAY, LEDGER, census, excess, prune, remove
from takevoice_plugins.house.keys import HouseKey, Keys
from takevoice_plugins.house.requests import KEPT, Requests
from takevoice_plugins.house.rows import PAID, Wanted
from takevoice_plugins.house.store import Store

SIZE = 1_000


class Killed(BaseException):
    """As SIGKILL: what has no commit is taken back, and nothing is cleaned up."""


class Shelf:
    """A ledger and a store with answers, each a day older than the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database, self.store = folder, Database(folder / LEDGER), Store(folder)
        self.database._connection.execute("PRAGMA synchronous = OFF")  # no power is cut here
        self.requests, keys = Requests(self.database, Caps()), Keys(self.database)
        key = keys.find(keys.add("anna"))
        assert key is not None
        self.key: HouseKey = key
        self.now = time.time()

    def wanted(self, name: str) -> Wanted:
        return Wanted(name, PAID, '{"voice_id": "v1"}', False, False, 1.0, 17, 16_000, 16_000, "", "")

    def add(self, number: int, days: float, *, row: bool = True, file: bool = True) -> str:
        """An answer that was used last so many days ago."""
        name = f"{number:064x}"
        if file:
            part = self.store.new_part()
            part.write_bytes(b"x" * SIZE)
            self.store.keep_answer(name, part)
            os.utime(self.store.answer(name), (self.now - days * DAY,) * 2)
        if row:
            self.requests.claim(self.wanted(name), self.key, lambda _: None)
            self.requests.sending(name, 17)
            self.requests.finish(name, "u", 17, SIZE)
            with self.database.write() as db:
                db.execute("UPDATE requests SET used = ?, done = ? WHERE content = ?", (self.now - days * DAY,) * 2 + (name,))
        return name

    def is_sound(self) -> bool:
        """Return True if each row has its file, and each file its row."""
        found = census(self.database, self.store)
        return not found.lost and not found.unknown


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "house")
    yield shelf
    shelf.database.close()


def names(shelf: Shelf) -> set[int]:
    return {int(each.content, 16) for each in census(shelf.database, shelf.store).answers}


def test_what_is_old_or_too_much_goes_and_what_was_just_used_stays(shelf: Shelf) -> None:
    for number in range(10):
        shelf.add(number, days=number)
    assert prune(shelf.database, shelf.store, keep_days=6.5, keep_gb=1) == 3
    assert names(shelf) == {0, 1, 2, 3, 4, 5, 6}
    assert prune(shelf.database, shelf.store, keep_days=100, keep_gb=4 * SIZE / 1e9) == 3
    assert names(shelf) == {0, 1, 2, 3}
    assert prune(shelf.database, shelf.store, keep_days=0, keep_gb=0) == 3
    assert names(shelf) == {0}, "it may be on its way to someone"
    assert sum(row["credits"] for row in shelf.database.rows("SELECT credits FROM charges")) == 170, "what they cost stays in the ledger"


def test_files_without_a_row_and_rows_without_a_file_are_counted_and_go(shelf: Shelf) -> None:
    for number in range(3):
        shelf.add(number, days=2)
        shelf.add(10 + number, days=2 + number, row=False)
        shelf.add(20 + number, days=2, file=False)
    found = census(shelf.database, shelf.store)
    assert (len(found.kept), len(found.unknown), len(found.lost), found.size) == (3, 3, 3, 6 * SIZE)
    assert not excess(found, 30, 6 * SIZE / 1e9, shelf.now), "what is not there takes up no room"
    assert prune(shelf.database, shelf.store, keep_days=3.5, keep_gb=1) == 1
    assert names(shelf) == {0, 1, 2, 10, 11}, "what an older copy of the ledger does not know is kept as long as the rest"
    assert len(census(shelf.database, shelf.store).lost) == 3, "what was paid for is missed while it would be kept"
    prune(shelf.database, shelf.store, keep_days=1.5, keep_gb=1)
    assert not census(shelf.database, shelf.store).lost
    shelf.add(10, days=2, row=False)
    claim = shelf.requests.claim(shelf.wanted(f"{10:064x}"), shelf.key, shelf.store.size_of)
    assert claim.how == KEPT


def test_what_has_no_answer_yet_is_left_alone(shelf: Shelf) -> None:
    name = shelf.add(1, days=100, row=False)  # killed between the file and the ledger
    shelf.requests.claim(shelf.wanted(name), shelf.key, lambda _: None)
    shelf.requests.sending(name, 17)
    upload = shelf.store.new_part()
    upload.write_bytes(b"take")
    shelf.store.keep_upload(name, upload)
    os.utime(shelf.store.upload(name), (0, 0))
    assert not census(shelf.database, shelf.store).answers, "nor counted"
    assert prune(shelf.database, shelf.store, keep_days=0, keep_gb=0) == 0
    assert shelf.store.has_answer(name) and shelf.store.upload(name).exists()


@pytest.mark.parametrize("moment", ["before the file", "after the file", "at the commit"])
def test_a_kill_at_any_moment_leaves_nothing_that_is_not_put_right(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    for number in range(120):
        shelf.add(number, days=number / 2)
    drop, writes = shelf.store.drop_answer, iter(range(1000))

    def dropped(content: str) -> None:
        if next(writes) == 70:
            if moment == "after the file":
                drop(content)
            raise Killed
        drop(content)

    monkeypatch.setattr(shelf.store, "drop_answer", dropped)
    if moment == "at the commit":
        monkeypatch.setattr(shelf.store, "drop_answer", lambda content: (drop(content), _kill_at(writes, 99)))
    with pytest.raises(Killed):
        prune(shelf.database, shelf.store, keep_days=5.05, keep_gb=1)
    monkeypatch.undo()
    assert all(shelf.store.has_answer(f"{number:064x}") for number in range(11)), "what is to be kept is there"
    prune(shelf.database, shelf.store, keep_days=5.05, keep_gb=1)
    assert names(shelf) == set(range(11))
    assert shelf.is_sound()


def _kill_at(writes: Iterator[int], number: int) -> None:
    if next(writes) == number:
        raise Killed


@pytest.mark.process
def test_killed_again_and_again_it_comes_to_its_end(shelf: Shelf) -> None:
    for number in range(600):
        shelf.add(number, days=number / 10)
    program = (
        "import sys; from pathlib import Path; from takevoice_plugins.house.database import Database;"
        "from takevoice_plugins.house.keeping import LEDGER, prune; from takevoice_plugins.house.store import Store;"
        "folder = Path(sys.argv[1]); database, store = Database(folder / LEDGER), Store(folder); print('go', flush=True);"
        "prune(database, store, 5.05, 1)"
    )
    chance, ended = random.Random(1), 0
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", program, str(shelf.folder)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.02))
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        ended += process.wait() == 0
        process.stdout.close()
        assert all(shelf.store.has_answer(f"{number:064x}") for number in range(51))
    prune(shelf.database, shelf.store, keep_days=5.05, keep_gb=1)
    assert names(shelf) == set(range(51))
    assert shelf.is_sound()


def test_no_answer_is_given_whose_file_goes_meanwhile(shelf: Shelf) -> None:
    """The command and the server are two processes: each has a connection of its own."""
    for number in range(300):
        shelf.add(number, days=50)
    given, stop = list[str](), threading.Event()

    def serve() -> None:
        chance = random.Random(2)
        with closing(Database(shelf.folder / LEDGER)) as database:
            requests = Requests(database, Caps())
            while not stop.is_set():
                name = f"{chance.randrange(150):064x}"
                if requests.get(name) is not None and requests.claim(shelf.wanted(name), shelf.key, shelf.store.size_of).how == KEPT:
                    given.append(name)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        while len(given) < 10:
            time.sleep(0.01)
        chosen = excess(census(shelf.database, shelf.store), 5, 1, shelf.now)
        gone = remove(shelf.database, shelf.store, chosen)
    finally:
        stop.set()
        thread.join()
    assert gone >= 150
    assert all(shelf.store.has_answer(name) for name in given)


@pytest.mark.service
def test_a_clock_that_was_just_set_makes_nothing_old(tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of a machine without a battery begins in 1970, or years ahead, until the network tells the time."""
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        assert house.convert(anna, line(1)).status_code == 200
        store, real = house.house.work.store, time.time
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", lambda: real() + 100 * DAY)
        rounds = list[float]()
        wrong.setattr(keeping, "prune", lambda *values: (rounds.append(values[2]), prune(*values))[1])
        with running_house(tmp_path, account) as house:
            wait_for(lambda: rounds)
            assert house.convert(anna, line(1)).headers["takevoice-answer"] == "kept"
    monkeypatch.setattr(house_module, "PRUNE", 0.2)
    with running_house(tmp_path, account) as house:
        with house.database.write() as db:
            db.execute("UPDATE requests SET used = ?, done = ?", (real() - 40 * DAY,) * 2)
        wait_for(lambda: not list(store.answers()))
        assert len(account.history) == 1


def test_the_clock_is_compared_with_one_that_nothing_sets() -> None:
    wall, steady = [1000.0], [5.0]
    clock = WallClock(lambda: wall[0], lambda: steady[0])
    seen = [clock.was_steady()]
    for its, real in ((3600, 3600), (3600 + 100 * DAY, 3600), (3600, 3600), (-100 * DAY, 3600), (3650, 3600)):
        wall[0], steady[0] = wall[0] + its, steady[0] + real
        seen.append(clock.was_steady())
    assert seen == [False, True, False, True, False, True]


@pytest.mark.service
def test_the_owner_sees_the_room_and_removes_what_is_old(command: Command, account: PaidAccount, say: Callable[..., str]) -> None:
    with running_house(command.state, account) as house:
        anna = house.keys.add("anna")
        for number in range(3):
            assert house.convert(anna, line(number)).status_code == 200
        with house.database.write() as db:
            db.execute("UPDATE requests SET used = used - 20 * 86400, done = done - 20 * 86400 WHERE rowid > 1")
        assert "3 answers, 0.1 MB kept, at most 500 GB (keep_gb) and until not used for 30 days (keep_days)" in say("house")
        assert "not used for 30 days, or beyond 500 GB, nor in the last hour: 0 answers" in say("house", "prune")
        counted = say("house", "prune", "--unused-for", 10)
        assert "not used for 10 days, or beyond 500 GB, nor in the last hour: 2 answers, 0.1 MB" in counted
        assert "they have cost 34 credits: whatever of it is asked for again will be paid again" in counted
        assert "--yes removes them" in counted
        assert house.convert(anna, line(2)).headers["takevoice-answer"] == "kept", "it was only counted"
        assert "1 removed" in say("house", "prune", "--unused-for", 10, "--yes")
        assert "2 answers" in say("house")
        how = {number: house.convert(anna, line(number)).headers["takevoice-answer"] for number in range(3)}
        assert how == {0: "kept", 1: "made", 2: "kept"}
        assert "must be numbers" in command("house", "prune", "--to", -1, check=2).stderr


@pytest.fixture
def say(command: Command) -> Callable[..., str]:
    return lambda *words: " ".join(command(*words).stdout.split())  # whatever the width of the terminal
