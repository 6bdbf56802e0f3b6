"""Whether an Ardour runs that uses a config folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from takevoice.system import current


def is_running(config: Path) -> bool:
    """Return True while an Ardour of this user runs whose config folder this is, or may be: other systems do not tell."""
    import psutil  # slow to load

    me = getattr(os, "getuid", lambda: None)()
    for process in psutil.process_iter(["name", *(["uids"] if me is not None else [])]):
        if not (process.info["name"] or "").lower().startswith("ardour"):
            continue
        if me is not None and process.info["uids"] is not None and process.info["uids"].real != me:
            continue
        environment: Mapping[str, str] = {}
        with contextlib.suppress(psutil.Error, OSError):
            environment = process.environ()
        if _may_use(environment, config):
            return True
    return False


def _may_use(environment: Mapping[str, str], config: Path) -> bool:
    if current.name() != "linux" or "HOME" not in environment:
        return True
    base = environment.get("XDG_CONFIG_HOME") or Path(environment["HOME"], ".config")
    return os.path.realpath(config.parent) == os.path.realpath(base)
