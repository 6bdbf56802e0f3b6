"""The short form of tests/bench/house_day_live.py: processes, HTTP and midnight at the limit of the caps, with kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.house_day_live import Days, Plan, check, fast_clock


@pytest.mark.process
@pytest.mark.parametrize("dearer", [pytest.param(1.0, marks=pytest.mark.long), 1.5])
def test_no_cap_is_exceeded_by_people_that_ask_all_at_once_while_the_house_is_killed(tmp_path: Path, dearer: float) -> None:
    clock = fast_clock(tmp_path)
    if clock is None:
        pytest.skip("the fast clock needs Linux and a C compiler")
    result = Days(Plan(speed=4320, people=6, lines=15, kills=2, dearer=dearer, clock=clock), tmp_path / "house").run()
    check(result)
    assert sum(result.kills.values()) == 2
    assert result.refused, "a cap is reached"
    assert len(result.days) >= 2, "a midnight is in it"
