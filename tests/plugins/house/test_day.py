"""The short form of tests/bench/house_day.py: two days at the limit of the caps."""

from __future__ import annotations

import datetime
import time
from contextlib import closing
from pathlib import Path

import pytest

from bench.house_day import DAYS, simulate
from takevoice_plugins.house.caps import CapExceeded, Caps, today
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import Keys
from takevoice_plugins.house.requests import Requests
from takevoice_plugins.house.rows import PAID, Wanted


@pytest.mark.parametrize("dearer", [1.0, 1.5])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_cap_is_exceeded_and_nothing_that_was_billed_is_forgotten(tmp_path: Path, seed: int, dearer: float) -> None:
    day = simulate(tmp_path, 9, 80, seed, dearer)
    house = [billed for (_, kind, _), billed in day.bill.by.items() if kind == "house"]
    assert len(house) == DAYS
    assert all(billed > 0.9 * (day.caps.house or 0) for billed in house), "the caps are reached"
    assert day.bill.events["refused by a cap"] > 100
    assert day.bill.events["kill"] > 20


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has its time zone from the system")
def test_days_are_those_of_the_servers_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    dates = set[str]()
    for zone, hours in (("<+14>-14", 14), ("<-12>+12", -12)):  # of these two, one has another date than UTC
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        dates.add(today())
        local = datetime.timezone(datetime.timedelta(hours=hours))
        assert today() == datetime.datetime.now(local).date().isoformat()
    monkeypatch.undo()
    time.tzset()
    assert len(dates) == 2


def test_a_request_counts_for_the_day_on_which_it_was_accepted(tmp_path: Path) -> None:
    """Also where it is dearer when it is sent, after midnight."""
    day = ["2026-03-02"]
    with closing(Database(tmp_path / "house.sqlite3")) as database:
        keys, requests = Keys(database), Requests(database, Caps(100, today=lambda: day[0]))
        key = keys.find(keys.add("anna"))
        assert key is not None
        for name, credits_ in (("a", 20), ("b", 30)):
            requests.claim(Wanted(name, PAID, '{"voice_id": "v"}', False, False, 1.0, credits_, 48_000, 1, "", ""), key, lambda _: None)
        requests.sending("a", 20)
        requests.finish("a", "u", 40, 1)
        day[0] = "2026-03-03"
        with pytest.raises(CapExceeded):
            requests.sending("b", 50)
        assert requests.sending("b", 30) is not None
        assert requests.sending("b", 30) is None, "it is under way"
        requests.finish("b", "u", 45, 1)
        spent = database.rows("SELECT day, SUM(credits) AS credits FROM charges GROUP BY 1")
        assert [tuple(row) for row in spent] == [("2026-03-02", 85)]
