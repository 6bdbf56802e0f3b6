"""From the key press in REAPER to the converted take, in seconds: `python tests/bench/reaper_seconds.py`.

With `many`, of 50 items of a minute, cut from one file, until all their takes are there. With the tests' stand-in for REAPER and a
running daemon with the local engine; what REAPER itself takes is not in it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import soundfile

from integrations.reaper.standin import Project, Reaper
from support import TAKES, Cli

TIMES = 5
MANY, MINUTE, STEP = 50, 60.0, 10.0  # items, and seconds: their length, and from one's begin to the next one's in the file


def once(resources: Path, folder: Path, number: int, *, sockets: bool) -> tuple[float, float]:
    """Seconds until the action has ended, and until the take is there. Each time it is other audio."""
    samples, rate = soundfile.read(str(TAKES / "narrator_48k_24bit.flac"))
    path = folder / f"take {number}.wav"
    soundfile.write(str(path), samples[: 5 * rate] * 0.99**number, rate, "PCM_24")
    project = Project(folder)
    item = project.place(project.track("Lead"), path)
    reaper = Reaper(resources, project, sockets=sockets)
    pressed = time.monotonic()
    reaper.run("convert_selected_items")
    ended = time.monotonic() - pressed
    assert reaper.until(lambda: len(item.takes) == 2)
    there = time.monotonic() - pressed
    reaper.quit()
    reaper.check()
    return ended, there


def many(resources: Path, folder: Path) -> tuple[float, float]:
    """Seconds until the action for all items has ended, and until all takes are there; raises AssertionError if one is missing."""
    samples, rate = soundfile.read(str(TAKES / "narrator_48k_24bit.flac"))
    frames = round((STEP * (MANY - 1) + MINUTE) * rate)
    loudness = np.linspace(0.5, 1.0, frames)  # no two items have the same sound
    path = folder / "session.wav"
    soundfile.write(str(path), np.resize(samples, frames) * loudness, rate, "PCM_24")
    project = Project(folder)
    track = project.track("Lead")
    for n in range(MANY):
        project.place(track, path, MINUTE * n, length=MINUTE, name="session", offset=STEP * n)
    reaper = Reaper(resources, project, sockets=False)
    pressed = time.monotonic()
    reaper.run("convert_selected_items")
    ended = time.monotonic() - pressed
    assert reaper.until(lambda: all(len(item.takes) == 2 for item in project.items), 1200)
    there = time.monotonic() - pressed
    assert len({item.takes[1].path for item in project.items}) == MANY
    assert all(soundfile.info(item.takes[1].path).duration >= MINUTE for item in project.items)
    reaper.quit()
    reaper.check()
    return ended, there


def each(resources: Path, media: Path) -> None:
    """Prints the medians of one take, once with LuaSocket and once without."""
    once(resources, media, 0, sockets=True)
    for sockets in (True, False):
        first = 1 + TIMES * sockets
        runs = [once(resources, media, n, sockets=sockets) for n in range(first, first + TIMES)]
        ended, there = (statistics.median(values) for values in zip(*runs, strict=True))
        way = "with LuaSocket" if sockets else "without"
        print(f"{way:<14} action ended {ended:.3f} s, take there {there:.2f} s")


def main(base: Path, *, with_many: bool) -> None:
    """Sets takevoice and REAPER up, and measures."""
    home, resources, media, exports = (base / name for name in ("home", "REAPER", "Media", "Exports"))
    for folder in (home, media, exports):
        folder.mkdir()
    os.environ |= {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "TAKEVOICE_STATE": str(home / "state"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    os.environ.pop("ELEVENLABS_API_KEY", None)
    cli = Cli(home)
    (resources / "Scripts").mkdir(parents=True)
    cli("install", "reaper", "--into", resources)
    with cli.daemon(exports, "--osc-port", 0):
        if with_many:
            ended, there = many(resources, media)
            print(f"{MANY} items of {MINUTE:.0f} s: action ended {ended:.2f} s, all takes there {there:.1f} s, load {os.getloadavg()[0]:.1f}")
        else:
            each(resources, media)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(name), with_many="many" in sys.argv[1:])
