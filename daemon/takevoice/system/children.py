"""Ask a child process to stop, as its user would, so that it can end by itself."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from takevoice.system import current

_NEW_GROUP = 0x200  # CREATE_NEW_PROCESS_GROUP: Ctrl-Break then reaches the child only
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW
_CTRL_BREAK = 1  # CTRL_BREAK_EVENT


def stoppable() -> dict[str, Any]:
    """Return the options of subprocess.Popen for a child that `ask_to_stop` can reach."""
    return {"creationflags": _NEW_GROUP} if current.name() == "windows" else {}


def aside_options() -> dict[str, Any]:
    """Return the options of subprocess.Popen for a helper program: Ctrl-C does not reach it, and it opens no console."""
    return dict(_ASIDE[current.name()])


def end_child(child: subprocess.Popen[Any]) -> None:
    """End a child that was started with `aside_options`, and what it has started itself, where the system can do that."""
    with contextlib.suppress(OSError):
        _END[current.name()](child)


def ask_to_stop(child: subprocess.Popen[Any]) -> str:
    """Ask the child to stop, and return how. Raises OSError, on Windows also where there is no console."""
    return _ASK[current.name()](child)


def _kill_group(child: subprocess.Popen[Any]) -> None:
    posix: Any = os
    posix.killpg(child.pid, 9)


def _kill(child: subprocess.Popen[Any]) -> None:
    child.kill()


def _terminate(child: subprocess.Popen[Any]) -> str:
    child.send_signal(signal.SIGTERM)
    return "SIGTERM"


def _break(child: subprocess.Popen[Any]) -> str:
    """GenerateConsoleCtrlEvent, as terminate() ends a process on Windows without asking it.

    Where there is no console, os.kill ends the process, too, and then raises SystemError.
    """
    if not current.kernel32().GenerateConsoleCtrlEvent(_CTRL_BREAK, child.pid):
        code = current.last_error()
        raise OSError(
            errno.ENOTTY, f"Ctrl-Break cannot be sent (Windows error {code}); there may be no console"
        )
    return "Ctrl-Break"


_ASK: Mapping[str, Callable[[subprocess.Popen[Any]], str]] = {
    "linux": _terminate,
    "macos": _terminate,
    "windows": _break,
}
_ASIDE: Mapping[str, Mapping[str, Any]] = {
    "linux": {"start_new_session": True},
    "macos": {"start_new_session": True},
    "windows": {"creationflags": _NEW_GROUP | _NO_WINDOW},
}
_END: Mapping[str, Callable[[subprocess.Popen[Any]], None]] = {
    "linux": _kill_group,
    "macos": _kill_group,
    "windows": _kill,
}
