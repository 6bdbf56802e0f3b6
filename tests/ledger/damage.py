"""Ledgers with many jobs, and what may happen to their files."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.ledger.charges import Budget, Charge, Received, Request
from takevoice.system.fileid import FileVersion
from takevoice.take_settings import TakeSettings

PAGE = 4096  # bytes


def filled(path: Path, count: int = 300) -> Path:
    """Make a ledger with `count` paid jobs that are done, one with a request under way, and one that waits."""
    ledger = Ledger(path)
    for number in range(1, count + 3):
        take = Path(f"/exports/take {number}.wav")
        job = ledger.jobs.add(take, State.FOUND)
        ledger.jobs.complete_intake(
            job,
            State.QUEUED,
            FileVersion(1, 2, number),
            audio_hash=f"audio {number}",
            settings_hash="settings",
            backend="paid",
            settings=TakeSettings(seed=number),
            voice_id="v",
            audio_plugins=(),
        )
        if number == count + 2:
            break
        ledger.jobs.claim("daemon")
        budget, charges = Budget(0.0, "run", ""), [Charge("0-0-1", 1.0, 10.0)]
        ledger.charges.reserve(number, "key", charges, budget, lambda *_: None, send=True)
        if number == count + 1:
            break_off = number
            continue
        ledger.jobs.complete_conversion(number, [Received(Request("key", "0-0-1"))], detail="")
        ledger.outputs.record(ledger.jobs.get(number), Path(f"/exports/take {number}.ada.wav"), FileVersion(3, 4, number), f"made {number}")
        ledger.jobs.change(number, State.DONE)
    assert ledger.jobs.get(break_off).state is State.CONVERTING
    ledger.tracks.set("Anna", "seed", 7)
    ledger.close()
    return path


def page_of(path: Path, name: str) -> int:
    """Return the number of a page in the middle of a table or an index."""
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno"
        try:
            pages = [row[0] for row in connection.execute(sql, (name,))]
        except sqlite3.OperationalError:  # a SQLite without dbstat
            root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0]
            return _child(path, int(root))
    return int(pages[len(pages) // 2])


def _child(path: Path, root: int) -> int:
    """Return a page below the root, or the root if it is a leaf (SQLite's database file format, 1.6, B-tree Pages)."""
    with path.open("rb") as file:
        file.seek((root - 1) * PAGE)
        page = file.read(PAGE)
    cells = int.from_bytes(page[3:5])
    if page[0] not in (2, 5) or not cells:
        return root
    cell = int.from_bytes(page[12 + cells // 2 * 2 :][:2])
    return int.from_bytes(page[cell : cell + 4])


def overwrite(path: Path, page: int, octets: bytes = b"\xa5" * PAGE) -> None:
    """Overwrite the beginning of a page, from 1."""
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(octets)


def flip(path: Path, count: int, seed: int, begin: int = 100) -> None:
    """Flip bits of `count` bytes all over the file."""
    chance, octets = random.Random(seed), bytearray(path.read_bytes())
    for _ in range(count):
        octets[chance.randrange(begin, len(octets))] ^= 1 << chance.randrange(8)
    path.write_bytes(octets)
