"""Habits of Windows, macOS and of users' drives, put under the real program on this machine.

Each habit is a function that replaces a call of the operating system by one that behaves as the documents of the other
system say; its docstring names them. None of it knows takevoice. `pytest --habit NAME` runs tests under a habit, the
processes they start included; the fixture `habit` adds one to a single test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from habits import sockets, windows_files


class Patch(Protocol):
    """What replaces an attribute: pytest's MonkeyPatch, or `setattr` for a whole process."""

    def setattr(self, target: Any, name: str, value: Any, raising: bool = True) -> None: ...


class WholeProcess:
    """Replaces attributes for as long as the process runs."""

    def setattr(self, target: Any, name: str, value: Any, raising: bool = True) -> None:
        setattr(target, name, value)


HABITS: dict[str, Callable[[Patch], None]] = {
    "scans_without_inodes": windows_files.scans_without_inodes,
    "small_socket_buffers": sockets.small_buffers,
}
