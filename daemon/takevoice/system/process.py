"""This process: what asks it to stop, and whether it has a console."""

from __future__ import annotations

import _thread
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import TextIO

from takevoice.system import current
from takevoice.system.private import private_folder

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # those that this system has
CONSOLE_GRACE = 4.5  # seconds; Windows ends a process 5 s after its console was closed
_CTRL_CLOSE, _CTRL_LOGOFF, _CTRL_SHUTDOWN = 2, 5, 6  # SetConsoleCtrlHandler


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """Yield an event that is set when the process is to stop: Ctrl-C, SIGTERM, a closed terminal or console, log-off.

    A second signal ends the process as usual. Use it in the main thread.
    """
    stopped, finished = threading.Event(), threading.Event()
    asked = False

    def handler(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        # The main thread may hold the event's lock just now: the handler would wait for it for ever.
        _thread.start_new_thread(stopped.set, ())

    before = {}
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            before[number] = signal.signal(number, handler)
    try:
        with _CONSOLE[current.name()](stopped, finished):
            yield stopped
    finally:
        finished.set()
        for number, was in before.items():
            signal.signal(number, was)


def has_ended(number: int) -> bool:
    """Return True when no process has that id."""
    import psutil  # slow to load

    return not psutil.pid_exists(number)


def is_terminal(stream: TextIO | None) -> bool:
    """Return True when a person reads the stream; a process without a console (pythonw.exe) has none at all."""
    return stream is not None and stream.isatty()


def give_streams(log: Path) -> bool:
    """Give a process that has no console a standard output and error, which append to the file `log`.

    Returns True when it has a console.
    """
    if sys.stdout is not None and sys.stderr is not None:
        return True
    try:
        private_folder(log.parent)
        stream = log.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
    except OSError:
        stream = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the process runs
    sys.stdout, sys.stderr = sys.stdout or stream, sys.stderr or stream
    return False


@contextmanager
def _console_handler(stopped: threading.Event, finished: threading.Event) -> Iterator[None]:
    """Windows: closing the console, log-off and shutdown arrive at a handler, in a thread of their own.

    The process ends when the handler returns, so it waits for everything to be put away.
    """
    routine = vars(ctypes).get("WINFUNCTYPE", ctypes.CFUNCTYPE)(ctypes.c_int, ctypes.c_uint32)

    def on_event(event: int) -> int:
        if event not in (_CTRL_CLOSE, _CTRL_LOGOFF, _CTRL_SHUTDOWN):
            return 0  # Ctrl-C and Ctrl-Break are signals in Python
        stopped.set()
        finished.wait(CONSOLE_GRACE)
        return 1

    handler = routine(on_event)
    kernel = current.kernel32()
    kernel.SetConsoleCtrlHandler(handler, 1)
    try:
        yield
    finally:
        kernel.SetConsoleCtrlHandler(handler, 0)


def _no_console_handler(_stopped: threading.Event, _finished: threading.Event) -> AbstractContextManager[None]:
    return nullcontext()


_CONSOLE: Mapping[str, Callable[[threading.Event, threading.Event], AbstractContextManager[None]]] = {
    "linux": _no_console_handler,
    "macos": _no_console_handler,
    "windows": _console_handler,
}
