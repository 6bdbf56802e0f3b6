"""Which system this is, and its native libraries. Tables by system are indexed with `current.name()`."""

from __future__ import annotations

import sys

from takevoice.lazy import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Literal

    System = Literal["linux", "macos", "windows"]


def name() -> System:
    """Return the system that this process runs on; any other Unix counts as Linux."""
    told: str = sys.platform  # as text, or mypy leaves out what it does not check for
    if told.startswith("win"):
        return "windows"
    return "macos" if told.startswith("darwin") else "linux"


def c_library() -> Any:
    """Return the C library of Linux or macOS; `ctypes.get_errno()` has the error of the last call."""
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def kernel32() -> Any:  # pragma: no cover - Wine enters it
    """Return the base library of Windows; `last_error()` has the error of the last call."""
    import ctypes

    return vars(ctypes)["WinDLL"]("kernel32", use_last_error=True)


def last_error() -> int:  # pragma: no cover - Wine enters it
    """Return the error of the last call into `kernel32()`."""
    import ctypes

    return int(vars(ctypes)["get_last_error"]())
