"""Habits of drives that are mounted anew."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from habits.windows_files import changed_stat


def other_numbers_each_time(patch: Any) -> None:
    """Give the device and every file other numbers in each process.

    macOS assigns st_dev anew at each mount, and so at each start of the machine; FAT, SMB and FUSE drives make up inodes
    as they are asked for them.
    """
    shift = time.time_ns() % 1_000_000_007

    def renumbered(stat: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> os.stat_result:
            status = stat(*arguments, **options)
            return changed_stat(status, st_dev=status.st_dev + shift, st_ino=status.st_ino + shift)

        return call

    for name in ("stat", "lstat", "fstat"):
        patch.setattr(os, name, renumbered(getattr(os, name)))
    patch.setattr(shutil, "_use_fd_functions", False)  # it would compare these numbers with those of os.scandir
    # pathlib asks os.stat by its name; what is bound elsewhere, such as in os.path.samestat, compares two of its own.
    assert Path("/").stat().st_dev == os.stat("/").st_dev  # noqa: PTH116
