"""How soon is a new take found on a slow share, and what does a first look at known files cost?

    python tests/bench/slow_share.py [--files N] [--tries N] [--known N]

Mounts a folder with FILES takes (10,000, all known) by FUSE, where each look at a file takes 2 ms, has a watcher scan it
as the daemon does, drops a new take TRIES times (5) at odd moments, and prints the seconds until it has settled, next to those
of one walk through the share. Then a first look at KNOWN files (100,000) on the local disk: seconds of CPU.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "daemon")]

from drives import mounted  # noqa: E402
from support import make_take, wait_for  # noqa: E402
from takevoice import audio  # noqa: E402
from takevoice.ledger import Ledger  # noqa: E402
from takevoice.system.fileid import FileVersion, Stored, version_of  # noqa: E402
from takevoice.watch import Root, Watcher  # noqa: E402
from watch.ear import Ear  # noqa: E402

PER_FOLDER = 100


class KnowingEar(Ear):
    """A listener whose known files are those of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.ledger = ledger

    def known_below(self, root: Path) -> dict[str, Stored]:
        return self.ledger.files.known_below(root)

    def known_version(self, path: Path) -> FileVersion | None:
        known = self.ledger.files.known(path)
        return known.version if known else None


def fill(folder: Path, seen_at: Path, files: int, data: bytes, ledger: Path) -> None:
    """Write the files, in folders of a hundred, and note in the ledger that they were dealt with."""
    rows = []
    for number in range(files):
        name = f"{number // PER_FOLDER}/{number}.wav"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        version = version_of(path)
        assert version is not None
        rows.append((str(seen_at / name), *version))
    with sqlite3.connect(ledger) as connection:
        connection.executemany("INSERT INTO files VALUES (?,?,?,?,'ours',NULL)", rows)
    connection.close()


def watcher_of(ear: Ear, folder: Path, *, quiet: float = 2.0) -> Watcher:
    """The daemon's watcher, with its default times."""
    return Watcher(
        ear,
        [Root(folder, poll=True)],
        suffixes=audio.SUFFIXES,
        completeness=audio.completeness,
        quiet=quiet,
        give_up=30.0,
        interval=5.0,
    )


def slow_share(base: Path, files: int, tries: int, data: bytes) -> None:
    server, share, ledger = base / "server", base / "Share", Ledger(base / "share.sqlite3")
    server.mkdir()
    share.mkdir()
    fill(server, share, files, data, base / "share.sqlite3")
    with mounted(server, share, "slow"):
        began = time.monotonic()
        assert sum(path.stat().st_size > 0 for path in share.rglob("*.wav")) == files
        walk = time.monotonic() - began
        print(f"{files} files; one walk through the share takes {walk:.1f} s, three {3 * walk:.1f} s", flush=True)
        ear = KnowingEar(ledger)
        watcher = watcher_of(ear, share)
        began = time.monotonic()
        watcher.start()
        wait_for(watcher.idle, 600)
        print(f"the first look took {time.monotonic() - began:.1f} s", flush=True)
        for number in range(tries):
            time.sleep(random.uniform(0, min(walk, 20.0)))
            folder = random.randrange(max(1, files // PER_FOLDER))
            began = time.monotonic()
            (server / f"{folder}" / f"new {number}.wav").write_bytes(data)
            wait_for(lambda: share / f"{folder}" / f"new {number}.wav" in ear.settled_at, 600)  # noqa: B023
            print(f"new take {number + 1}: settled after {time.monotonic() - began:.1f} s", flush=True)
        watcher.stop()
    ledger.close()


def first_look(base: Path, files: int, data: bytes) -> None:
    folder, ledger = base / "Exports", Ledger(base / "local.sqlite3")
    folder.mkdir()
    fill(folder, folder, files, data, base / "local.sqlite3")
    ear = KnowingEar(ledger)
    watcher, cpu, began = watcher_of(ear, folder), time.process_time(), time.monotonic()
    watcher.start()
    while folder not in ear.seen:
        time.sleep(0.01)
    wait_for(watcher.idle, 60)
    print(f"first look at {files} known files: {time.process_time() - cpu:.2f} s CPU, {time.monotonic() - began:.2f} s")
    watcher.stop()
    assert ear.events == []
    ledger.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--known", type=int, default=100_000)
    args = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="slow-share-"))
    try:
        data = make_take(base / "take.wav", 0.01).read_bytes()
        if args.known:
            first_look(base, args.known, data)
        if args.files:
            slow_share(base, args.files, args.tries, data)
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
