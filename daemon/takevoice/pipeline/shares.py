"""Which folders other machines, or other takevoices on this one, work in too: claims are made there only."""

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

    def __init__(
        self,
        planner: Planner,
        is_shared_here: Callable[[Path], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`is_shared_here` is True for a folder that another takevoice on this machine works in."""
        self._planner, self._is_shared_here, self._clock = planner, is_shared_here, clock
        self._known: dict[Path, tuple[float, bool]] = {}

    def covers(self, path: Path) -> bool:
        """Return True if others may convert the take: another takevoice on this machine works there, the config says that
        other machines do, its file system is on another machine, or a claim is next to it."""
        if self._is_shared_here(path.parent):
            return True
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
