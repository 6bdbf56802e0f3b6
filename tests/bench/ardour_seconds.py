"""Measures the seconds from a key press in a real Ardour to the converted regions on the timeline, for 1 and 50 regions.

Prints a row of a table for each number of regions: the median and the longest of several runs, and the median of what the local
engine alone needs for the same sound, handles included, one take after the other in one thread, measured directly after each run.
The regions are of 2.3 s on average. The load average says how busy the machine was.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as takevoice does

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from integrations.ardour.room import CONVERT, open_studio
from integrations.ardour.saved import RATE
from integrations.ardour.studio import HOW_TO_GET, MISSING, Studio
from support import TAKES
from takevoice_plugins.local.conversion import ConversionTask, convert_file
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile

SOUND = TAKES / "narrator_48k_24bit.flac"


def regions(studio: Studio, track: str, count: int, shift: int) -> list[str]:
    """Places regions of one file one after the other, no two alike; returns their names."""
    samples, rate = soundfile.read(SOUND)
    assert rate == RATE
    lengths = [int(RATE * (1.3 + 2.0 * (number % 7) / 6)) for number in range(count)]
    parts = [np.roll(samples, 977 * (number + shift))[:length] * 0.9 for number, length in enumerate(lengths)]
    names, position = [], 0
    for number, part in enumerate(parts):
        name = f"{track}-{number:02}"
        take = studio.root / f"{name}.wav"
        soundfile.write(take, part, RATE, "PCM_24")
        studio.place(take, track, position)
        names.append(name)
        position += len(part) + RATE
    return names


def seconds(studio: Studio, names: list[str]) -> float:
    """From the key press until nothing is in progress any more."""
    studio.select(*names)
    started = time.monotonic()
    studio.press(CONVERT)
    while not studio.is_at_work():
        time.sleep(0.005)
    while studio.is_at_work():
        time.sleep(0.01)
    return time.monotonic() - started


def engine_seconds(studio: Studio, names: list[str]) -> float:
    """For the same takes, with nothing around it."""
    tasks = []
    for name in names:
        path = studio.root / f"{name}.wav"
        tasks.append(ConversionTask(path, RATE, soundfile.info(path).frames, EngineParameters(), "auto"))
    for _ in convert_file(profile("ada"), tasks[0]):  # its first take loads it
        pass
    started = time.monotonic()
    for task in tasks:
        for _ in convert_file(profile("ada"), task):
            pass
    return time.monotonic() - started


def main() -> None:
    """Runs all, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--regions", type=int, nargs="+", default=[1, 50])
    arguments = parser.parse_args()
    if MISSING:
        sys.exit(HOW_TO_GET)
    tracks = [f"T{count}x{run}" for count in arguments.regions for run in range(arguments.runs)]
    with tempfile.TemporaryDirectory() as folder:
        for studio in open_studio(Path(folder), tracks, "[settle]\nquiet = 3000\n"):
            print("| regions | median, s | longest, s | engine alone, s | load |\n|---|---|---|---|---|")
            for count in arguments.regions:
                found, alone = [], []
                for run in range(arguments.runs):
                    names = regions(studio, f"T{count}x{run}", count, 100 * run)
                    found.append(seconds(studio, names))
                    alone.append(engine_seconds(studio, names))
                row = [f"{each:.2f}" for each in (statistics.median(found), max(found), statistics.median(alone))]
                print(f"| {count} | {' | '.join(row)} | {os.getloadavg()[0]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
