"""How many files and connections the process may have open: systems start programs with fewer than a house needs."""

from __future__ import annotations

import importlib
from contextlib import suppress


def raise_file_limit(wanted: int) -> None:
    """Raise the limit to `wanted`, or as far as the system allows; nothing on systems without such a limit (Windows)."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):  # macOS has another, lower limit behind this one
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
