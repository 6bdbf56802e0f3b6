"""Takes through the daemon and a paid backend: CPU, throughput, memory, beside the least that a take can cost."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ports import serving_script
from speed.daemon_run import RATE, alone, takevoice, write_takes
from speed.echo_server import DELAY
from speed.row import Row, at_least, at_most, no_more

HERE = Path(__file__).parent
LENGTHS = {"3 s": (3.0, 60), "30 s": (30.0, 10), "5 min": (300.0, 2)}  # seconds, takes
ROUNDS = 3  # of each length, in turn with the baseline
FEW, SLOTS = 4, 20
COUNTED = 20  # takes
LARGE = 200e6 / 3 / RATE  # seconds of a take of 200 MB


def measure() -> Iterator[Row]:
    """One server for all of it."""
    with tempfile.TemporaryDirectory() as name, serving_script(HERE / "echo_server.py") as port:
        base = Path(name)
        takes = {what: write_takes(base / what, count, length) for what, (length, count) in LENGTHS.items()}
        short = takes["3 s"]
        for what, paths in takes.items():
            ours, checked = _cpu(base, paths, port)
            yield at_most(f"CPU per take of {what}", ours, checked, 1.3, baseline="checked, nothing of takevoice")
            if paths is short:
                yield _bare_row(ours, short, port)
        yield from _speed_rows(base, short, port)
        yield from _count_rows(base, short[:COUNTED], port)
        yield from _memory_rows(base, short, port)


def _cpu(base: Path, takes: Sequence[Path], port: int) -> tuple[float, float]:
    """Milliseconds a take: the daemon's and the baseline's, medians of rounds in turn, starting not counted."""
    started = takevoice(base, [], port, FEW).cpu, alone("checked", [], port).cpu
    rounds = [
        (takevoice(base, takes, port, FEW).cpu, alone("checked", takes, port, FEW).cpu) for _ in range(ROUNDS)
    ]
    ours, checked = (
        1000 * (statistics.median(column) - start) / len(takes)
        for column, start in zip(zip(*rounds, strict=True), started, strict=True)
    )
    return ours, checked


def _bare_row(ours: float, takes: Sequence[Path], port: int) -> Row:
    least = alone("floor", takes, port).cpu - alone("floor", [], port).cpu
    bare = 1000 * least / len(takes)
    return at_most("CPU per take of 3 s", ours, bare, 4, baseline="send, receive, write, record, nothing checked")


def _speed_rows(base: Path, takes: Sequence[Path], port: int) -> Iterator[Row]:
    rounds = [
        (takevoice(base, takes, port, SLOTS).seconds, alone("checked", takes, port, SLOTS).seconds)
        for _ in range(ROUNDS)
    ]
    ours, checked = (len(takes) / statistics.median(column) for column in zip(*rounds, strict=True))
    what = f"takes of 3 s, {SLOTS} slots, {DELAY:g} s of delay"
    yield at_least(what, ours, checked, 0.8, "takes/s", "checked, nothing of takevoice")


def _count_rows(base: Path, takes: Sequence[Path], port: int) -> Iterator[Row]:
    counts = takevoice(base, takes, port, FEW, count=True).counts
    frames = LENGTHS["3 s"][0] * RATE
    yield no_more("libsndfile opens per take of 3 s", counts.get("opens", 0) / len(takes), 5, "files")
    for what, names in {"take": ("take",), "answer": ("answer", "memory", "other")}.items():
        passes = sum(counts.get(name, 0) for name in names) / len(takes) / frames
        yield no_more(f"times that libsndfile decodes the {what}", passes, 2, "passes")


def _memory_rows(base: Path, short: Sequence[Path], port: int) -> Iterator[Row]:
    large = write_takes(base / "large", 1, LARGE)
    few = takevoice(base, short[:40], port, 2).memory
    many = takevoice(base, short, port, SLOTS).memory
    more = takevoice(base, large, port, 2).memory - few
    yield no_more("extra memory for a take of 200 MB, compared with takes of 3 s", more, 10, "MB")
    yield no_more(f"memory per slot, 2 to {SLOTS} slots", (many - few) / (SLOTS - 2), 4, "MB")
