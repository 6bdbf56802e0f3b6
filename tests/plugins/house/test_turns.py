"""Whose turn it is, and when each is about done: compared with the queue that deals the turns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takevoice_plugins.house.fair import FairQueue
from takevoice_plugins.house.turns import finish_times


def test_the_order_is_that_of_the_next_turns() -> None:
    queue = FairQueue[str]()
    for owner, item, seconds in (("anna", "a1", 10.0), ("anna", "a2", 10.0), ("bob", "b1", 4.0), ("bob", "b2", 4.0), ("cem", "c1", 1.0)):
        queue.push(owner, item, seconds)
    seen = []
    while order := queue.order():
        seen.append((order[0], queue.pop()))
    assert [owner[0] for owner, _ in seen] == [str(item)[0] for _, item in seen], "who is first gets the turn"
    assert queue.order() == []


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 60), min_size=1), st.integers(1, 3))
def test_each_is_done_about_when_the_fair_queue_gets_there(takes: dict[str, int], seconds: int) -> None:
    queue, left, at, ended = FairQueue[str](), dict(takes), 0.0, {}
    for owner, count in takes.items():
        for _ in range(count):
            queue.push(owner, owner, seconds)
    while (owner := queue.pop()) is not None:
        at += seconds / 4.0
        left[owner] -= 1
        if not left[owner]:
            ended[owner] = at
    about = finish_times({owner: float(count * seconds) for owner, count in takes.items()}, 4.0)
    assert about == pytest.approx(ended, abs=len(takes) * seconds / 4.0 + 1e-6), "within one round of turns"


def test_nothing_is_promised_where_nothing_is_converted() -> None:
    assert finish_times({"anna": 3.0}, 0.0) == {}
    assert finish_times({}, 4.0) == {}
