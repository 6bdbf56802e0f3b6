"""Paid requests whose outcome nobody knows, that are under way at a stop, or that the backend takes no more of."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from daemon.paid import Shop, results
from support import make_take, wait_for

pytestmark = pytest.mark.process

# Unknown outcomes, and none.


def test_an_unknown_outcome_is_held_and_sent_again_only_by_a_person(shop: Shop, folder: Path) -> None:
    (shop.here / "lose").touch()
    shop("convert", make_take(folder / "take.wav"), check=1)
    (job,) = shop.jobs("--held")
    assert "takevoice release 1" in job["error"]["text"]
    shop("run", "--once", folder, check=None)
    assert shop.sent == ["take.wav"]
    (shop.here / "lose").unlink()
    shop("release", "1")
    shop("run", "--once", folder)
    assert shop.sent == ["take.wav"] * 2
    assert results(folder) == ["take.ada.wav"]


def test_killed_while_sending_it_is_held_and_sent_again_only_by_a_person(shop: Shop, folder: Path) -> None:
    (shop.here / "gate").unlink()
    with shop.daemon(folder) as daemon:
        make_take(folder / "take.wav")
        wait_for(lambda: shop.sent == ["take.wav"])
        daemon.kill()
    (shop.here / "gate").touch()
    with shop.daemon(folder):
        wait_for(lambda: shop.states() == {"take.wav": "held"})
        (job,) = shop.jobs()
        assert "may be paid for" in job["error"]["text"]
        assert f"`takevoice release {job['id']}` sends it again" in job["error"]["text"]
        assert shop.sent == ["take.wav"]
        shop("release", job["id"])
        wait_for(lambda: results(folder) == ["take.ada.wav"])
    assert shop.sent == ["take.wav"] * 2


def test_killed_before_it_was_sent_it_goes_on_by_itself(shop: Shop, folder: Path) -> None:
    """The second take waits for the only slot: nothing was sent for it."""
    (shop.here / "gate").unlink()
    with shop.daemon(folder) as daemon:
        make_take(folder / "a.wav")
        wait_for(lambda: shop.sent == ["a.wav"])
        make_take(folder / "b.wav", seed=1)
        wait_for(lambda: shop.states().get("b.wav") == "queued")
        daemon.kill()
    (shop.here / "gate").touch()
    with shop.daemon(folder):
        wait_for(lambda: shop.states() == {"a.wav": "held", "b.wav": "done"})


@pytest.mark.parametrize("killed", ["daemon", "convert"])
def test_a_command_does_not_send_again_what_a_killed_process_has_sent(shop: Shop, folder: Path, killed: str) -> None:
    (shop.here / "gate").unlink()
    take = folder / "take.wav"
    if killed == "daemon":
        with shop.daemon(folder) as daemon:
            make_take(take)
            wait_for(lambda: shop.sent == ["take.wav"])
            daemon.kill()
    else:
        line = [*shop.command, "convert", str(make_take(take))]
        with subprocess.Popen(line, env=os.environ | shop.env, cwd=shop.home) as process:
            wait_for(lambda: shop.sent == ["take.wav"])
            process.kill()
    (shop.here / "gate").touch()
    for _ in range(2):
        told = shop("convert", take, check=1)
        assert shop.sent == ["take.wav"]
    (job,) = shop.jobs()
    assert job["state"] == "held"
    assert f"`takevoice release {job['id']}` sends it again" in job["error"]["text"]
    assert "which is held" in told.stderr
    assert "`takevoice release 1` sends it again" in told.stderr
    shop("release", job["id"])
    shop("run", "--once", folder)
    assert results(folder) == ["take.ada.wav"]


def test_a_command_publishes_the_answer_that_a_killed_daemon_had_received(shop: Shop, folder: Path) -> None:
    (folder.parent / "stuck").touch()
    shop.plugin("stuck", STUCK.format(file=str(folder.parent / "stuck")))
    take = folder / "take.wav"
    with shop.daemon(folder) as daemon:
        make_take(take)
        wait_for(lambda: shop.states() == {"take.wav": "restoring"})
        daemon.kill()
    (folder.parent / "stuck").unlink()
    told = shop("convert", take)
    assert told.stdout.strip() == str(folder / "take.ada.wav")
    assert shop.sent == ["take.wav"]
    assert results(folder) == ["take.ada.wav"]
    assert shop.states() == {"take.wav": "done"}


STUCK = """
import time
from pathlib import Path
from takevoice import hookimpl

@hookimpl
def restore_audio(job, take, converted):
    while Path({file!r}).exists():
        time.sleep(0.02)
    return None
"""

# CircuitBreaker backends.


def test_without_credits_the_takes_wait_and_it_is_said_once(shop: Shop, folder: Path) -> None:
    (shop.here / "refuse").touch()
    with shop.daemon(folder) as daemon:
        for n in range(5):
            make_take(folder / f"{n}.wav", seed=n)
        wait_for(lambda: list(shop.states().values()) == ["queued"] * 5 and "no credits" in daemon.log())
        assert daemon.log().count("no credits are left") == 1
        assert len(shop.sent) == 1
        (shop.here / "refuse").unlink()
        # A changed config tries at once.
        shop.money("many = 40")
        wait_for(lambda: len(results(folder)) == 5)


def test_convert_fails_at_once_without_credits(shop: Shop, folder: Path) -> None:
    (shop.here / "refuse").touch()
    done = shop("convert", make_take(folder / "take.wav"), check=1)
    assert "no credits are left; buy some" in done.stderr
    assert shop.states() == {"take.wav": "failed"}
