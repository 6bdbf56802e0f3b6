"""Kept answers whose files were cut, changed or lost since: noticed when they are asked for, and not paid again without a decision."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from plugins.house.conftest import code_of, line
from plugins.house.houses import HouseProcess, RunningHouse, running_house
from plugins.house.paid_account import PaidAccount
from support import wait_for
from takevoice_plugins.house import verdicts
from takevoice_plugins.house.keeping import LEDGER, house_folder, prune
from takevoice_plugins.house.options import HouseOptions

pytestmark = pytest.mark.service
Rot = Callable[[Path], None]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1  # one bit, as discs do
    path.write_bytes(data)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


ROTS = pytest.mark.parametrize("rot", [cut, changed, emptied, gone])


def the_answer(state: Path) -> Path:
    (path,) = state.glob("house/answers/*/*")
    return path


@ROTS
def test_it_comes_from_the_history(tmp_path: Path, account: PaidAccount, rot: Rot) -> None:
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(8) as threads:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        first = house.convert(anna, line(1))
        rot(the_answer(tmp_path))
        answers = list(threads.map(lambda _: house.convert(bob, line(1)), range(8)))
        assert {(each.status_code, each.content) for each in answers} == {(200, first.content)}
        assert {each.headers["character-cost"] for each in answers} == {"0"}
        assert house.convert(anna, line(1)).headers["takevoice-answer"] == "kept"
        assert len(account.history) == 1
        assert house.overview.costs("person") == [{"name": "anna", "credits": 17, "reserved": 0, "requests": 1}]


@ROTS
def test_what_the_history_does_not_have_is_held_and_the_owner_decides(tmp_path: Path, account: PaidAccount, rot: Rot) -> None:
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(4) as threads:
        anna, bob = house.keys.add("anna"), house.keys.add("bob", cap=10)
        house.convert(anna, line(1))
        rot(the_answer(tmp_path))
        account.history_lag = 1e9
        answers = list(threads.map(lambda _: house.convert(bob, line(1)), range(4)))
        assert {(each.status_code, code_of(each)) for each in answers} == {(409, "outcome_unknown")}
        assert len(account.history) == 1
        [row] = house.overview.queue()
        assert "its kept answer is damaged" in row["why"]
        house.overview.decide(row["id"], "release")
        wait_for(lambda: house.overview.queue() == [])
        again = house.convert(bob, line(1))
        assert (again.headers["takevoice-answer"], again.content) == ("kept", account.history[1].answer)
        assert len(account.history) == 2
        assert house.overview.costs("person")[0]["credits"] == 34


@ROTS
def test_what_costs_nothing_is_made_again(tmp_path: Path, rot: Rot) -> None:
    with running_house(tmp_path) as house:
        anna = house.keys.add("anna")
        first = house.convert(anna, line(1), "george")
        rot(the_answer(tmp_path))
        again = house.convert(anna, line(1), "george")
        assert (again.status_code, again.headers["takevoice-answer"]) == (200, "made")
        assert len(again.content) == len(first.content)
        assert house.convert(anna, line(1), "george").headers["takevoice-answer"] == "kept"


def test_a_bad_sector_counts_as_rot_and_a_file_that_is_refused_does_not(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        first, path, digest_of = house.convert(anna, line(1)), the_answer(tmp_path), verdicts.digest_of
        for number, status in ((errno.EACCES, 503), (errno.EIO, 200)):

            def fails(asked: Path, number: int = number) -> str:
                if asked == path and not list(path.parents[2].glob("unusable/*")):
                    raise OSError(number, "as the system says")
                return digest_of(asked)

            with monkeypatch.context() as disk:
                disk.setattr(verdicts, "digest_of", fails)
                assert house.convert(anna, line(1)).status_code == status
        assert house.convert(anna, line(1)).content == first.content
        assert len(account.history) == 1


def test_answers_of_earlier_versions_have_no_checksum_and_must_be_usable(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        first = house.convert(anna, line(1, 2.0))
        with house.database.write() as db:
            db.execute("UPDATE requests SET digest = ''")
        assert house.convert(anna, line(1, 2.0)).content == first.content
        with house.database.write() as db:
            db.execute("UPDATE requests SET digest = ''")
        path = the_answer(tmp_path)
        path.write_bytes(path.read_bytes()[:20_000])
        assert house.convert(anna, line(1, 2.0)).content == first.content
        assert len(account.history) == 1


@pytest.mark.parametrize("in_history", [True, False])
def test_an_answer_that_an_older_copy_of_the_ledger_does_not_know_must_be_usable(
    tmp_path: Path, account: PaidAccount, in_history: bool
) -> None:
    account.history_lag = 0.0 if in_history else 1e9
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("bob")
        older = sqlite3.connect(":memory:")
        house.database._connection.backup(older)
        house.convert(anna, line(1, 2.0))
    with closing(sqlite3.connect(house_folder(tmp_path) / LEDGER)) as file:
        older.backup(file)
    path = the_answer(tmp_path)
    path.write_bytes(path.read_bytes()[:20_000])
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        assert (house.convert(anna, line(1, 2.0)).content == account.history[0].answer) is in_history
        assert len(house.overview.queue()) == (not in_history)
        assert len(account.history) == 1


def test_what_was_being_removed_as_old_is_made_again_and_is_not_lost(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, HouseOptions(history_wait=0)) as house:
        anna, store = house.keys.add("anna"), house.house.work.store
        house.convert(anna, line(1))
        with house.database.write() as db:
            db.execute("UPDATE requests SET used = 0, done = 0")
        drop = store.drop_answer

        def killed(content: str) -> None:
            drop(content)
            raise KeyboardInterrupt

        store.drop_answer = killed  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            prune(house.database, store, 30, 1)
        store.drop_answer = drop  # type: ignore[method-assign]
        assert house.convert(anna, line(1)).headers["takevoice-answer"] == "made"
        assert len(account.history) == 2


@pytest.mark.process
def test_files_that_rot_while_the_house_is_down(tmp_path: Path, account: PaidAccount) -> None:
    """Real files, a real process: one cut, one changed, one gone; then what the history has is given, and the rest is held."""
    house = HouseProcess(tmp_path, account, "history_wait = 0\n")
    house.start()
    try:
        client = RunningHouse(house.url, house.database, None)  # type: ignore[arg-type]
        anna = client.keys.add("anna")
        first = {number: client.convert(anna, line(number)).content for number in range(4)}
        rows = house.database.rows("SELECT content, upstream FROM requests ORDER BY created")
        house.kill()
        for rot, row in zip((cut, changed, gone), rows, strict=False):
            rot(house_folder(house.cli.state) / "answers" / row["content"][:2] / row["content"])
        account.history[1:2] = []  # the account does not have the changed one any more
        house.start()
        answers = {number: client.convert(anna, line(number)) for number in range(4)}
        assert {number: each.status_code for number, each in answers.items()} == {0: 200, 1: 409, 2: 200, 3: 200}
        assert all(answers[number].content == first[number] for number in (0, 2, 3))
        assert len(account.history) == 3
        assert [row["state"] for row in client.overview.queue()] == ["held"]
    finally:
        house.close()
