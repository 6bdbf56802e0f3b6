"""Checks with other programs: who writes a file, the keyring, stopping a process, the login service."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from takevoice.cli.platform_report.checks import Check, Found
from takevoice.cli.platform_report.scratch import scratch
from takevoice.system.children import ask_to_stop, stoppable
from takevoice.system.login import Answer, Setup, login_service
from takevoice.system.login.interface import NOT_FOUND
from takevoice.system.writers import Writers

PATIENCE = 10.0  # seconds for the keyring
START, STOP = 6.0, 5.0  # seconds for a child to start, and to end
LOGIN = 8.0  # seconds for the programs of the login service
WRITER = "import sys\nfile = open(sys.argv[1], 'rb+')\nprint('ready', flush=True)\nsys.stdin.read()"
WAITER = (
    "from takevoice.system.process import until_stopped\n"
    "with until_stopped() as stopped:\n"
    "    print('ready', flush=True)\n"
    "    while not stopped.wait(0.1): pass\n"
    "print('stopped', flush=True)"
)
YES_NO = {True: "yes", False: "no", None: "cannot tell"}


def checks(state: Path) -> Iterator[Check]:
    """Yield the checks."""
    yield Check("a file that is written", "is not taken for finished", lambda: _writer(state))
    yield Check("keyring", f"answers within {PATIENCE:.0f} s", _keyring)
    yield Check("stopping a process", "it ends by itself", _stop)
    yield Check("login service", "", lambda: _login(state))


@contextmanager
def child(code: str, *words: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a Python of our own until it is ready. It is killed at the end, if it has not ended.

    Raises:
        TimeoutError: it did not start.
    """
    line = [sys.executable, "-P", "-c", code, *words]
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    process = subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=none, text=True, **options)
    late = threading.Timer(START, process.kill)
    late.start()
    try:
        if _stream(process.stdout).readline().strip() != "ready":
            raise TimeoutError("a Python does not start")
        late.cancel()
        yield process
    finally:
        late.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _writer(state: Path) -> Found:
    with scratch(state) as folder:
        file = folder / "take.wav"
        file.write_bytes(b"RIFF")
        before = Writers().being_written(file)
        with child(WRITER, str(file)):
            written = Writers().being_written(file)
        after = Writers().being_written(file)
    told = f"written by a program: {YES_NO[written]}; before: {YES_NO[before]}; after: {YES_NO[after]}"
    return Found(told, written is not False and before is not True and after is not True)


def _keyring() -> Found:
    """The backend may ask its user, so that even its name is found in a thread."""
    names: list[str] = []
    answers: list[str] = []

    def read() -> None:
        import keyring

        try:
            backend = keyring.get_keyring()
            names.append(", ".join(map(_name, getattr(backend, "backends", ()))) or _name(backend))
            key = keyring.get_password("takevoice", "elevenlabs")
            answers.append("a key is stored" if key else "no key is stored")
        except Exception as error:
            answers.append(type(error).__name__)

    thread, began = threading.Thread(target=read, daemon=True), time.monotonic()
    thread.start()
    thread.join(PATIENCE)
    told = answers[0] if answers else "no answer"
    name = names[0] if names else "unknown backend"
    return Found(f"{name}: {told} after {time.monotonic() - began:.1f} s", bool(answers))


def _name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__name__}"


def _stop() -> Found:
    with child(WAITER, **stoppable()) as process:
        how, began = ask_to_stop(process), time.monotonic()
        try:
            output, _ = process.communicate(timeout=STOP)
        except subprocess.TimeoutExpired:
            return Found(f"{how}: does not end within {STOP:.0f} s", False)
    if "stopped" not in output:
        return Found(f"{how}: is ended by the system ({process.returncode})", False)
    return Found(f"{how}: ends by itself after {time.monotonic() - began:.1f} s")


def _login(state: Path) -> Found:
    service = login_service(Setup.current(state))
    status = service.status(_run)
    return Found(f"{service.name}: installed {YES_NO[status.installed]}, running {YES_NO[status.running]}")


def _run(argv: Sequence[str]) -> Answer:
    """Run a program of the system, which may not take long here; what it prints is not shown.

    It prints to a file: a service that the program starts may keep a pipe open for ever.
    """
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=LOGIN
            )
        except FileNotFoundError:
            return Answer(NOT_FOUND)
        output.seek(0)
        return Answer(done.returncode, output.read().decode("utf-8", "replace"))
