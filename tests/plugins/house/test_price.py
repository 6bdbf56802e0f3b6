"""What a request is expected to cost is at least what it costs, once the account's price is known, however that is rounded."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from takevoice_plugins.house.price import Price


@pytest.mark.parametrize("rounding", [round, math.ceil])
@pytest.mark.parametrize("per_minute", [1100.0, 1500.0, 2000.0])
def test_a_dearer_price_is_not_underestimated(per_minute: float, rounding: Callable[[float], int]) -> None:
    lengths = [1.0 + 0.1 * number for number in range(90)]
    for learned in lengths:
        price = Price([(learned, rounding(learned * per_minute / 60))])
        if price.of(60.0) > 1000:  # else it is not certain yet that it is dearer
            assert all(price.of(seconds) >= math.floor(seconds * per_minute / 60) for seconds in lengths)
            assert price.of(60.0) <= 1.05 * per_minute + 60 * 1.5 / learned


def test_the_highest_of_the_last_bills_counts_until_twenty_have_come() -> None:
    price = Price([(6.0, 100.0), (6.0, 200.0)])
    assert 2000 <= price.of(60.0) <= 2010
    price.learn(6.0, 300.0)
    assert 3000 <= price.of(60.0) <= 3010
    for _ in range(20):
        price.learn(6.0, 100.0)
    assert price.of(60.0) == 1000


def test_the_documented_price_is_no_dearer_for_its_rounding() -> None:
    price = Price((seconds, math.ceil(seconds * 1000 / 60)) for seconds in (1.0, 1.3, 2.7, 9.9))
    assert price.of(60.0) == 1000
