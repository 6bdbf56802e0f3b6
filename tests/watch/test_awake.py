"""A machine that sleeps, or a process that is suspended, in the quiet time of a file: nothing is judged by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import make_take, wait_for
from takevoice.watch.awake import LONGEST, AwakeClock
from watch.ear import Ear, Start


def test_only_time_between_readings_that_follow_each_other_counts() -> None:
    now = [100.0]
    clock = AwakeClock(lambda: now[0])
    for step, counted in ((1.0, 1.0), (0.5, 1.5), (8 * 3600.0, 1.5 + LONGEST), (-5.0, 1.5 + LONGEST), (1.0, 2.5 + LONGEST)):
        now[0] += step
        assert clock() == counted


def test_a_copy_that_slept_with_the_machine_does_not_fail(
    watch: Start, ear: Ear, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: the steady clock is hours ahead when the machine wakes, and the copy continues."""
    import time

    real, slept = time.monotonic, [0.0]
    monkeypatch.setattr("takevoice.watch.following.AwakeClock", lambda: AwakeClock(lambda: real() + slept[0]))
    watch(quiet=0.2, give_up=20.0)
    whole = make_take(folder.parent / "whole.wav").read_bytes()
    take = folder / "take.wav"
    take.write_bytes(whole[: len(whole) // 2])
    wait_for(lambda: ear.heard("found", take))
    slept[0] += 8 * 3600.0
    time.sleep(0.5)
    assert [kind for kind, _ in ear.events] == ["found"]
    with take.open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    wait_for(lambda: ear.heard("settled", take))
    assert [kind for kind, _ in ear.events][:2] == ["found", "settled"]  # a late event may come after that
