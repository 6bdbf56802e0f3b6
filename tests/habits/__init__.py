"""Habits of Windows, macOS and of users' drives, put under the real program on this machine.

Each habit is a function that replaces a call of the operating system by one that behaves as the documents of the other
system say; its docstring names them. Only `windows` and `macos` know takevoice: they take the ways that are written
for that system. `pytest --habit NAME` runs tests under a habit, the
processes they start included; the fixture `habit` adds one to a single test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from habits import busy_files, consoles, keyrings, macos, mounts, sockets, windows_files, windows_names


class Patch(Protocol):
    """What replaces an attribute: pytest's MonkeyPatch, or `setattr` for a whole process."""

    def setattr(self, target: Any, name: str, value: Any, raising: bool = True) -> None: ...


class WholeProcess:
    """Replaces attributes for as long as the process runs."""

    def setattr(self, target: Any, name: str, value: Any, raising: bool = True) -> None:
        setattr(target, name, value)


HABITS: dict[str, Callable[[Patch], None]] = {
    "busy_files": busy_files.every_step_refused_at_first,
    "macos": macos.as_macos,
    "new_mounts": mounts.other_numbers_each_time,
    "no_console": consoles.no_console,
    "scans_without_inodes": windows_files.scans_without_inodes,
    "slow_keyring": keyrings.slow_keyring,
    "small_socket_buffers": sockets.small_buffers,
    "windows": windows_names.as_windows,
}
