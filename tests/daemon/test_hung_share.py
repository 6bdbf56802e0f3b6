"""takevoice with a watched folder on a share that does not answer: everything else works, and one line says so."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from drives import FUSERMOUNT, mounted, needs_fuse
from support import BACKENDS, FAST, Command, make_take, wait_for
from takevoice.service import daemon as daemon_module

pytestmark = [pytest.mark.process, needs_fuse]


@pytest.fixture
def folders(command: Command, tmp_path: Path, folder: Path) -> tuple[Path, Path, Path]:
    """A local folder, a share, and the folder on its server."""
    share, server = tmp_path / "Share", tmp_path / "server"
    share.mkdir()
    server.mkdir()
    command.plugin(BACKENDS / "gated.py")
    tables = "".join(f'[[watch]]\nfolder = "{each}"\n' for each in (share, folder))
    (tmp_path / "gate").touch()
    command.config(f'backend = "gated"\n{FAST}\n{tables}\n[plugins.gated]\ngate = "{tmp_path / "gate"}"\n')
    return folder, share, server


def test_it_starts_converts_and_stops_while_a_share_hangs(
    command: Command, folders: tuple[Path, Path, Path]
) -> None:
    folder, share, server = folders
    with mounted(server, share) as drive:
        drive.hang()
        began = time.monotonic()
        with command.daemon("--osc-port", 0) as daemon:
            assert time.monotonic() - began < daemon_module.PROMPT + 20
            assert f"{share} does not answer; its takes wait" in daemon.log()
            make_take(folder / "here.wav", 0.3)
            wait_for(lambda: command.states().get("here.wav") == "done", 10)
            asked = make_take(folder / "asked.wav", 0.3, seed=1)
            reply = command("osc", "--timeout", 20, "/takevoice/convert", "1", asked).stdout
            assert "/takevoice/done 1" in reply
            reply = command("osc", "/takevoice/convert", "2", share / "take.wav", check=None).stdout
            assert "/takevoice/fail 2 no_answer" in reply
            assert str(share) in command("osc", "/takevoice/status").stdout
            make_take(server / "there.wav", 0.3, seed=2)
            drive.answer()
            wait_for(lambda: command.states().get("there.wav") == "done", 15)
            assert f"{share} answers again" in daemon.log()
            assert str(share) not in command("osc", "/takevoice/status").stdout
            assert daemon.log().count("does not answer") == 1
            drive.hang()
            began = time.monotonic()
            daemon.process.terminate()
            daemon.process.wait(15)
            assert time.monotonic() - began < 6


def test_once_ends_without_the_share_and_says_so(command: Command, folders: tuple[Path, Path, Path]) -> None:
    folder, share, server = folders
    make_take(folder / "here.wav", 0.3)
    with mounted(server, share) as drive:
        drive.hang()
        done = command.process("run", "--once", check=1)
    assert f"{share} does not answer" in done.stderr
    assert command.states() == {"here.wav": "done"}


def test_it_starts_and_converts_while_the_server_of_a_share_is_gone(command: Command, folders: tuple[Path, Path, Path]) -> None:
    """The share is still mounted, and each look at it fails; with NFS and SMB, with other errors."""
    folder, share, server = folders
    take = make_take(server / "there.wav", 0.3)
    with mounted(server, share) as drive, command.daemon(existing=False):
        take.rename(server / "new.wav")
        wait_for(lambda: command.states().get("new.wav") in ("done", "held"))
        drive.lose_server()
    with mounted(server, share) as drive:
        drive.lose_server()
        with command.daemon(existing=False) as daemon:
            make_take(folder / "same.wav", 0.3)  # whose earlier result is on the share
            make_take(folder / "here.wav", 0.3, seed=1)
            wait_for(lambda: command.states().get("here.wav") == command.states().get("same.wav") == "done")
            done = command.process("doctor", check=1)
            assert f"{share} cannot be read" in done.stdout
        assert "unexpected" not in daemon.log()


def test_a_take_whose_share_is_lost_while_it_is_converted_waits_and_is_paid_once(
    command: Command, folders: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    _, share, server = folders
    command.plugin(BACKENDS / "paid.py")
    table = f"[money]\nfirst_look = false\n[[watch]]\nfolder = '{share}'\n[plugins.paid]\nhere = '{tmp_path}'\n"
    command.config(f'backend = "paid"\nconversions = 2\n{FAST}\n[osc]\nport = 0\n{table}')
    (tmp_path / "gate").unlink()
    with mounted(server, share) as drive, command.daemon() as daemon:
        make_take(server / "take.wav", 0.5)
        wait_for(lambda: (tmp_path / "sent").exists())
        drive.lose_server()
        (tmp_path / "gate").touch()
        wait_for(lambda: "its share does not answer" in daemon.log())
        wait_for(lambda: command.states() == {"take.wav": "queued"})
        subprocess.run([str(FUSERMOUNT), "-uz", share], check=True)
        with mounted(server, share):
            wait_for(lambda: command.states() == {"take.wav": "done"}, 40)
    assert daemon.log().count("does not answer") == 1
    assert (server / "take.ada.wav").exists()
    assert (tmp_path / "sent").read_text().split() == ["take.wav"]


def test_doctor_names_a_share_that_does_not_answer(command: Command, folders: tuple[Path, Path, Path]) -> None:
    _, share, server = folders
    with mounted(server, share) as drive:
        drive.hang()
        done = command.process("doctor", check=1)
    assert f"{share} does not answer" in done.stdout
