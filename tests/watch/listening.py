"""A watcher as a process of its own, to be stopped and continued: run as `listening.py FOLDER`, it prints what it sees, a line each."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.jobs import FileVersion
from takevoice.watch import FoundFile, Root, Watcher


class Printer:
    """A listener that prints."""

    def known(self, path: Path) -> FileVersion | None:
        return None

    def found(self, sightings: Sequence[FoundFile], *, first_look: bool) -> None:
        pass

    def settled(self, sighting: FoundFile) -> None:
        print("settled", sighting.path.name, flush=True)

    def gave_up(self, sighting: FoundFile, reason: str) -> None:
        print("gave up", sighting.path.name, reason, flush=True)

    def gone(self, path: Path) -> None:
        print("gone", path.name, flush=True)

    def root_seen(self, root: Path, device: int, seen: Mapping[Path, FileVersion]) -> None:
        print("ready", flush=True)

    def root_lost(self, root: Path, reason: str) -> None:
        pass

    def root_back(self, root: Path) -> None:
        pass


watcher = Watcher(
    Printer(),
    [Root(Path(sys.argv[1]))],
    suffixes=audio.SUFFIXES,
    completeness=audio.completeness,
    quiet=0.2,
    give_up=5.0,
    interval=0.5,
)
watcher.start()
threading.Event().wait()
