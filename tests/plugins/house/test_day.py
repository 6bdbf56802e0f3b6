"""The short form of tests/bench/house_day.py: two days at the limit of the caps."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

import pytest

from bench.house_day import DAYS, simulate
from takevoice_plugins.house.caps import today


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
