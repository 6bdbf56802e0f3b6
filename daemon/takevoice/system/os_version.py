"""Which version of its system this machine runs, and whether this Python was built for its processor."""

from __future__ import annotations

import contextlib
import ctypes
import platform
import sysconfig
from collections.abc import Callable, Mapping

from takevoice.system import current

_MACHINE_ARM64 = 0xAA64  # IMAGE_FILE_MACHINE_ARM64, learn.microsoft.com, Image File Machine Constants


def os_version() -> str:
    """Return the name and the version of the system, and the kind of machine; never the machine's name."""
    return _VERSION[current.name()]()


def _linux() -> str:
    name = platform.system()
    with contextlib.suppress(OSError):
        name = platform.freedesktop_os_release().get("PRETTY_NAME", name)
    return f"{name}, kernel {platform.release()}, {platform.machine()}"


def _macos() -> str:
    """sysctl(3) of the running kernel; `sysctl.proc_translated` is 1 for a process that Rosetta translates."""
    translated, size = ctypes.c_int(0), ctypes.c_size_t(ctypes.sizeof(ctypes.c_int))
    answer = current.c_library().sysctlbyname(
        b"sysctl.proc_translated", ctypes.byref(translated), ctypes.byref(size), None, ctypes.c_size_t(0)
    )
    emulated = ", translated by Rosetta" if answer == 0 and translated.value == 1 else ""
    return f"macOS {platform.mac_ver()[0]}, Darwin {platform.release()}, {platform.machine()}{emulated}"


def _windows() -> str:
    """IsWow64Process2 (Windows 10 1709 and newer) has the processor behind an emulation; the environment has not."""
    release, version, *_ = platform.win32_ver()
    kernel, process, native = current.kernel32(), ctypes.c_ushort(), ctypes.c_ushort()
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    asked = getattr(kernel, "IsWow64Process2", None)
    built = sysconfig.get_platform()
    if asked is None or not asked(
        ctypes.c_void_p(kernel.GetCurrentProcess()), ctypes.byref(process), ctypes.byref(native)
    ):
        return f"Windows {release} {version}, {built}"
    emulated = ", emulated on ARM" if native.value == _MACHINE_ARM64 and "arm64" not in built else ""
    return f"Windows {release} {version}, {built}{emulated}"


_VERSION: Mapping[str, Callable[[], str]] = {"linux": _linux, "macos": _macos, "windows": _windows}
