"""The wall clock is set forward and back between all steps: nothing fails, is held, or is sent twice because of it."""

from __future__ import annotations

import time

import pytest

from pipeline.line import GO_ON, Line
from support import make_take

DAY = 24 * 3600.0


@pytest.mark.parametrize("jumps", [(DAY, -DAY), (-400 * DAY, 0.0), (0.0, 30 * DAY), (-3600.0, 7200.0)])
def test_takes_are_converted_once_whatever_the_clock_says(
    line: Line, monkeypatch: pytest.MonkeyPatch, jumps: tuple[float, ...]
) -> None:
    real, ahead = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])
    line.set("[money]\nper_day = 100\n")
    for n, jump in enumerate((0.0, *jumps)):
        ahead[0] = jump
        line.drop(make_take(line.folder / f"{n}.wav", 0.3, seed=n))
        ahead[0] = -jump
        job = line.ledger.jobs.claim("daemon")
        assert job is not None
        ahead[0] = 2 * jump
        converted = line.step(job, lambda each: line.conversion.run(each, GO_ON))
        assert converted is not None
        ahead[0] = 0.0
        line.step(converted, line.restoration.run)
    assert set(line.states().values()) == {"done"}
    assert line.backend.sent == [f"{n}.wav ada" for n in range(len(jumps) + 1)]
