"""What is only shown: it adds up nothing anew that it has just added up, and never delays a request."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import httpx
import pytest

from plugins.house.conftest import line
from plugins.house.houses import running_house
from plugins.house.paid_account import PaidAccount
from takevoice import errors
from takevoice_plugins.house import reading
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.overview import Overview
from takevoice_plugins.house.reading import Reading


def test_a_sum_that_took_long_is_good_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, calls = [100.0], []
    monkeypatch.setattr(reading.time, "monotonic", lambda: now[0])
    ledger = Database(tmp_path / "house.sqlite3")
    read = Reading(ledger)

    def added_up(what: str) -> int:
        calls.append(what)
        now[0] += 2.0
        return len(calls)

    assert [read.sums(added_up, "a"), read.sums(added_up, "a"), read.sums(added_up, "b")] == [1, 1, 2]
    now[0] += 90.0
    assert read.sums(added_up, "a") == 1
    now[0] += 10.0
    assert read.sums(added_up, "a") == 3
    read.close()
    ledger.close()


@pytest.mark.service
def test_a_long_look_delays_no_request(tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    looking, done = threading.Event(), threading.Event()

    def costs(*_: object) -> list[object]:
        looking.set()
        assert done.wait(30)
        return []

    monkeypatch.setattr(Overview, "costs", costs)
    with running_house(tmp_path / "house", account) as house:
        admin, anna = house.keys.add("boss", kind="admin"), house.keys.add("anna")
        answers: list[int] = []
        ask = threading.Thread(target=lambda: answers.append(httpx.get(f"{house.url}/house/v1/overview", headers={"xi-api-key": admin}, timeout=40).status_code))
        ask.start()
        assert looking.wait(20)
        assert house.convert(anna, line(1)).status_code == 200
        assert answers == []
        done.set()
        ask.join(30)
        assert answers == [200]


def test_sums_of_today_are_those_of_the_charges(tmp_path: Path) -> None:
    """Also after charges were changed and taken back."""
    from plugins.house.full_house import fill

    ledger = Database(tmp_path / "house.sqlite3")
    fill(ledger)
    with ledger.write() as db:
        db.execute("UPDATE charges SET credits = credits + 0.1, billed = 1 WHERE rowid % 3 = 0")
        db.execute("DELETE FROM charges WHERE rowid % 7 = 0")
    read = Reading(ledger)
    for by, column in (("person", "(SELECT name FROM keys WHERE id = charges.key)"), ("project", "project")):
        wanted = {row[0]: row[1] for row in ledger.rows(f"SELECT {column}, SUM(credits) FROM charges GROUP BY 1")}
        assert asyncio.run(read.call(read.overview.used_today, by)) == pytest.approx(wanted)
    read.close()
    ledger.close()


def test_a_server_that_stops_does_not_wait_for_a_long_look(tmp_path: Path) -> None:
    ledger = Database(tmp_path / "house.sqlite3")
    read = Reading(ledger)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"

    async def stop_meanwhile() -> None:
        look = asyncio.ensure_future(read.call(read.database.rows, endless))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(read.close)
        with pytest.raises(errors.LedgerError, match="interrupted"):
            await look

    asyncio.run(asyncio.wait_for(stop_meanwhile(), 20))
    ledger.close()
