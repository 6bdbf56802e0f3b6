"""Checks with other programs: who writes a file, file system events, the keyring, stopping a process, the login service."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from takevoice.cli.platform_report.checks import Check, Found
from takevoice.cli.platform_report.drives import scratch
from takevoice.system.writers import Writers
from takevoice.watch.hints import Hints

PATIENCE = 10.0  # seconds for a child or the keyring
EVENT = 2.0  # seconds
WRITER = "import sys, time\nfile = open(sys.argv[1], 'rb+')\nprint('open', flush=True)\nsys.stdin.read()"
WAITER = (
    "from takevoice.system.process import until_stopped\n"
    "with until_stopped() as stopped:\n"
    "    print('ready', flush=True)\n"
    "    while not stopped.wait(0.2): pass\n"
    "print('stopped', flush=True)"
)


def checks(state: Path) -> Iterator[Check]:
    """Yield the checks."""
    yield Check("a file that is written", "is not taken for finished", lambda: _writer(state))
    yield Check("file system events", "within 2 s", lambda: _events(state))
    yield Check("keyring", f"answers within {PATIENCE:.0f} s", _keyring)
    yield Check("stopping a process", "it ends by itself", _stop)
    yield Check("login service", "", lambda: _login(state))


def _writer(state: Path) -> Found:
    with scratch(state) as folder:
        file = folder / "take.wav"
        file.write_bytes(b"RIFF")
        alone = Writers().being_written(file)
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert child.stdout is not None
            child.stdout.readline()
            written = Writers().being_written(file)
        finally:
            child.communicate(timeout=PATIENCE)
    told = {True: "yes", False: "no", None: "cannot tell"}
    return Found(
        f"written by a program: {told[written]}; by none: {told[alone]}", written is not False and alone is not True
    )


def _events(state: Path) -> Found:
    """macOS names files by their real paths, so any event counts."""
    with scratch(state) as folder:
        hints = Hints()
        hints.arm([(folder, True)])
        try:
            time.sleep(0.3)
            hints.take()
            began = time.monotonic()
            (folder / "take.wav").write_bytes(b"x")
            arrived = False
            while not arrived and time.monotonic() - began < EVENT:
                hints.wait(0.1)
                paths, everything = hints.take()
                arrived = bool(paths) or everything
            took = time.monotonic() - began
        finally:
            hints.disarm()
    return Found(f"after {1000 * took:.0f} ms" if arrived else "none", arrived)


def _keyring() -> Found:
    import keyring

    name = f"{type(keyring.get_keyring()).__module__}.{type(keyring.get_keyring()).__name__}"
    answers: list[str] = []

    def read() -> None:
        try:
            key = keyring.get_password("takevoice", "elevenlabs")
            answers.append("a key is stored" if key else "no key is stored")
        except Exception as error:
            answers.append(type(error).__name__)

    thread, began = threading.Thread(target=read, daemon=True), time.monotonic()
    thread.start()
    thread.join(PATIENCE)
    took = time.monotonic() - began
    return Found(f"{name}: {answers[0] if answers else 'no answer'} after {took:.1f} s", bool(answers))


def _stop() -> Found:
    """On Windows, terminate() gives a process no time: takevoice's own promises cover that."""
    child = subprocess.Popen([sys.executable, "-c", WAITER], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        child.terminate()
        output, _ = child.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return Found("does not end", False)
    return Found("ends by itself" if "stopped" in output else f"is ended by the system ({child.returncode})")


def _login(state: Path) -> Found:
    from takevoice.system.login import Setup, login_service, run

    service = login_service(Setup.current(state))
    status = service.status(run)
    words = {True: "yes", False: "no", None: "unknown"}
    return Found(f"{service.name}: installed {words[status.installed]}, running {words[status.running]}")
