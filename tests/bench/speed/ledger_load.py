"""What it costs that every change is on disk before it is acted on."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

from speed.row import Row, at_least
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.ledger.writer import Writer
from takevoice.system.fileid import FileVersion

WORKERS = 20
WAIT = 0.05  # seconds a worker is with the backend, so that it is the takes that set the pace
TAKES = 1500
RUNS = 3


def measure() -> Iterator[Row]:
    """Takes through all states by as many workers as there are slots, synchronous FULL beside NORMAL."""
    speeds: dict[str, list[float]] = {"FULL": [], "NORMAL": []}
    for _ in range(RUNS):
        for mode, found in speeds.items():
            found.append(_takes_a_second(mode))
    full, normal = (max(speeds[mode]) for mode in ("FULL", "NORMAL"))
    yield at_least("takes through the ledger, synchronous FULL", full, normal, 0.95, "takes/s", "NORMAL")


def _takes_a_second(mode: str) -> float:
    with tempfile.TemporaryDirectory(dir=Path.home()) as name:
        ledger = _opened(Path(name) / "ledger.sqlite3", WRITERS[mode])
        jobs = ledger.jobs.add_found(
            [(Path(name) / f"{n}.wav", Path(name), FileVersion(1, 1, n)) for n in range(TAKES)], "daemon"
        )

        def one(job_id: int) -> None:
            ledger.jobs.change(job_id, State.QUEUED)
            ledger.jobs.change(job_id, State.CONVERTING)
            time.sleep(WAIT)
            ledger.jobs.change(job_id, State.RESTORING)
            ledger.jobs.change(job_id, State.DONE)

        began = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(one, [job.id for job in jobs]))
        took = time.perf_counter() - began
        ledger.close()
    return TAKES / took


class NeverDurable(Writer):
    """A writer that never waits for the disk."""

    def submit(self, write: Any, *, durable: bool = True) -> Future[Any]:
        return super().submit(write, durable=False)


WRITERS = {"FULL": Writer, "NORMAL": NeverDurable}


def _opened(path: Path, kind: type[Writer]) -> Ledger:
    with mock.patch("takevoice.ledger.writer.Writer", kind):
        return Ledger(path)
