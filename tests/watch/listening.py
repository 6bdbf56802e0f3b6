"""A watcher as a process of its own, to be stopped and continued: run as `listening.py FOLDER`, it prints what it sees, a line each."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.settled import Problem
from takevoice.system.fileid import FileVersion
from takevoice.watch import FoundFile, Root, Watcher


class Printer:
    """A listener that prints."""

    def known_below(self, root: Path) -> Mapping[str, FileVersion]:
        return {}

    def on_root_silent(self, root: Path) -> None:
        pass

    def on_root_answers(self, root: Path) -> None:
        pass

    def known_version(self, path: Path) -> FileVersion | None:
        return None

    def on_found(self, found: Sequence[FoundFile], *, first_look: bool) -> None:
        pass

    def on_likely(self, found: FoundFile) -> None:
        pass

    def on_changed(self, path: Path) -> None:
        pass

    def on_settled(self, found: FoundFile) -> None:
        print("settled", found.path.name, flush=True)

    def on_timeout(self, found: FoundFile, problem: Problem, reason: str) -> None:
        print("gave up", found.path.name, reason, flush=True)

    def on_removed(self, path: Path) -> None:
        print("gone", path.name, flush=True)

    def on_cloud_only(self, root: Path, count: int) -> None:
        pass

    def on_root_emptied(self, root: Path) -> None:
        pass

    def on_root_seen(self, root: Path, volume: str, seen: Mapping[str, FileVersion]) -> None:
        print("ready", flush=True)

    def on_others(self, root: Path, names: Sequence[str]) -> None:
        pass

    def on_root_lost(self, root: Path, reason: str) -> None:
        pass

    def on_root_back(self, root: Path) -> None:
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
