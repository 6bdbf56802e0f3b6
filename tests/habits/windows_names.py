"""The tables of takevoice for Windows, with what Python does there."""

from __future__ import annotations

import os
from typing import Any

from takevoice.system import current


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

    patch.setattr(os, "rename", exclusive)
    patch.setattr(current, "name", lambda: "windows")
