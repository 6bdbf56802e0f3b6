"""Short versions of the long runs in tests/bench: crashes, load, damaged files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import crash, fuzz_audio, load

pytestmark = pytest.mark.quality


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.long)])
def test_killed_again_and_again_nothing_is_lost_doubled_or_paid_twice(kills: int) -> None:
    figures = crash.crash(kills, seed=3)
    assert figures.wrong == []
    assert figures.kills == kills
    assert figures.requests >= figures.takes > 1


@pytest.mark.long
def test_many_takes_go_through_in_flat_memory(tmp_path: Path) -> None:
    house = load.House(tmp_path)
    marks = load.through(house, 300, "300 takes")
    assert house.done() == 300
    assert marks[-1].megabytes - marks[1].megabytes < 40


def test_a_large_ledger_is_worked_with(tmp_path: Path) -> None:
    house = load.House(tmp_path)
    load.through(house, 10, "10 takes")
    house.age(100_000)
    load.through(house, 20, "20 takes")
    assert house.done() == 100_030


def test_damaged_audio_is_refused_or_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert fuzz_audio.main(["4000", "--seed", "7"]) == 0
