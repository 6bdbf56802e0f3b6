"""The short form of tests/bench/house_day.py: two days at the limit of the caps."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.house_day import DAYS, simulate


@pytest.mark.parametrize("dearer", [1.0, 1.5])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_cap_is_exceeded_and_nothing_that_was_billed_is_forgotten(tmp_path: Path, seed: int, dearer: float) -> None:
    day = simulate(tmp_path, 9, 80, seed, dearer)
    house = [billed for (_, kind, _), billed in day.bill.by.items() if kind == "house"]
    assert len(house) == DAYS
    assert all(billed > 0.9 * (day.caps.house or 0) for billed in house), "the caps are reached"
    assert day.bill.events["refused by a cap"] > 100
    assert day.bill.events["kill"] > 20
