"""Asking a person at the terminal while the program continues."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable, Mapping

from takevoice.system import current
from takevoice.system.process import is_terminal

CHECK = 0.3  # seconds between two looks whether there is an answer


def can_ask() -> bool:
    """Return True when a person reads standard error and can answer on standard input."""
    return is_terminal(sys.stderr) and is_terminal(sys.stdin) and _IN_FRONT[current.name()]()


def read_answer(stopped: threading.Event, is_over: Callable[[], bool] = lambda: False) -> str:
    """Return the next line from standard input; empty when `stopped` comes first, or the question is over.

    It reads the file itself: a thread that waits in `sys.stdin` keeps the interpreter from ending.
    """
    number = sys.stdin.fileno()
    while not stopped.is_set() and not is_over():
        if _IS_READY[current.name()](number):
            return os.read(number, 1024).decode("utf-8", "replace").strip()
    return ""


def _in_foreground() -> bool:
    """Return True unless the shell runs this process in the background: reading would suspend it."""
    try:
        foreground: int = vars(os)["tcgetpgrp"](sys.stdin.fileno())
        mine: int = vars(os)["getpgrp"]()
        return foreground == mine
    except OSError:
        return False


def _is_line_there(number: int) -> bool:
    ready, _, _ = select.select([number], [], [], CHECK)
    return bool(ready) and _in_foreground()


_IN_FRONT: Mapping[str, Callable[[], bool]] = {
    "linux": _in_foreground,
    "macos": _in_foreground,
    "windows": lambda: True,
}
_IS_READY: Mapping[str, Callable[[int], bool]] = {
    "linux": _is_line_there,
    "macos": _is_line_there,
    "windows": lambda _number: True,  # a console cannot be polled: the thread waits in the read, and ends with the process
}
