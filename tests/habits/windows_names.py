"""The ways of takevoice that are written for Windows, with what Python and kernel32 do there."""

from __future__ import annotations

import os
import subprocess
from typing import Any

from habits.kernel32 import DRIVE_FIXED, Kernel32
from takevoice.system import current

NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW, learn.microsoft.com, Process Creation Flags


def as_windows(patch: Any) -> None:
    """Take the ways that are written for Windows.

    Python, os.rename: "On Windows, if dst exists a FileExistsError is always raised."
    """
    rename = os.rename

    def exclusive(source: Any, target: Any, **options: Any) -> None:
        if os.path.lexists(target):
            error = FileExistsError(17, "Cannot create a file when that file already exists", str(source))
            error.winerror = 183  # type: ignore[attr-defined]
            raise error
        rename(source, target, **options)

    class Popen(subprocess.Popen[Any]):
        """Python elsewhere refuses the flag for no console; CreateProcess knows it."""

        def __init__(self, *arguments: Any, creationflags: int = 0, **options: Any) -> None:
            flags = 0 if creationflags & NO_WINDOW else creationflags
            super().__init__(*arguments, creationflags=flags, **options)

    kernel = Kernel32({"/": (0xCAFE_F00D, "NTFS", DRIVE_FIXED)})
    patch.setattr(os, "rename", exclusive)
    patch.setattr(subprocess, "Popen", Popen)
    patch.setattr(current, "kernel32", lambda: kernel)
    patch.setattr(current, "last_error", lambda: kernel.error)
    patch.setattr(current, "name", lambda: "windows")
