"""What a first look at many files costs that are known already, beside a walk and a query with nothing of takevoice: CPU seconds."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from speed.row import Row, at_most, no_more
from takevoice import audio
from takevoice.ledger import Ledger
from takevoice.system.fileid import FileVersion, Stored
from takevoice.watch import Root, Watcher
from watch.ear import Ear

FILES, PER_FOLDER = 100_000, 1000
RUNS = 3


class KnowingEar(Ear):
    """A listener whose known files are those of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def known_below(self, root: Path) -> dict[str, Stored]:
        return self._ledger.files.known_below(root)

    def known_version(self, path: Path) -> FileVersion | None:
        known = self._ledger.files.known(path)
        return known.version if known else None


def measure() -> Iterator[Row]:
    """Both in turn; the least of each."""
    with tempfile.TemporaryDirectory() as name:
        folder, ledger = Path(name) / "Exports", Path(name) / "ledger.sqlite3"
        Ledger(ledger).close()
        _fill(folder, ledger)
        looks = [(_first_look(folder, ledger), _bare(folder, ledger)) for _ in range(RUNS)]
    ours, bare = (min(column) for column in zip(*looks, strict=True))
    what = f"first look at {FILES:,} known files"
    yield no_more(what, ours, 1, "s of CPU")
    yield at_most(what, ours, bare, 2, "s of CPU", "a bare walk and query")


def _fill(folder: Path, ledger: Path) -> None:
    with sqlite3.connect(ledger) as connection:
        for number in range(FILES):
            path = folder / str(number // PER_FOLDER) / f"take {number}.wav"
            if number % PER_FOLDER == 0:
                path.parent.mkdir(parents=True)
            path.touch()
            status = path.stat()
            row = (str(path), status.st_size, status.st_mtime_ns, status.st_ino)
            connection.execute("INSERT INTO files VALUES (?,?,?,?,'ours',NULL)", row)
    connection.close()


def _first_look(folder: Path, ledger_path: Path) -> float:
    ledger = Ledger(ledger_path)
    ear = KnowingEar(ledger)
    watcher = Watcher(
        ear,
        [Root(folder, poll=True)],
        suffixes=audio.SUFFIXES,
        completeness=audio.completeness,
        quiet=2.0,
        give_up=30.0,
        interval=60.0,
    )
    began = time.process_time()
    watcher.start()
    while not watcher.idle():
        time.sleep(0.01)
    took = time.process_time() - began
    watcher.stop()
    assert ear.events == []
    ledger.close()
    return took


def _bare(folder: Path, ledger: Path) -> float:
    """List and examine all files, and compare them with the table."""
    began = time.process_time()
    found, to_visit = {}, [str(folder)]
    while to_visit:
        with os.scandir(to_visit.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    to_visit.append(entry.path)
                else:
                    status = os.stat(entry.path)  # noqa: PTH116
                    found[entry.path] = (status.st_size, status.st_mtime_ns, status.st_ino)
    with sqlite3.connect(ledger) as connection:
        rows = connection.execute("SELECT path, size, mtime_ns, inode FROM files")
        known = {path: (size, mtime, inode) for path, size, mtime, inode in rows}
    connection.close()
    assert all(known[path] == version for path, version in found.items())
    return time.process_time() - began
