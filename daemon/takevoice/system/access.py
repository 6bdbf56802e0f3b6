"""What to do when the system refuses a file or a folder."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from takevoice.system import current, place
from takevoice.system.python_origin import redirected_to

PREFIX = ".tv-doctor-"  # of files and folders that `takevoice doctor` makes and removes; watchers skip hidden ones
_REFUSED = {errno.EACCES, errno.EPERM}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_ANSWER = {
    getattr(errno, name)
    for name in ("ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ETIMEDOUT", "ESTALE", "ECONNABORTED", "ECONNRESET")
    if hasattr(errno, name)
}
# ERROR_REM_NOT_LIST, ERROR_BAD_NETPATH, ERROR_UNEXP_NET_ERR, ERROR_NETNAME_DELETED, ERROR_BAD_NET_NAME, ERROR_SEM_TIMEOUT,
# ERROR_NETWORK_UNREACHABLE, ERROR_HOST_UNREACHABLE of Windows' system error codes.
_NO_ANSWER_WINDOWS = {51, 53, 59, 64, 67, 121, 1231, 1232}


def is_unreachable(error: OSError) -> bool:
    """Return True when the share of a file does not answer: another attempt may succeed later."""
    return error.errno in _NO_ANSWER or getattr(error, "winerror", None) in _NO_ANSWER_WINDOWS


def advice(error: OSError) -> str:
    """Return what to do about the error, as the end of a line."""
    if error.errno in _FULL:
        return "free some space there"
    if error.errno in _REFUSED:
        return _ADVICE[current.name()](error)
    if error.errno == errno.EROFS:
        return "it can only be read: use another folder, or make it writable"
    return "check that the disk or share is there, and that no other program is holding the file"


def hidden_name() -> str:
    """Return a name for such a file or folder."""
    return PREFIX + secrets.token_hex(6)


def try_writing(folder: Path) -> Path | None:
    """List the folder, and write and remove a hidden file in it. Return where the file was, if Windows redirected it.

    os.access does not show what ACLs, Controlled folder access and macOS' privacy settings refuse. Python's `tempfile`
    takes such a refusal on Windows for a name that is taken, and tries two billion others (cpython#66305).

    Raises:
        OSError: the system refuses it.
    """
    os.scandir(folder).close()
    path = folder / hidden_name()
    try:
        path.write_bytes(b"takevoice doctor")
        return redirected_to(path)
    finally:
        place.remove(path)


def program() -> str:
    """Return the program that the user has to allow: the real Python behind a virtual environment.

    On Windows, the python.exe of an environment is a launcher of that one, which only `_base_executable` names.
    """
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def _on_linux(_error: OSError) -> str:
    return "check its owner and permissions, and that no other program is holding it"


def _on_macos(error: OSError) -> str:
    # Transparency, Consent and Control refuses with EPERM, ordinary permissions with EACCES.
    if error.errno == errno.EPERM:
        return f"allow {program()} in System Settings > Privacy & Security > Full Disk Access, and start takevoice again"
    return _on_linux(error)


def _on_windows(_error: OSError) -> str:
    return (
        "check that no other program is holding it, and that you may write there; if Controlled folder access is on, "
        f"allow {program()} in Windows Security > Ransomware protection"
    )


_ADVICE: Mapping[str, Callable[[OSError], str]] = {
    "linux": _on_linux,
    "macos": _on_macos,
    "windows": _on_windows,
}
