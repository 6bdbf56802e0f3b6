"""What a watcher watches, and what it reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from takevoice.settled import Problem
from takevoice.system.fileid import FileVersion, Stored


@dataclass(frozen=True)
class Root:
    """A watched folder."""

    path: Path
    recursive: bool = True
    ignore: tuple[str, ...] = ()
    suffixes: frozenset[str] = frozenset()  # more of them than those of all folders
    poll: bool | None = None  # only scan it; None: where its file system reports no events
    follow_links: bool = False  # follow links to files outside of it


@dataclass(frozen=True)
class FoundFile:
    """A file in a watched folder, in one version."""

    path: Path
    version: FileVersion
    root: Path


class Listener(Protocol):
    """Receives what a watcher finds. Each watched folder has a thread of its own, which calls for that folder alone."""

    def known_below(self, root: Path) -> Mapping[str, Stored]:
        """Return the version of each file below the folder that was dealt with before, by its path."""

    def known_version(self, path: Path) -> FileVersion | None:
        """Return the version of the file that was dealt with before."""

    def on_found(self, found: Sequence[FoundFile], *, first_look: bool) -> None:
        """Receive new files; `first_look`: they were there before the start."""

    def on_announced(self, path: Path, track: str) -> None:
        """Receive the track that the writer of a file names; the file may not have been found yet. Called in any thread."""

    def on_likely(self, found: FoundFile) -> None:
        """Receive a file that is probably finished: what can be thrown away may begin. At most once until it has settled."""

    def on_changed(self, path: Path) -> None:
        """Receive a file that was likely to be finished, and has been written to again since."""

    def on_settled(self, found: FoundFile) -> None:
        """Receive a finished file."""

    def on_timeout(self, found: FoundFile, problem: Problem, reason: str) -> None:
        """Receive a file that stays incomplete."""

    def on_removed(self, path: Path) -> None:
        """Receive a file that was removed before it was finished."""

    def on_root_seen(self, root: Path, volume: str, seen: Mapping[str, FileVersion]) -> None:
        """Receive a folder that is watched for the first time, or is another one than before, with all files in it by their paths."""

    def on_root_emptied(self, root: Path) -> None:
        """Receive a folder that had files at the walk before, and has none now."""

    def on_cloud_only(self, root: Path, count: int) -> None:
        """Receive how many takes in the folder are in the cloud only; they are found once they are on this machine."""

    def on_others(self, root: Path, names: Sequence[str]) -> None:
        """Receive the names of the files in the folder that are only counted, whenever there are others than before."""

    def on_root_lost(self, root: Path, reason: str) -> None:
        """Receive a watched folder that cannot be read any more."""

    def on_root_back(self, root: Path) -> None:
        """Receive a watched folder that can be read again."""

    def on_root_silent(self, root: Path) -> None:
        """Receive a watched folder whose file system does not answer; called in the watcher's own thread."""

    def on_root_answers(self, root: Path) -> None:
        """Receive a watched folder whose file system answers again; called in the watcher's own thread."""
