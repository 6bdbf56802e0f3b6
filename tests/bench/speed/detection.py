"""How soon a file is seen, beside raw inotify; and whether any of 20,000 is lost. Linux only."""

from __future__ import annotations

import ctypes
import os
import statistics
import struct
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from speed.row import Row, at_most, no_more
from takevoice import audio
from takevoice.settled import Problem
from takevoice.system.fileid import FileVersion
from takevoice.watch import FoundFile, Root, Watcher

ONE_BY_ONE = 300
BURST = 20_000
IN_MOVED_TO = 0x80


class Ear:
    """A listener that notes when it heard of each file."""

    def __init__(self) -> None:
        self.found_at: dict[str, float] = {}
        self.ready = threading.Event()

    def known_version(self, path: Path) -> FileVersion | None:
        return None

    def on_found(self, found: Sequence[FoundFile], *, first_look: bool) -> None:
        now = time.perf_counter()
        self.found_at.update((file.path.name, now) for file in found)

    def on_likely(self, found: FoundFile) -> None:
        pass

    def on_changed(self, path: Path) -> None:
        pass

    def on_settled(self, found: FoundFile) -> None:
        pass

    def on_timeout(self, found: FoundFile, problem: Problem, reason: str) -> None:
        pass

    def on_removed(self, path: Path) -> None:
        pass

    def on_cloud_only(self, root: Path, count: int) -> None:
        pass

    def on_root_emptied(self, root: Path) -> None:
        pass

    def on_root_seen(self, root: Path, volume: str, seen: Mapping[Path, FileVersion]) -> None:
        self.ready.set()

    def on_others(self, root: Path, names: Sequence[str]) -> None:
        pass

    def on_root_lost(self, root: Path, reason: str) -> None:
        pass

    def on_root_back(self, root: Path) -> None:
        pass


class Inotify:
    """The system's own events, read as directly as Python can."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(0)
        libc.inotify_add_watch(self._fd, os.fsencode(folder), IN_MOVED_TO)
        self.found_at: dict[str, float] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            data, at = os.read(self._fd, 1 << 16), 0
            now = time.perf_counter()
            while at < len(data):
                size = struct.unpack_from("iIII", data, at)[3]
                self.found_at[os.fsdecode(data[at + 16 : at + 16 + size].rstrip(b"\0"))] = now
                at += 16 + size


def measure() -> Iterator[Row]:
    """Renames into a folder that both watch."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        folder, outside = base / "Exports", base / "outside"
        folder.mkdir()
        outside.mkdir()
        ear, raw = Ear(), Inotify(folder)
        watcher = Watcher(
            ear,
            [Root(folder)],
            suffixes=audio.SUFFIXES,
            completeness=audio.completeness,
            quiet=2.0,
            give_up=30.0,
            interval=5.0,
        )
        watcher.start()
        ear.ready.wait(10)
        time.sleep(1)
        waits: dict[str, list[float]] = {"ours": [], "raw": []}
        for number in range(ONE_BY_ONE):
            file = f"{number}.wav"
            (outside / file).write_bytes(b"RIFF")
            began = time.perf_counter()
            (outside / file).rename(folder / file)
            while file not in ear.found_at or file not in raw.found_at:
                time.sleep(0.0002)
            waits["ours"].append(1000 * (ear.found_at[file] - began))
            waits["raw"].append(1000 * (raw.found_at[file] - began))
            time.sleep(0.01)
        ours, base_ = statistics.median(waits["ours"]), statistics.median(waits["raw"])
        yield at_most("time to detect a rename, median", ours, base_, 3, baseline="raw inotify")
        for number in range(BURST):
            (outside / f"b{number}.wav").write_bytes(b"RIFF")
        for number in range(BURST):
            (outside / f"b{number}.wav").rename(folder / f"b{number}.wav")
        deadline = time.monotonic() + 60
        while len(ear.found_at) < ONE_BY_ONE + BURST and time.monotonic() < deadline:
            time.sleep(0.1)
        yield no_more(
            f"files missed of {BURST:,} renames at once", ONE_BY_ONE + BURST - len(ear.found_at), 0, "files"
        )
        watcher.stop()
