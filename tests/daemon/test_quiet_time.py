"""What the daemon does with a take in its quiet time, from the outside."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daemon.paid import Shop, results, sent
from support import Command, Daemon, make_take, wait_for

pytestmark = pytest.mark.process

Start = Callable[..., Path]


@pytest.fixture
def gate(gated: Command, tmp_path: Path) -> Start:
    """Writes a config with this quiet time; returns the file without which conversions stand still."""

    def configure(quiet: float, more: str = "") -> Path:
        path = tmp_path / "gate"
        gated.config(
            f'backend = "gated"\nscan = 0.5\n{more}[settle]\nquiet = {quiet}\ngive_up = 20.0\n'
            f'[plugins.gated]\ngate = "{path}"\nsent = "{tmp_path / "sent"}"\n[defaults]\nlevel = "off"\n'
        )
        return path

    return configure


def is_of(result: Path, take: np.ndarray) -> bool:
    """Return True when the result is that audio as the backend returns it."""
    now = soundfile.read(result)[0]
    return len(now) == len(take) and bool(np.abs(now - take * -0.5).max() < 1e-4)


def published(daemon: Daemon) -> int:
    return daemon.log().count(" -> ")


def test_a_take_is_converted_in_its_quiet_time_and_published_after_it(
    gated: Command, folder: Path, gate: Start
) -> None:
    opened = gate(quiet=3.0)
    opened.touch()
    with gated.daemon(folder) as daemon:
        began = time.monotonic()
        take = make_take(folder / "take.wav")
        wait_for(lambda: sent(opened))
        assert gated.states() == {"take.wav": "settling"}
        assert results(folder) == []
        wait_for(lambda: results(folder))
        assert time.monotonic() - began > 2.9
        daemon.says("converted to ada with gated while it settled (job 1)")
        wait_for(lambda: gated.states() == {"take.wav": "done"})
    assert sent(opened) == ["take.wav"]
    assert is_of(folder / "take.ada.wav", soundfile.read(take)[0])
    (job,) = gated.jobs()
    assert [step["state"] for step in job["history"]] == ["found", "settling", "queued", "converting", "restoring", "done"]
    assert sorted(os.listdir(folder)) == ["take.ada.wav", "take.wav"]


def test_a_take_whose_quiet_time_ends_while_it_is_converted_is_converted_once(
    gated: Command, folder: Path, gate: Start
) -> None:
    opened = gate(quiet=1.0)
    with gated.daemon(folder):
        make_take(folder / "take.wav")
        wait_for(lambda: sent(opened))
        # On a busy machine the quiet time is over before the conversion begins.
        wait_for(lambda: gated.states()["take.wav"] in ("queued", "converting"))
        opened.touch()
        wait_for(lambda: gated.states() == {"take.wav": "done"})
    assert sent(opened) == ["take.wav"]


def test_a_writer_that_comes_back_gets_one_result_of_its_last_contents(
    gated: Command, folder: Path, gate: Start
) -> None:
    """Its first contents were a complete file, and were converted: that is thrown away without a word."""
    opened = gate(quiet=5.0)
    opened.touch()
    last = make_take(folder.parent / "last.wav", seed=1)
    with gated.daemon(folder) as daemon:
        take = make_take(folder / "take.wav")
        wait_for(lambda: list((gated.state / "work").glob("*/*.complete")))
        with take.open("r+b") as file:
            file.write(last.read_bytes())
        began = time.monotonic()
        wait_for(lambda: not list((gated.state / "work").iterdir()))
        wait_for(lambda: gated.states() == {"take.wav": "done"})
        assert time.monotonic() - began > 4.9
        wait_for(lambda: published(daemon) == 1)
        assert "while it settled" not in daemon.log()
    assert results(folder) == ["take.ada.wav"]
    assert is_of(folder / "take.ada.wav", soundfile.read(last)[0])
    assert sent(opened) == ["take.wav", "take.wav"]
    assert not list((gated.state / "work").iterdir())


def test_a_take_that_changes_while_it_is_converted_is_given_up_at_once(
    gated: Command, folder: Path, gate: Start
) -> None:
    opened = gate(quiet=1.5)
    with gated.daemon(folder):
        take = make_take(folder / "take.wav")
        wait_for(lambda: sent(opened) == ["take.wav"])
        make_take(take, seed=1)
        wait_for(lambda: sent(opened) == ["take.wav", "take.wav"])
        opened.touch()
        wait_for(lambda: gated.states() == {"take.wav": "done"})
    assert results(folder) == ["take.ada.wav"]
    assert is_of(folder / "take.ada.wav", soundfile.read(take)[0])


def test_a_take_that_is_removed_in_its_quiet_time_leaves_nothing(gated: Command, folder: Path, gate: Start) -> None:
    opened = gate(quiet=5.0)
    opened.touch()
    with gated.daemon(folder) as daemon:
        take = make_take(folder / "take.wav")
        wait_for(lambda: sent(opened))
        wait_for(lambda: list((gated.state / "work").glob("*/*.complete")))
        take.unlink()
        wait_for(lambda: not gated.jobs())
        wait_for(lambda: not list((gated.state / "work").iterdir()))
        assert "removed before it was finished" in daemon.log()
    assert results(folder) == []


def test_one_that_is_cancelled_in_its_quiet_time_stays_cancelled(gated: Command, folder: Path, gate: Start) -> None:
    opened = gate(quiet=10.0)
    opened.touch()
    other = make_take(folder.parent / "other.wav", seed=1)
    os.utime(other, (0, 0))
    with gated.daemon(folder):
        make_take(folder / "take.wav")
        wait_for(lambda: sent(opened))
        gated("cancel", "1")
        other.rename(folder / "other.wav")
        wait_for((folder / "other.ada.wav").exists)
        wait_for(lambda: not list((gated.state / "work").iterdir()))
        assert gated.states() == {"take.wav": "cancelled", "other.wav": "done"}
    assert results(folder) == ["other.ada.wav"]


def test_a_settled_take_comes_before_one_in_its_quiet_time(gated: Command, folder: Path, gate: Start) -> None:
    """The only worker is at work for a take that still settles, and will be for long; the settled one gets it at once."""
    opened = gate(quiet=30.0, more="conversions = 1\n")
    with gated.daemon(folder):
        make_take(folder / "settling.wav")
        wait_for(lambda: sent(opened) == ["settling.wav"])
        settled = make_take(folder.parent / "old.wav", seed=1)
        os.utime(settled, (0, 0))
        settled.rename(folder / "settled.wav")
        wait_for(lambda: sent(opened) == ["settling.wav", "settled.wav"])
        opened.touch()
        wait_for(lambda: gated.states() == {"settling.wav": "settling", "settled.wav": "done"})
        wait_for(lambda: sent(opened) == ["settling.wav", "settled.wav", "settling.wav"])


def test_a_take_that_is_moved_in_needs_no_quiet_time(gated: Command, folder: Path, gate: Start) -> None:
    gate(quiet=30.0).touch()
    with gated.daemon(folder):
        take = make_take(folder.parent / "old.wav")
        os.utime(take, (0, 0))
        take.rename(folder / "take.wav")
        wait_for(lambda: gated.states() == {"take.wav": "done"})


def test_the_config_can_make_moved_takes_wait(gated: Command, folder: Path, gate: Start) -> None:
    """For programs that write again to what they have moved into place."""
    gate(quiet=2.0).touch()
    config = gated.config_dir / "takevoice.toml"
    config.write_text(config.read_text().replace("[settle]\n", "[settle]\nmoved = 2.0\n"))
    with gated.daemon(folder):
        take = make_take(folder.parent / "old.wav")
        os.utime(take, (0, 0))
        began = time.monotonic()
        take.rename(folder / "take.wav")
        wait_for((folder / "take.ada.wav").exists)
        assert time.monotonic() - began > 1.9


def test_a_change_of_the_config_in_the_quiet_time_counts(gated: Command, folder: Path, gate: Start) -> None:
    opened = gate(quiet=4.0)
    opened.touch()
    with gated.daemon(folder) as daemon:
        make_take(folder / "take.wav")
        wait_for(lambda: sent(opened))
        config = gated.config_dir / "takevoice.toml"
        config.write_text(config.read_text().replace("[defaults]\n", '[defaults]\nvoice = "bea"\n'))
        daemon.says("read again")
        wait_for((folder / "take.bea.wav").exists)
        wait_for(lambda: gated.states() == {"take.wav": "done"})
    assert sorted(os.listdir(folder)) == ["take.bea.wav", "take.wav"]


def test_a_paid_backend_hears_of_a_take_when_it_has_settled(shop: Shop, folder: Path) -> None:
    shop.money()
    config = shop.config_dir / "takevoice.toml"
    config.write_text(config.read_text().replace("quiet = 0.2", "quiet = 2.0"))
    with shop.daemon(folder):
        began = time.monotonic()
        make_take(folder / "take.wav")
        wait_for(lambda: shop.sent)
        assert time.monotonic() - began > 1.9
        wait_for(lambda: shop.states() == {"take.wav": "done"})
    assert shop.sent == ["take.wav"]


def test_a_daemon_that_is_killed_in_a_quiet_time_converts_the_take_later(
    gated: Command, folder: Path, gate: Start
) -> None:
    opened = gate(quiet=30.0)
    opened.touch()
    with gated.daemon(folder) as daemon:
        make_take(folder / "take.wav")
        wait_for(lambda: list((gated.state / "work").glob("*/*.complete")))
        daemon.kill()
    assert results(folder) == []
    gate(quiet=0.2)
    gated("run", "--once", folder)
    assert results(folder) == ["take.ada.wav"]
    assert not list((gated.state / "work").iterdir())
