"""Which folders other machines work in too: only there are claims made, and no local disk gets files of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from takevoice.claim_files import FOLDER
from takevoice.pipeline.planning import Planner
from takevoice.system.volumes import volume_of

KNOWN_FOR = 60.0  # seconds: a folder may be mounted meanwhile


class Shares:
    """Answers for single files; used from several threads."""

    def __init__(self, planner: Planner, clock: Callable[[], float] = time.monotonic) -> None:
        self._planner, self._clock = planner, clock
        self._known: dict[Path, tuple[float, bool]] = {}

    def covers(self, path: Path) -> bool:
        """Return True if other machines may convert the take: the config says so, its file system is on another machine, or
        a claim of another machine is next to it."""
        watch = self._planner.watch_of(path)
        if watch is not None and watch.shared is not None:
            return watch.shared
        return self._is_remote(path.parent) or _has_claims(path.parent)

    def _is_remote(self, folder: Path) -> bool:
        now = self._clock()
        until, remote = self._known.get(folder, (now, False))
        if until <= now:
            remote = volume_of(folder).remote
            self._known[folder] = (now + KNOWN_FOR, remote)
        return remote


def _has_claims(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return (folder / FOLDER).is_dir()
    return False
