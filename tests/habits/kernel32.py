"""The calls of kernel32.dll that matter here, as learn.microsoft.com describes them, on this machine's files.

CreateFileW shares as documented: an open without FILE_SHARE_WRITE fails with ERROR_SHARING_VIOLATION while some process has
the file open for writing. Which processes have, /proc tells.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

INVALID_HANDLE_VALUE = ctypes.c_void_p(-1).value
ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE, ERROR_SHARING_VIOLATION = 2, 5, 6, 32
FILE_SHARE_WRITE = 2
DRIVE_FIXED, DRIVE_REMOTE = 3, 4
FILETIME_OF_1970 = 11_644_473_600  # seconds


class Function:
    """A foreign function: it has a `restype`, which is ignored, and is called."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.restype: Any = ctypes.c_int
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*(getattr(a, "value", a) if isinstance(a, ctypes._SimpleCData) else a for a in arguments))


class Kernel32:
    """One process' view of Windows. `volumes` has (serial, file system, drive type) by root, such as `C:\\\\`."""

    def __init__(self, volumes: dict[str, tuple[int, str, int]] | None = None) -> None:
        self.volumes = volumes or {"C:\\": (0xCAFE_F00D, "NTFS", DRIVE_FIXED)}
        self.error = 0
        self.written = Snapshot()
        self.open: dict[int, Path] = {}
        self.handlers: list[Any] = []
        self.deny: set[Path] = set()
        self.has_change_time = True
        self.short_names: dict[str, str] = {}
        self.native_machine = 0x8664  # IMAGE_FILE_MACHINE_AMD64
        self.events: list[tuple[int, int]] = []
        self.has_console = True
        for name in ("CreateFileW", "CloseHandle", "GetFileInformationByHandleEx", "GetVolumePathNameW",
                     "GetVolumeInformationW", "GetDriveTypeW", "SetConsoleCtrlHandler", "GetShortPathNameW",
                     "GetCurrentProcess", "IsWow64Process2", "GenerateConsoleCtrlEvent"):  # fmt: skip
            setattr(self, name, Function(getattr(self, f"_{name}")))

    def _CreateFileW(self, name: str, access: int, share: int, _security: None, how: int, flags: int, _t: None) -> int | None:  # noqa: N802
        path = Path(name)
        if not path.exists() or path in self.deny:
            self.error = ERROR_ACCESS_DENIED if path in self.deny else ERROR_FILE_NOT_FOUND
            return INVALID_HANDLE_VALUE
        if not share & FILE_SHARE_WRITE and path in self.written:
            self.error = ERROR_SHARING_VIOLATION
            return INVALID_HANDLE_VALUE
        handle = len(self.open) + 100
        self.open[handle] = path
        return handle

    def _CloseHandle(self, handle: int) -> int:  # noqa: N802
        del self.open[handle]
        return 1

    def _GetFileInformationByHandleEx(self, handle: int, kind: int, target: Any, size: int) -> int:  # noqa: N802
        assert kind == 0, "FileBasicInfo"
        assert size == 40, "FILE_BASIC_INFO has five fields, the last one padded"
        status = self.open[handle].stat()
        change = status.st_ctime if self.has_change_time else -FILETIME_OF_1970
        times = (status.st_mtime, status.st_atime, status.st_mtime, change)
        for at, value in enumerate(times):
            filetime = ctypes.c_int64(round((value + FILETIME_OF_1970) * 1e7))
            ctypes.memmove(ctypes.addressof(target._obj) + 8 * at, ctypes.byref(filetime), 8)
        return 1

    def _GetVolumePathNameW(self, name: str, target: Any, length: int) -> int:  # noqa: N802
        roots = [root for root in self.volumes if name.lower().startswith(root.lower().rstrip("\\"))]
        if not roots:
            return 0
        target.value = max(roots, key=len)
        return 1

    def _GetVolumeInformationW(self, root: str, *arguments: Any) -> int:  # noqa: N802
        _name, _length, serial, _longest, _flags, kind, _size = arguments
        number, file_system, _ = self.volumes[root]
        if not file_system:
            return 0
        serial._obj.value, kind.value = number, file_system
        return 1

    def _GetDriveTypeW(self, root: str) -> int:  # noqa: N802
        return self.volumes[root][2]

    def _GetShortPathNameW(self, name: str, target: Any, length: int) -> int:  # noqa: N802
        short = self.short_names.get(name, name)
        target.value = short
        return len(short)

    def _GetCurrentProcess(self) -> int:  # noqa: N802
        return 2**64 - 1  # a pseudo handle, (HANDLE)-1

    def _IsWow64Process2(self, process: int, machine: Any, native: Any) -> int:  # noqa: N802
        assert process == INVALID_HANDLE_VALUE, "the pseudo handle of this process, in all 64 bits"
        machine._obj.value, native._obj.value = 0, self.native_machine  # IMAGE_FILE_MACHINE_UNKNOWN: not WOW64
        return int(self.native_machine != 0)

    def _GenerateConsoleCtrlEvent(self, event: int, group: int) -> int:  # noqa: N802
        self.events.append((event, group))
        self.error = 0 if self.has_console else ERROR_INVALID_HANDLE
        return int(self.has_console)

    def _SetConsoleCtrlHandler(self, handler: Any, add: int) -> int:  # noqa: N802
        (self.handlers.append if add else self.handlers.remove)(handler)
        return 1


class Snapshot:
    """Which files some process has open for writing; looked up at most every `AGE` seconds, for thousands of files at once."""

    AGE = 0.02

    def __init__(self) -> None:
        self._taken, self._files = 0.0, set[str]()

    def __contains__(self, path: Path) -> bool:
        if time.monotonic() - self._taken > self.AGE:
            self._files = {file for folder in Path("/proc").glob("[0-9]*") for file in written_by(folder)}
            self._taken = time.monotonic()
        return str(path.resolve()) in self._files


def written_by(process: Path) -> Iterator[str]:
    """Yield the files that a process has open for writing."""
    try:
        for link in (process / "fd").iterdir():
            target = str(link.readlink())
            if target.startswith("/") and int(flags_of(process / "fdinfo" / link.name), 8) & os.O_ACCMODE:
                yield target
    except OSError:
        return


def flags_of(info: Path) -> str:
    return info.read_text().split("flags:")[1].split()[0]
