"""How long the commands that scripts wait for take, beside bare Python."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from osc.clients import echo_routes, serving
from speed.row import Row, at_most
from takevoice.ledger import Ledger
from takevoice.system.fileid import FileVersion

RUNS = 15


def measure() -> Iterator[Row]:
    """Both commands, and bare Python between their runs."""
    with tempfile.TemporaryDirectory() as name, serving(echo_routes()) as server:
        state = Path(name)
        ledger = Ledger(state / "ledger.sqlite3")
        ledger.jobs.add_found([(state / f"{n}.wav", state, FileVersion(1, 1, n)) for n in range(100)], "daemon")
        ledger.close()
        takevoice = [sys.executable, "-m", "takevoice"]
        lines = {
            "bare": [sys.executable, "-c", "pass"],
            "jobs": [*takevoice, "jobs", "--state", name],
            "osc": [*takevoice, "osc", "--port", str(server.port), "/test/echo", "id"],
        }
        took = _interleaved(lines)
    yield at_most("`takevoice jobs`, 100 jobs", took["jobs"], took["bare"], 3, baseline="bare Python")
    yield at_most("`takevoice osc`, including the reply", took["osc"], took["bare"], 8, baseline="bare Python")


def _interleaved(lines: dict[str, Sequence[str]]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(RUNS):
        for name, line in lines.items():
            began = time.perf_counter()
            subprocess.run(line, check=True, stdout=subprocess.DEVNULL, env=os.environ)
            times[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(values) for name, values in times.items()}
