"""Killed, stopped, cancelled, tried again: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from daemon.paid import sent
from support import FAST, Command, make_take, wait_for

pytestmark = pytest.mark.process


def test_a_killed_daemon_goes_on_where_it_was(gated: Command, gate: Path, folder: Path) -> None:
    for n in range(6):
        make_take(folder / f"{n}.wav", 0.3, seed=n)
    with gated.daemon(folder) as daemon:
        wait_for(lambda: "converting" in gated.states().values())
        daemon.kill()
    gate.touch()
    gated("run", "--once", folder)
    assert set(gated.states().values()) == {"done"}
    assert sorted(os.listdir(folder)) == sorted(
        [f"{n}.wav" for n in range(6)] + [f"{n}.ada.wav" for n in range(6)]
    )


def test_killed_again_and_again_it_converts_each_take_once(gated: Command, folder: Path) -> None:
    """SIGKILL at random moments; in the end there is exactly one whole result for each take, and nothing else."""
    gated.config(f'backend = "gated"\nconversions = 2\n{FAST}'.replace("0.2", "0.05"))
    count, chance = 20, random.Random(1)
    for n in range(count):
        make_take(folder / f"{n}.wav", 0.3, seed=n)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for _ in range(6):
        with gated.daemon(folder) as daemon:
            time.sleep(chance.uniform(0.1, 0.8))
            daemon.kill()
    gated("run", "--once", folder)
    assert sorted(os.listdir(folder)) == sorted(
        [f"{n}.wav" for n in range(count)] + [f"{n}.ada.wav" for n in range(count)]
    )
    assert all(path.read_bytes() == content for path, content in before.items())
    assert [job["state"] for job in gated.jobs()] == ["done"] * count
    assert not list((gated.state / "work").iterdir())


def test_what_was_received_is_used_and_not_paid_again(gated: Command, gate: Path, folder: Path) -> None:
    """The result's name is taken away from under it: what the backend sent stays until it is published."""
    gate.touch()
    take = make_take(folder / "take.wav")
    out = folder.parent / "gone" / "result.wav"
    gated("convert", take, "--out", out, check=1)
    assert gated.states() == {"take.wav": "failed"}
    out.parent.mkdir()
    gated("retry", "--failed")
    gated("run", "--once", folder)
    assert out.exists()
    assert sent(gate) == ["take.wav"]


def test_a_running_job_is_cancelled_by_another_process(gated: Command, gate: Path, folder: Path) -> None:
    make_take(folder / "take.wav")
    with gated.daemon(folder):
        wait_for(lambda: gated.states() == {"take.wav": "converting"})
        (job,) = gated.jobs()
        assert "asked to stop" in gated("cancel", str(job["id"])).stdout
        wait_for(lambda: gated.states() == {"take.wav": "cancelled"})
        gate.touch()
        # It is not found again, but may be tried again.
        gated("retry", str(job["id"]))
        wait_for((folder / "take.ada.wav").exists)
    assert "no job 99" in gated("cancel", "99", check=1).stdout


def test_a_waiting_job_is_cancelled_at_once(gated: Command, gate: Path, folder: Path) -> None:
    gated.config(
        gated.config_dir.joinpath("takevoice.toml").read_text().replace("scan", "conversions = 1\nscan")
    )
    for n in range(3):
        make_take(folder / f"{n}.wav", seed=n)
    with gated.daemon(folder):
        wait_for(lambda: sorted(gated.states().values()) == ["converting", "queued", "queued"])
        waiting = [str(job["id"]) for job in gated.jobs("--only", "queued")]
        gated("cancel", *waiting)
        gate.touch()
        wait_for(lambda: sorted(gated.states().values()) == ["cancelled", "cancelled", "done"])
    assert len([name for name in os.listdir(folder) if ".ada" in name]) == 1


def test_a_killed_convert_command_is_finished_by_the_daemon(gated: Command, gate: Path, folder: Path) -> None:
    import subprocess

    take = make_take(folder / "take.wav")
    process = subprocess.Popen(
        [*gated.command, "convert", take], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: sent(gate) == ["take.wav"])
    process.kill()
    process.wait()
    gate.touch()
    gated("run", "--once", folder)
    assert (folder / "take.ada.wav").exists()
    assert [job["state"] for job in gated.jobs()] == ["done"]
