"""What the service refuses, and what a house gives all the same: what it has kept."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from account import Refusal
from plugins.house.conftest import code_of, line
from plugins.house.houses import running_house
from plugins.house.paid_account import PaidAccount
from support import wait_for
from takevoice_plugins.house import listings, paid
from takevoice_plugins.house.options import HouseOptions

pytestmark = pytest.mark.service


def test_a_refusal_of_the_service_reaches_the_station_and_costs_no_cap(tmp_path: Path, account: PaidAccount) -> None:
    account.refusal = Refusal(403, "output_format_not_allowed")
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna", cap=26)
        refused = house.convert(anna, line(1))
        assert (refused.status_code, code_of(refused)) == (403, "output_format_not_allowed")
        assert house.overview.used_today() == {}
        account.refusal = None
        assert house.convert(anna, line(1)).status_code == 200


@pytest.mark.parametrize(("status", "code"), [(401, "invalid_api_key"), (401, "quota_exceeded")])
def test_what_concerns_the_houses_own_key_is_no_refusal_of_the_persons(
    tmp_path: Path, account: PaidAccount, status: int, code: str
) -> None:
    account.refusal = Refusal(status, code)
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna", cap=26)
        for _ in range(2):
            closed = house.convert(anna, line(1))
            assert (closed.status_code, code_of(closed)) == (503, "upstream_closed")
            assert int(closed.headers["retry-after"]) > 0
        assert len(account.refused) == 1, "a house that is closed asks nothing of the service"
        assert house.overview.used_today() == {}


def test_what_is_kept_is_given_while_the_service_refuses_the_house(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        answer = house.convert(anna, line(1)).content
        account.refusal = Refusal(401, "quota_exceeded")
        assert code_of(house.convert(anna, line(2))) == "upstream_closed"
        kept = house.convert(house.keys.add("bob"), line(1))
        assert (kept.status_code, kept.content, kept.headers["takevoice-answer"]) == (200, answer, "kept")
        for path in tmp_path.rglob(house.database.rows("SELECT content FROM requests WHERE state = 'done'")[0]["content"]):
            path.unlink()
        assert code_of(house.convert(anna, line(1))) == "upstream_closed", "its file is gone: it has to be made again"
        assert len(account.refused) == 1


def test_lists_are_there_while_the_service_refuses_the_house(tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "FRESH", 0.0)
    with running_house(tmp_path, account) as house:
        head = {"xi-api-key": house.keys.add("anna")}
        before = httpx.get(f"{house.url}/v2/voices", headers=head).json()
        plan = httpx.get(f"{house.url}/v1/user/subscription", headers=head).json()
        assert httpx.get(f"{house.url}/v1/user", headers=head).json()["subscription"] == plan
        account.lookup_refusal = Refusal(401, "invalid_api_key")
        assert httpx.get(f"{house.url}/v2/voices", headers=head).json() == before
        assert httpx.get(f"{house.url}/v1/models", headers=head).status_code == 503, "which it has never had"


def test_nothing_is_paid_for_while_its_answer_would_have_no_room(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = threading.Event()
    real = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=10) if full.is_set() else real(path))
    monkeypatch.setattr(paid, "DISK_PAUSE", 0.1)
    account.slots, account.says_slots, account.seconds = 1, False, (0.5, 0.5)
    with running_house(tmp_path, account, HouseOptions(slots=1)) as house, ThreadPoolExecutor(2) as threads:
        anna = house.keys.add("anna")
        first = threads.submit(house.convert, anna, line(1))
        wait_for(lambda: account.under_way == 1)
        second = threads.submit(house.convert, anna, line(2))
        wait_for(lambda: len(house.overview.queue()) == 2)
        full.set()
        refused = house.convert(anna, line(3))
        assert (refused.status_code, code_of(refused)) == (503, "no_room")
        assert int(refused.headers["retry-after"]) > 0
        assert first.result().status_code == 200
        assert len(account.history) == 1
        full.clear()
        assert second.result().status_code == 200
        assert house.convert(anna, line(3)).status_code == 200
