"""The slots of the account: all are used, none is exceeded, and no client waits for longer than it can."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from plugins.house.conftest import code_of, line
from plugins.house.houses import VOICE, running_house
from plugins.house.paid_account import PaidAccount
from support import wait_for
from takevoice_plugins.house import speech
from takevoice_plugins.house.options import HouseOptions

pytestmark = pytest.mark.service


def test_a_busy_service_is_waited_for_with_fewer_slots(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.says_slots, account.seconds = 2, False, (0.05, 0.1)
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(20) as threads:
        anna = house.keys.add("anna")
        answers = list(threads.map(lambda number: house.convert(anna, line(number, 0.3)), range(20)))
        assert [answer.status_code for answer in answers] == [200] * 20
        assert len(account.history) == 20
        assert account.most == 2
        assert len(account.refused) <= 8, "each refusal lowers the number of slots"
        slots = house.house.paid
        assert slots is not None and slots.slots.limit <= 4


def test_as_many_are_under_way_as_the_service_says(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 9, (0.4, 0.4)
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(20) as threads:
        anna = house.keys.add("anna")
        assert house.convert(anna, line(100, 0.3)).status_code == 200
        answers = list(threads.map(lambda number: house.convert(anna, line(number, 0.3)), range(20)))
        assert [answer.status_code for answer in answers] == [200] * 20
        assert (account.most, account.refused) == (9, []), "all of its slots, and no more"


def test_one_person_with_many_takes_delays_others_by_about_one(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 2, (0.1, 0.1)
    with running_house(tmp_path, account, HouseOptions(slots=2)) as house, ThreadPoolExecutor(48) as threads:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        many = [threads.submit(house.convert, anna, line(number, 0.3)) for number in range(40)]
        wait_for(lambda: len(house.overview.queue()) >= 30)
        before = len(account.history)
        assert house.convert(bob, line(1000, 0.3)).status_code == 200
        meanwhile = len(account.history) - before
        assert meanwhile <= 8, "two under way, and those that begin before the next turn"
        assert all(each.result().status_code == 200 for each in many)
        assert account.refused == [], "the slots of the account are never exceeded"
        assert account.most == 2, "and none is idle while something waits"


def test_more_stations_than_slots_are_never_refused_by_the_service(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 5, (0.05, 0.1)
    with running_house(tmp_path, account, HouseOptions(slots=5)) as house, ThreadPoolExecutor(36) as threads:
        keys = [house.keys.add(f"editor{number}") for number in range(6)]
        answers = list(threads.map(lambda number: house.convert(keys[number % 6], line(number, 0.3)), range(36)))
        assert [answer.status_code for answer in answers] == [200] * 36
        assert account.refused == []
        assert account.most == 5, "no slot is idle while something waits"


def test_a_full_queue_asks_to_come_back_and_then_takes_it(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 1, (0.1, 0.1)
    options = HouseOptions(slots=1, wait=1.0)
    with running_house(tmp_path, account, options) as house, ThreadPoolExecutor(40) as threads:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        answers = list(threads.map(lambda number: house.convert(anna, line(number, 0.5)), range(30)))
        full = [answer for answer in answers if answer.status_code == 429]
        assert full
        assert {code_of(answer) for answer in full} == {"house_queue_full"}
        assert all(int(answer.headers["retry-after"]) >= 5 for answer in full)
        assert house.convert(bob, line(1000, 0.5)).status_code == 200, "the queue of one is not full for others"
        for number in range(30):
            assert house.convert(anna, line(number, 0.5)).status_code == 200
        assert account.billed_twice == []


def test_a_client_is_asked_to_come_back_before_its_patience_ends(tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "PATIENCE", 0.3)
    account.seconds = (1.0, 1.0)
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        for path in ("", "/stream"):
            early = house.convert(anna, line(1), path=path)
            assert (early.status_code, code_of(early), early.headers["retry-after"]) == (503, "still_converting", "1")
        wait_for(lambda: not house.overview.queue())
        assert house.convert(anna, line(1)).headers["takevoice-answer"] == "kept"
        assert len(account.history) == 1


def test_a_client_that_leaves_costs_nothing_twice(tmp_path: Path, account: PaidAccount) -> None:
    account.seconds = (0.5, 0.5)
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{house.url}/v1/speech-to-speech/{VOICE}", params={"output_format": "pcm_16000"}, headers={"xi-api-key": anna},
                files={"audio": line(1)}, timeout=httpx.Timeout(10, read=0.2),
            )  # fmt: skip
        wait_for(lambda: len(account.history) == 1)
        assert house.convert(anna, line(1)).content == account.history[0].answer
        assert len(account.history) == 1
