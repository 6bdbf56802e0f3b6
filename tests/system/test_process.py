"""What stops the process, and a process without a console."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from habits.kernel32 import Kernel32
from takevoice.system import process
from takevoice.system.process import give_streams, has_ended, is_terminal, until_stopped


@pytest.mark.parametrize("system", ["linux", "macos"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_and_a_second_one_ends(on: Callable[[str], None], system: str, name: str) -> None:
    on(system)
    number = getattr(signal, name)
    outside = signal.signal(number, signal.default_int_handler)  # the tests themselves may run under nohup
    try:
        with until_stopped() as stopped:
            assert not stopped.is_set()
            signal.raise_signal(number)
            assert stopped.wait(10)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, outside)


@pytest.mark.process
def test_a_signal_in_the_middle_of_a_wait_stops_too() -> None:
    """The main thread holds the event's lock for a moment whenever it begins or ends a wait."""
    script = """
import signal
from takevoice.system.process import until_stopped
with until_stopped() as stopped:
    with stopped._cond:
        signal.raise_signal(signal.SIGTERM)
    print(stopped.wait(10))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == "True"


def test_a_closed_terminal_does_not_stop_what_nohup_started() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with until_stopped() as stopped:
            signal.raise_signal(signal.SIGHUP)
            assert not stopped.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("event", "stops"), [(0, False), (1, False), (2, True), (5, True), (6, True)])
def test_windows_waits_for_everything_to_be_put_away(kernel32: Kernel32, event: int, stops: bool) -> None:
    """CTRL_C, CTRL_BREAK; CTRL_CLOSE, CTRL_LOGOFF, CTRL_SHUTDOWN arrive in a thread, and the process ends after it."""
    ended: list[float] = []

    def system() -> None:
        assert kernel32.handlers[0](event) == int(stops)
        ended.append(time.monotonic())

    with until_stopped() as stopped:
        thread = threading.Thread(target=system)
        thread.start()
        if stops:
            assert stopped.wait(2)
            time.sleep(0.2)  # what a stop takes
            assert thread.is_alive()
        else:
            thread.join(2)
            assert not stopped.is_set()
        finished = time.monotonic()
    thread.join(2)
    assert (ended[0] >= finished) is stops
    assert kernel32.handlers == []


def test_windows_does_not_wait_for_ever(kernel32: Kernel32, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CONSOLE_GRACE", 0.05)
    with until_stopped():
        assert kernel32.handlers[0](2) == 1


def test_a_process_without_a_console_writes_to_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As with pythonw.exe: "sys.stdin, sys.stdout and sys.stderr ... can be None" (Python, sys)."""
    log = tmp_path / "logs" / "console.log"
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert not is_terminal(sys.stderr)
    assert not give_streams(log)
    print("Jörg \udcff", file=sys.stderr)
    print("two")
    sys.stdout.close()  # type: ignore[attr-defined]
    assert log.read_text("utf-8") == "Jörg \\udcff\ntwo\n"


def test_a_process_without_console_and_log_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    give_streams(tmp_path / "logs" / "console.log")
    print("lost")
    assert sys.stdout.name == os.devnull  # type: ignore[attr-defined]
    sys.stdout.close()  # type: ignore[attr-defined]


def test_streams_that_are_there_stay(tmp_path: Path) -> None:
    before = sys.stdout, sys.stderr
    assert give_streams(tmp_path / "console.log")
    assert (sys.stdout, sys.stderr) == before
    assert not (tmp_path / "console.log").exists()


def test_a_process_has_ended_when_no_other_has_its_number() -> None:
    child = subprocess.Popen([shutil.which("hostname") or "hostname"], stdout=subprocess.DEVNULL)
    assert not has_ended(os.getpid())
    child.wait()
    assert has_ended(child.pid)
