"""Caps of keys, projects and the house hold, also when all come at once and the price changes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from plugins.house.conftest import code_of, line
from plugins.house.houses import running_house
from plugins.house.paid_account import PaidAccount
from support import wait_for
from takevoice.errors import LedgerError
from takevoice_plugins.house.options import HouseOptions

pytestmark = pytest.mark.service


def test_caps_hold_for_key_project_and_house_also_when_all_come_at_once(tmp_path: Path, account: PaidAccount) -> None:
    options = HouseOptions(per_day=100, projects={"dune": 50})
    with running_house(tmp_path, account, options) as house, ThreadPoolExecutor(20) as threads:
        anna = house.keys.add("anna", cap=44)
        bob, eve = house.keys.add("bob", project="dune"), house.keys.add("eve")

        def ask(key: str, first: int) -> Callable[[int], httpx.Response]:
            return lambda number: house.convert(key, line(first + number))  # 16.7 credits each

        for key, first, allowed, whose in ((anna, 0, 2, "that anna may use"), (bob, 100, 2, "project dune"), (eve, 200, 1, "the house")):
            answers = list(threads.map(ask(key, first), range(10)))
            good = [answer for answer in answers if answer.status_code == 200]
            bad = [answer for answer in answers if answer.status_code != 200]
            assert len(good) == allowed
            assert {(answer.status_code, code_of(answer)) for answer in bad} == {(402, "over_cap")}
            assert whose in bad[0].json()["detail"]["message"]
        assert sum(each.credits for each in account.history) <= 100
        assert house.overview.used_today() == {"anna": 34, "bob": 34, "eve": 17}
        answers = [house.convert(eve, line(number)) for number in range(10)]
        kept = [answer for answer in answers if answer.status_code == 200]
        assert [answer.headers["takevoice-answer"] for answer in kept] == ["kept", "kept"], "what is kept costs nothing"


def test_what_no_cap_allows_is_refused_before_its_turn(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 1, (1.0, 1.0)
    with running_house(tmp_path, account, HouseOptions(slots=1)) as house, ThreadPoolExecutor(2) as threads:
        anna = house.keys.add("anna", cap=50)
        first = [threads.submit(house.convert, anna, line(number)) for number in range(2)]
        wait_for(lambda: len(house.overview.queue()) == 2)
        assert code_of(house.convert(anna, line(3))) == "over_cap"
        assert len(house.overview.queue()) == 2, "nothing was answered yet"
        assert [each.result().status_code for each in first] == [200, 200]


def test_a_new_key_is_no_new_cap_and_another_project_no_way_around_one(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, HouseOptions(projects={"dune": 44})) as house:
        anna = house.keys.add("anna", cap=26)
        assert house.convert(anna, line(1)).status_code == 200
        house.keys.revoke("anna")
        for again in ("ANNA", "anna"):
            anna = house.keys.add(again, cap=26)
            assert code_of(house.convert(anna, line(2))) == "over_cap"
            house.keys.revoke("anna")
        bob, boss = house.keys.add("bob", project="dune"), house.keys.add("boss", kind="admin", project="dune")
        for number, project, code in ((3, "", ""), (4, "dune", ""), (5, "", "over_cap"), (5, "Dune", "other_project"), (5, "x", "other_project")):
            answer = house.convert(bob, line(number), headers={"takevoice-project": project} if project else {})
            assert (code_of(answer) if code else answer.status_code) == (code or 200)
        assert code_of(house.convert(boss, line(5), headers={"takevoice-project": "DUNE"})) == "over_cap", "however it is written"
        assert house.convert(boss, line(5), headers={"takevoice-project": "x"}).status_code == 200
        assert len(account.history) == 4


def test_caps_hold_at_another_price_once_it_is_known(tmp_path: Path, account: PaidAccount) -> None:
    account.price = 2000.0
    for _ in range(2):  # the second house knows it from the ledger
        with running_house(tmp_path, account, HouseOptions(per_day=100)) as house, ThreadPoolExecutor(8) as threads:
            anna = house.keys.add("anna")
            assert house.convert(anna, line(1)).status_code == 200
            statuses = list(threads.map(lambda number, house=house, key=anna: house.convert(key, line(number)).status_code, range(2, 10)))
            assert set(statuses) <= {200, 402}
            assert 66 <= sum(each.credits for each in account.history) <= 100  # 34 are reserved for each, which costs 33
            house.keys.revoke("anna")


def test_a_restart_does_not_forget_the_price(tmp_path: Path, account: PaidAccount) -> None:
    account.price, account.seconds = 3000.0, (0.5, 0.5)
    with running_house(tmp_path, account) as house:
        assert house.convert(house.keys.add("anna"), line(1)).headers["character-cost"] == "50"
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(house.convert, house.keys.add("bob"), line(2))
        [row] = wait_for(house.overview.queue)
        assert row["credits"] >= 50
        assert answer.result().status_code == 200


def test_no_cap_is_exceeded_by_what_waits_while_the_price_rises(tmp_path: Path, account: PaidAccount) -> None:
    """All are accepted at the documented price; it rises by half while most of them wait."""
    account.seconds, account.slots = (0.05, 0.15), 8
    with running_house(tmp_path, account, HouseOptions(per_day=400, slots=8)) as house, ThreadPoolExecutor(30) as threads:
        keys = [house.keys.add(f"editor{number}", cap=90) for number in range(6)]
        asked = [threads.submit(house.convert, keys[number % 6], line(number, 0.5 + number % 8 * 0.2)) for number in range(60)]
        wait_for(lambda: len(account.history) >= 2)
        account.price = 1500.0
        assert {each.result().status_code for each in asked} == {200, 402}
        said = [each.result().json()["detail"]["message"] for each in asked if each.result().status_code == 402]
        assert all("may use today are used" in each for each in said)
        assert 0.7 * 400 < sum(each.credits for each in account.history) <= 400
        assert all(used <= 90 for used in house.overview.used_today().values())
        assert sum(house.overview.used_today().values()) == sum(each.credits for each in account.history)


def test_a_price_that_leaps_exceeds_a_cap_by_one_request_at_most(tmp_path: Path, account: PaidAccount) -> None:
    """All are accepted, and the first eight sent, at the documented price; it leaps when half of the cap is used."""
    account.seconds, account.slots = (0.3, 0.4), 8
    with running_house(tmp_path, account, HouseOptions(per_day=1000, slots=8)) as house, ThreadPoolExecutor(40) as threads:
        keys = [house.keys.add(f"editor{number}") for number in range(4)]
        asked = [threads.submit(house.convert, keys[number % 4], line(number)) for number in range(60)]
        wait_for(lambda: len(account.history) >= 30)
        account.price = 9000.0
        assert {each.result().status_code for each in asked} == {200, 402}
        billed = [each.credits for each in account.history]
        assert 1000 - 2 * max(billed) < sum(billed) < 1000 + max(billed)
        assert sum(house.overview.used_today().values()) == sum(billed)


def test_what_the_owner_releases_is_sent_at_any_price(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, HouseOptions(per_day=30)) as house:
        anna, account.cut = house.keys.add("anna"), 1
        assert code_of(house.convert(anna, line(1), logging=False)) == "outcome_unknown"
        assert code_of(house.convert(anna, line(2))) == "over_cap"
        house.overview.decide(house.overview.queue()[0]["id"], "release")
        wait_for(lambda: not house.overview.queue())
        assert len(account.history) == 2


def test_an_answer_that_a_kill_left_without_a_row_counts_as_it_was_billed(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise LedgerError("killed")

    account.price = 1500.0
    with ThreadPoolExecutor(1) as threads, running_house(tmp_path, account) as house:
        monkeypatch.setattr(house.house.work.requests, "finish", killed)
        threads.submit(house.convert, house.keys.add("anna"), line(1))
        wait_for(lambda: list(house.house.work.store.answers()))
    with running_house(tmp_path, account) as house:
        wait_for(lambda: not house.overview.queue())
        assert house.overview.used_today() == {"anna": 25}
        assert house.convert(house.keys.add("bob"), line(1)).headers["takevoice-saved"] == "25"
        assert len(account.history) == 1
