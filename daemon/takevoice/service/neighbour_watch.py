"""Other takevoices on this machine that work in the same folders: takes there are claimed, as between machines."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from takevoice.errors import printable
from takevoice.neighbours import Neighbour, Neighbourhood
from takevoice.paths import StateDir
from takevoice.system.nesting import path_inside
from takevoice.system.patience import NoAnswer, within
from takevoice.system.runtime_folder import runtime_folder

log = logging.getLogger("takevoice")

NAME = "takevoice"
ANSWER = 0.5  # seconds within which a folder has to say where it is
ACKNOWLEDGED = 5.0  # seconds for the others to claim what they have in hand; they look every second
CHECK = 0.05  # seconds between two looks whether they have


class NeighbourWatch:
    """Tells the others which folders this process works in, and knows theirs; used from several threads."""

    def __init__(self, state: StateDir, owner: str, claim_all: Callable[[], None]) -> None:
        """`claim_all` claims the takes that are in hand already, when another one comes. The lock of `owner` is held."""
        self._state, self._owner, self._claim_all = state, owner, claim_all
        self._hood: Neighbourhood | None = None
        self._own: dict[Path, Path] = {}  # real paths by those that were given
        self._others: Sequence[Neighbour] = ()
        self._inside: dict[Path, bool] = {}  # folders of takes that were asked about
        self._told: set[tuple[Path, Path]] = set()
        self._looking = threading.RLock()

    def is_shared(self, folder: Path) -> bool:
        """Return True for a folder of takes that another takevoice on this machine works in."""
        others = self._others
        if not others:
            return False
        known = self._inside.get(folder)
        if known is None:
            theirs = [each for other in others for each in other.folders]
            known = self._inside[folder] = any(_is_inside(each, folder) for each in theirs)
        return known

    def announce(self, folders: Iterable[Path], *, more: bool = False) -> None:
        """Say which folders this process works in from now on, and wait until others there claim their takes.

        `more`: besides those that were announced before. To be called before it works in them.
        """
        with self._looking:
            own = {folder: self._own.get(folder) or _real(folder) for folder in folders}
            self._own = {**self._own, **own} if more else own
            try:
                self._neighbourhood().announce(self._own.values())
                self._look()
            except OSError as error:
                log.warning("another takevoice of yours on this machine would not be noticed: %s", error)
                return
        deadline = time.monotonic() + ACKNOWLEDGED
        while self._is_awaited() and time.monotonic() < deadline:
            time.sleep(CHECK)
            self.look()  # the other one may be waiting for this one

    def look(self) -> None:
        """Look who works where now."""
        with self._looking, contextlib.suppress(OSError):
            self._look()

    def close(self) -> None:
        """Say that this process ends."""
        with self._looking:
            if self._hood is not None:
                self._hood.withdraw()

    def _look(self) -> None:
        hood = self._neighbourhood()
        if not hood.token:
            return
        hood.keep()
        others = hood.others()
        tokens = {other.token for other in others}
        if tokens != {other.token for other in self._others}:
            known, self._others, self._inside = self._others, others, {}
            self._tell()
            try:
                self._claim_all()
            except BaseException:
                self._others, self._inside = known, {}  # the next look tries again, before it acknowledges anything
                raise
        self._others = others
        hood.acknowledge(tokens)

    def _neighbourhood(self) -> Neighbourhood:
        if self._hood is None:
            self._hood = Neighbourhood(runtime_folder(NAME), self._state, self._owner)
        return self._hood

    def _is_awaited(self) -> bool:
        """Return True while another one in the same folders does not know of this process."""
        with self._looking:
            token = self._hood.token if self._hood else ""
            return any(token not in other.knows and self._shared_with(other) for other in self._others)

    def _shared_with(self, other: Neighbour) -> Sequence[Path]:
        """Return the folders of this process that overlap with another one's, as they were given."""
        return [
            given
            for given, real in self._own.items()
            if any(_is_inside(each, real) or _is_inside(real, each) for each in other.folders)
        ]

    def _tell(self) -> None:
        """Log once for each folder and state dir that others work there too."""
        for other in self._others:
            for folder in self._shared_with(other):
                if (folder, other.state) not in self._told:
                    self._told.add((folder, other.state))
                    log.info(
                        "%s: another takevoice on this machine works there too (state dir %s, process %d); each take is "
                        "converted by one of them",
                        printable(folder),
                        printable(other.state),
                        other.pid,
                    )


def _is_inside(outer: Path, inner: Path) -> bool:
    if inner.is_relative_to(outer):
        return True
    with contextlib.suppress(OSError):
        return within(ANSWER, inner, lambda: path_inside(outer, inner)) is not None
    return False


def _real(folder: Path) -> Path:
    """Return the real path of a folder; the one that was given while its file system does not answer."""
    try:
        return Path(within(ANSWER, folder, lambda: os.path.realpath(folder)))
    except (NoAnswer, OSError):
        return folder
