"""From the key press in REAPER to the converted take, in seconds: `python tests/bench/reaper_seconds.py`.

With the tests' stand-in for REAPER and a running daemon with the local engine; what REAPER itself takes is not in it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import soundfile

from integrations.reaper.standin import Project, Reaper
from support import TAKES, Cli

TIMES = 5


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


def main(base: Path) -> None:
    """Prints the medians, once with LuaSocket and once without."""
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
        once(resources, media, 0, sockets=True)
        for sockets in (True, False):
            first = 1 + TIMES * sockets
            runs = [once(resources, media, n, sockets=sockets) for n in range(first, first + TIMES)]
            ended, there = (statistics.median(values) for values in zip(*runs, strict=True))
            way = "with LuaSocket" if sockets else "without"
            print(f"{way:<14} action ended {ended:.3f} s, take there {there:.2f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
