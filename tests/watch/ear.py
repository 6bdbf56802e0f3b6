"""A listener for tests, and what starts a watcher."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from takevoice.settled import Problem
from takevoice.system.fileid import FileVersion
from takevoice.watch import FoundFile, Watcher

Start = Callable[..., Watcher]


class Ear:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Path]] = []
        self.likely: list[tuple[Path, float]] = []
        self.changed: list[Path] = []
        self.settled_at: dict[Path, float] = {}
        self.reasons: dict[Path, str] = {}
        self.first: list[Path] = []
        self.dealt_with: dict[Path, FileVersion] = {}
        self.seen: dict[Path, dict[str, FileVersion]] = {}
        self.volumes: dict[Path, str] = {}

    def known_below(self, root: Path) -> Mapping[str, FileVersion]:
        return {str(path): version for path, version in self.dealt_with.items()}

    def on_root_silent(self, root: Path) -> None:
        self.events.append(("silent", root))

    def on_root_answers(self, root: Path) -> None:
        self.events.append(("answers", root))

    def known_version(self, path: Path) -> FileVersion | None:
        return self.dealt_with.get(path)

    def on_found(self, found: Sequence[FoundFile], *, first_look: bool) -> None:
        self.events += [("found", file.path) for file in found]
        if first_look:
            self.first += [file.path for file in found]

    def on_likely(self, found: FoundFile) -> None:
        self.likely.append((found.path, time.monotonic()))

    def on_changed(self, path: Path) -> None:
        self.changed.append(path)

    def on_settled(self, found: FoundFile) -> None:
        self.settled_at[found.path] = time.monotonic()
        self.dealt_with[found.path] = found.version  # as the daemon does: news that is late finds nothing new
        self.events.append(("settled", found.path))

    def on_timeout(self, found: FoundFile, problem: Problem, reason: str) -> None:
        self.reasons[found.path] = reason
        self.events.append(("gave up", found.path))

    def on_removed(self, path: Path) -> None:
        self.events.append(("gone", path))

    def on_others(self, root: Path, names: Sequence[str]) -> None:
        self.events.append(("others", root))

    def on_root_lost(self, root: Path, reason: str) -> None:
        self.events.append(("lost", root))

    def on_root_back(self, root: Path) -> None:
        self.events.append(("back", root))

    def on_cloud_only(self, root: Path, count: int) -> None:
        self.events.append(("in the cloud", root))

    def on_root_emptied(self, root: Path) -> None:
        self.events.append(("emptied", root))

    def on_root_seen(self, root: Path, volume: str, seen: Mapping[str, FileVersion]) -> None:
        self.seen[root] = dict(seen)
        self.volumes[root] = volume

    def heard(self, kind: str, path: Path) -> bool:
        return (kind, path) in self.events
