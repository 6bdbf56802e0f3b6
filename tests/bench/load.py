"""Many takes through the daemon: does its memory stay flat, does a large ledger slow it down, what does it cost when idle?

    python tests/bench/load.py [TAKES] [--old JOBS] [--idle FILES]

Starts `takevoice run` with the local engine, renders TAKES short takes (10,000) as fast as the disk takes them, and notes speed and
memory on the way. Then the same with JOBS old jobs (100,000) in the ledger, for a fifth of the takes; then an idle daemon with
FILES files (20,000) in its folder. Long files: see long_take.py.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import soundfile

RATE = 16_000
SECONDS = 0.3
CONFIG = """\
backend = "local"
[settle]
quiet = 0.2
[osc]
enabled = false
"""


class House:
    """A home, an export folder, a daemon."""

    def __init__(self, base: Path) -> None:
        self.base, self.folder = base, base / "Exports"
        self.folder.mkdir()
        config = base / "config" / "takevoice"
        config.mkdir(parents=True)
        (config / "takevoice.toml").write_text(CONFIG)
        self.state = base / "state"
        self.ledger = self.state / "ledger.sqlite3"
        self.env = os.environ | {
            "HOME": str(base),
            "XDG_CONFIG_HOME": str(base / "config"),
            "TAKEVOICE_STATE": str(self.state),
        }
        self.env.pop("ELEVENLABS_API_KEY", None)

    @contextmanager
    def daemon(self) -> Iterator[psutil.Process]:
        """A running daemon that has made its first look."""
        line = [sys.executable, "-m", "takevoice", "run", str(self.folder)]
        with (self.base / "log").open("ab") as log:
            process = subprocess.Popen(line, env=self.env, stderr=log)
        try:
            while b"watching" not in (self.base / "log").read_bytes():
                time.sleep(0.05)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)

    def render(self, number: int) -> None:
        """A take that differs from all others."""
        noise = np.random.default_rng(number).standard_normal(round(SECONDS * RATE))
        buzz = np.sign(np.sin(np.arange(len(noise)) * 2 * np.pi * 120 / RATE))
        part = self.base / "part.wav"
        soundfile.write(part, 0.1 * buzz + 0.01 * noise, RATE, "PCM_16")
        part.rename(self.folder / f"{number}.wav")

    def newest(self) -> int:
        """The highest number of a job; 0 where there is none."""
        return self._asked("SELECT COALESCE(max(id), 0) FROM jobs") if self.ledger.exists() else 0

    def done(self, after: int = 0) -> int:
        """How many jobs with higher numbers are done."""
        return self._asked("SELECT count(*) FROM jobs WHERE state = 'done' AND id > ?", after)

    def _asked(self, sql: str, *values: int) -> int:
        connection = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)
        try:
            return int(connection.execute(sql, values).fetchone()[0])
        finally:
            connection.close()

    def age(self, jobs: int) -> None:
        """Fills the ledger with copies of its first job, each of another file."""
        with sqlite3.connect(self.ledger) as connection:
            names = [row[1] for row in connection.execute("PRAGMA table_info(jobs)") if row[1] != "id"]
            values = [
                {"path": "'/old/' || value", "audio_hash": "'old' || value"}.get(name, name) for name in names
            ]
            connection.execute(
                f"INSERT INTO jobs ({','.join(names)}) SELECT {','.join(values)} FROM "
                "(SELECT * FROM jobs LIMIT 1), "
                f"(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {jobs}) SELECT value FROM n)"
            )
        connection.close()


def memory(process: psutil.Process) -> float:
    """MB of the daemon and its children, shared memory counted once."""
    return sum(p.memory_full_info().uss for p in [process, *process.children(recursive=True)]) / 1e6


class Mark(NamedTuple):
    """When a tenth was done, and the memory then."""

    at: float
    megabytes: float


def through(house: House, takes: int, label: str) -> list[Mark]:
    """Renders takes, and prints speed and memory in tenths; returns the ten marks."""
    before = house.newest()
    with house.daemon() as process:
        began = time.monotonic()
        number = before
        marks: list[Mark] = []
        print(f"{label}\n{'done':>8}{'takes/s':>10}{'MB':>8}{'waiting':>9}")
        while len(marks) < 10:
            # As fast as a disk would: the queue is what is to be tested.
            while number - before < takes and number - before - house.done(before) < takes / 2:
                for _ in range(min(100, takes - (number - before))):
                    house.render(number)
                    number += 1
            time.sleep(min(0.2, takes / 1000))
            done = house.done(before)
            if done >= (len(marks) + 1) * takes / 10:
                now = time.monotonic()
                last = marks[-1].at if marks else began
                marks.append(Mark(now, memory(process)))
                print(
                    f"{done:>8}{takes / 10 / (now - last):>10.1f}{marks[-1].megabytes:>8.0f}{number - before - done:>9}",
                    flush=True,
                )
    first, middle, last = marks[0], marks[4], marks[9]
    print(
        f"speed of the second half: {(middle.at - first.at) / 4 * 5 / (last.at - middle.at):.2f} of the first; "
        f"memory from the first tenth to the last: {last.megabytes - first.megabytes:+.0f} MB"
    )
    return marks


def idle(house: House, files: int) -> None:
    """Prints the CPU that an idle daemon needs."""
    (house.folder / "more").mkdir()
    source = house.folder / "0.wav"
    there = sum(1 for _ in house.folder.iterdir())
    for number in range(max(0, files - there)):
        os.link(source, house.folder / "more" / f"{number}.txt")
    with house.daemon() as process:
        time.sleep(15)
        before, began = process.cpu_times(), time.monotonic()
        time.sleep(60)
        after, took = process.cpu_times(), time.monotonic() - began
        used = after.user + after.system - before.user - before.system
        print(
            f"idle with {max(files, there)} files: {100 * used / took:.2f} % of one core, {memory(process):.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("takes", type=int, nargs="?", default=10_000)
    parser.add_argument("--old", type=int, default=100_000)
    parser.add_argument("--idle", type=int, default=20_000)
    args = parser.parse_args()
    base = Path(tempfile.mkdtemp())
    try:
        house = House(base)
        through(house, args.takes, f"{args.takes} takes of {SECONDS} s, an empty ledger")
        house.age(args.old)
        through(house, args.takes // 5, f"{args.takes // 5} more, {args.old} old jobs in the ledger")
        idle(house, args.idle)
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
