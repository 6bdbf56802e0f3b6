"""SIGTERM: what is under way is finished or left for the next start, and the daemon ends in time."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from daemon.paid import Shop, results, sent
from support import Command, make_take, wait_for

pytestmark = pytest.mark.process


def test_sigterm_stops_at_once_and_leaves_the_job_for_the_next_start(
    gated: Command, gate: Path, folder: Path
) -> None:
    make_take(folder / "take.wav")
    with gated.daemon(folder) as daemon:
        wait_for(lambda: sent(gate) == ["take.wav"])
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(10) == 0
        assert time.monotonic() - began < 10
    assert gated.states() == {"take.wav": "queued"}
    gate.touch()
    gated("run", "--once", folder)
    assert gated.states() == {"take.wav": "done"}


def test_sigterm_waits_for_a_paid_answer(shop: Shop, folder: Path) -> None:
    (shop.here / "gate").unlink()
    with shop.daemon(folder) as daemon:
        make_take(folder / "a.wav")
        make_take(folder / "b.wav", seed=1)
        wait_for(lambda: len(shop.sent) == 1)
        daemon.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "stopping" in daemon.log())
        (shop.here / "gate").touch()
        assert daemon.process.wait(10) == 0
    assert len(shop.sent) == 1
    with shop.daemon(folder):
        wait_for(lambda: len(results(folder)) == 2)
    assert sorted(shop.sent) == ["a.wav", "b.wav"]


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_sigterm_ends_within_ten_seconds_and_a_second_one_at_once(
    shop: Shop, folder: Path, again: bool
) -> None:
    (shop.here / "gate").unlink()
    with shop.daemon(folder) as daemon:
        make_take(folder / "take.wav")
        wait_for(lambda: shop.sent == ["take.wav"])
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        if again:
            wait_for(lambda: "stopping" in daemon.log())
            daemon.process.send_signal(signal.SIGTERM)
        daemon.process.wait(12)
        assert time.monotonic() - began < (2 if again else 11)
    with shop.daemon(folder):
        wait_for(lambda: shop.states() == {"take.wav": "held"})


@pytest.mark.parametrize("slow", ["accept_file", "restore_audio"])
def test_it_ends_within_ten_seconds_whatever_waits(shop: Shop, folder: Path, slow: str) -> None:
    arguments = {"accept_file": "path", "restore_audio": "job, take, converted"}[slow]
    seconds = {"accept_file": 0.6, "restore_audio": 25}[slow]
    shop.plugin(
        "slow",
        f"import time\nfrom takevoice import hookimpl\n\n@hookimpl\ndef {slow}({arguments}):\n    time.sleep({seconds})\n",
    )
    shop.money("first_look = false\nmany = 1000")
    take = make_take(shop.here / "take.wav", 0.05, 8_000)
    with shop.daemon(folder) as daemon:
        for n in range(160 if slow == "accept_file" else 6):
            make_take(shop.here / "new.wav", 0.05, 8_000, seed=n).rename(folder / f"{n}.wav")
        wait_for(lambda: len(shop.jobs()) > 5)
        if slow == "restore_audio":
            wait_for(lambda: list(shop.states().values()).count("restoring") >= 5)
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        daemon.process.wait(30)
        assert time.monotonic() - began < 10.5
    assert take.exists()
