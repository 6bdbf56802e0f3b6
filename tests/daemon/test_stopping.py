"""SIGTERM: what is under way is finished or left for the next start, and the daemon ends in time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from daemon.paid import Shop, results, sent
from support import FAST, Command, make_take, wait_for

pytestmark = pytest.mark.process

SESSION = (sys.executable, "-c", "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])")
FRAGILE = """
import time
from takevoice import Backend, Encoded, Voice, errors, hookimpl

@hookimpl
def backends():
    return [Backend("fragile", ready=True, detail="for a test")]

@hookimpl
def voices(backend):
    return [Voice("1", "ada", "fragile")] if backend == "fragile" else None

@hookimpl
def convert(job, request, audio):
    if job.backend == "fragile":
        return Encoded(chunks(job), request.output_format)

def chunks(job):
    while not (job.path.parent.parent / "fail").exists():
        time.sleep(0.02)
    raise errors.BackendError("its process has ended")
    yield b""
"""


def converters(daemon: int) -> list[psutil.Process]:
    """The processes in which a daemon converts takes."""
    return [each for each in psutil.Process(daemon).children() if "spawn_main" in " ".join(each.cmdline())]


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
        if not again:
            said = "stopped; the next start holds 1 take that may be paid for, as no answer has arrived"
            assert said in daemon.log()
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


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="terminals that hang up are POSIX")
@pytest.mark.parametrize("number", ["SIGINT", "SIGHUP", "SIGTERM"])
def test_each_way_to_stop_waits_for_a_paid_answer_and_says_so(shop: Shop, folder: Path, number: str) -> None:
    (shop.here / "gate").unlink()
    with shop.daemon(folder) as daemon:
        make_take(folder / "a.wav", 2.0)
        wait_for(lambda: shop.sent == ["a.wav"])
        daemon.process.send_signal(getattr(signal, number))
        wait_for(lambda: "stopping" in daemon.log())
        (shop.here / "gate").touch()
        assert daemon.process.wait(10) == 0
        (line,) = (line for line in daemon.log().splitlines() if "stopping" in line)
    for words in ("waiting up to 8 s for 1 paid answer (a.wav)", "A second Ctrl-C ends takevoice at once", "about 2 credits"):
        assert words in line
    with shop.daemon(folder):
        wait_for(lambda: results(folder) == ["a.ada.wav"])
    assert shop.sent == ["a.wav"]
    assert not list(shop.state.glob("ledger.sqlite3-*"))


def test_the_first_ctrl_c_says_that_nothing_is_lost(gated: Command, gate: Path, folder: Path) -> None:
    make_take(folder / "take.wav")
    with gated.daemon(folder) as daemon:
        wait_for(lambda: sent(gate) == ["take.wav"])
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.process.wait(10) == 0
        assert "a second Ctrl-C ends takevoice at once, and loses nothing" in daemon.log()
    gate.touch()
    gated("run", "--once", "--osc-port", "0", folder)
    assert "stopping" not in gated("run", "--once", "--osc-port", "0", folder).stderr  # it ends by itself


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="terminals that hang up are POSIX")
@pytest.mark.parametrize("number", ["SIGINT", "SIGHUP", "SIGTERM"])
def test_convert_waits_for_a_paid_answer_too(shop: Shop, folder: Path, number: str) -> None:
    (shop.here / "gate").unlink()
    take = make_take(folder / "a.wav", 2.0)
    process = subprocess.Popen(
        [*shop.command, "convert", take], env=os.environ | shop.env, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: shop.sent == ["a.wav"])
    process.send_signal(getattr(signal, number))
    assert process.stderr is not None
    said = ""
    while "stopping" not in said:
        said = process.stderr.readline()
        assert said
    assert "1 paid answer (a.wav)" in said
    (shop.here / "gate").touch()
    _, said = process.communicate(timeout=12)
    assert "1 take is left: the next start of `takevoice run` continues, `takevoice cancel 1` ends that" in said
    assert process.returncode == 130
    shop("run", "--once", "--osc-port", "0", folder)
    assert results(folder) == ["a.ada.wav"]
    assert shop.sent == ["a.wav"]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="terminals that hang up are POSIX")
def test_a_terminal_that_is_closed_waits_for_a_paid_answer(shop: Shop, folder: Path) -> None:
    """With the live table, whose terminal is gone from then on."""
    import fcntl
    import pty
    import termios

    (shop.here / "gate").unlink()
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [*shop.command, "run", "--osc-port", "0", folder],
        env=os.environ | shop.env | {"TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    log = shop.state / "logs" / "takevoice.log"
    wait_for(lambda: "watching" in (log.read_text() if log.exists() else ""))
    make_take(folder / "a.wav", 2.0)
    wait_for(lambda: os.read(master, 100_000) and shop.sent == ["a.wav"])
    os.close(master)
    wait_for(lambda: "stopping" in log.read_text())
    (shop.here / "gate").touch()
    process.wait(12)
    assert "stopped" in log.read_text()
    with shop.daemon(folder):
        wait_for(lambda: results(folder) == ["a.ada.wav"])
    assert shop.sent == ["a.wav"]


def test_nohup_stays(gated: Command, gate: Path, folder: Path) -> None:
    nohup = shutil.which("nohup")
    if nohup is None:
        pytest.skip("there is no nohup")
    gate.touch()
    with gated.daemon(folder, prefix=(nohup,)) as daemon:
        daemon.process.send_signal(signal.SIGHUP)
        make_take(folder / "take.wav")
        wait_for((folder / "take.ada.wav").exists)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="terminals that hang up are POSIX")
@pytest.mark.parametrize("number", ["SIGINT", "SIGHUP", "SIGTERM"])
def test_a_signal_to_the_whole_group_leaves_local_takes_for_the_next_start(
    cli: Command, folder: Path, number: str
) -> None:
    """Two long takes: one is converted in a process of its own."""
    cli.config('backend = "local"\nconversions = 2\n[defaults]\nvoice = "ada"\n[osc]\nport = 0\n')
    for n in range(2):
        make_take(folder / f"{n}.wav", 100.0, 16_000, seed=n)
    with cli.daemon(folder, prefix=SESSION) as daemon:
        wait_for(lambda: daemon.process.poll() is None and len(converters(daemon.process.pid)) == 1)
        os.killpg(daemon.process.pid, getattr(signal, number))
        daemon.process.wait(12)
        log = daemon.log()
    # One that is busy with a long step at the end is put into the queue by the next start.
    assert set(cli.states().values()) <= {"queued", "converting"}, log
    assert "ended early" not in log


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of Unix")
def test_a_free_backend_that_fails_at_a_stop_is_no_failure_of_the_take(gated: Command, gate: Path, folder: Path) -> None:
    """A plugin's own process gets the same signal."""
    gated.plugin("fragile", FRAGILE)
    gated.config(f'backend = "fragile"\n{FAST}\n[osc]\nport = 0\n')
    make_take(folder / "take.wav")
    with gated.daemon(folder) as daemon:
        wait_for(lambda: gated.states() == {"take.wav": "converting"})
        daemon.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "stopping" in daemon.log())
        (folder.parent / "fail").touch()
        assert daemon.process.wait(10) == 0
    assert gated.states() == {"take.wav": "queued"}
