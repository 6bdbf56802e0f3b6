"""A listener for tests, and what starts a watcher."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from takevoice.jobs import FileVersion
from takevoice.watch import FoundFile, Watcher

Start = Callable[..., Watcher]


class Ear:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Path]] = []
        self.settled_at: dict[Path, float] = {}
        self.reasons: dict[Path, str] = {}
        self.first: list[Path] = []
        self.dealt_with: dict[Path, FileVersion] = {}
        self.seen: dict[Path, dict[Path, FileVersion]] = {}
        self.devices: dict[Path, int] = {}

    def known(self, path: Path) -> FileVersion | None:
        return self.dealt_with.get(path)

    def found(self, sightings: Sequence[FoundFile], *, first_look: bool) -> None:
        self.events += [("found", sighting.path) for sighting in sightings]
        if first_look:
            self.first += [sighting.path for sighting in sightings]

    def settled(self, sighting: FoundFile) -> None:
        self.settled_at[sighting.path] = time.monotonic()
        self.events.append(("settled", sighting.path))

    def gave_up(self, sighting: FoundFile, reason: str) -> None:
        self.reasons[sighting.path] = reason
        self.events.append(("gave up", sighting.path))

    def gone(self, path: Path) -> None:
        self.events.append(("gone", path))

    def root_lost(self, root: Path, reason: str) -> None:
        self.events.append(("lost", root))

    def root_back(self, root: Path) -> None:
        self.events.append(("back", root))

    def root_seen(self, root: Path, device: int, seen: Mapping[Path, FileVersion]) -> None:
        self.seen[root] = dict(seen)
        self.devices[root] = device

    def heard(self, kind: str, path: Path) -> bool:
        return (kind, path) in self.events
