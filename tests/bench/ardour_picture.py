"""The picture of Ardour in the documentation, and where the seconds of a round trip go.

    python tests/bench/ardour_picture.py [PICTURE.png]

Starts a real Ardour on a display of its own, converts a region of 5 seconds with the daemon and the local engine, prints
the time of each step from the key press on, and with a file name takes the picture.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))
from integrations.ardour.room import CONVERT, TO_TRACKS, now, open_studio
from integrations.ardour.studio import Studio
from support import TAKES, wait_for

SECONDS = 5.0


def take(root: Path) -> Path:
    """A take of 5 seconds."""
    samples, rate = soundfile.read(TAKES / "narrator_48k_24bit.flac")
    while len(samples) < SECONDS * rate:
        samples = [*samples, *samples]
    path = root / "Guard_07.wav"
    soundfile.write(path, samples[: int(SECONDS * rate)], rate, "PCM_24")
    return path


def main(picture: Path | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        audio = take(Path(name))
        for studio in open_studio(Path(name), ["Anna", "Guard"], "[settle]\nquiet = 3000\n"):
            measure(studio, audio)
            if picture:
                take_picture(studio, audio, picture)


def measure(studio: Studio, audio: Path) -> None:
    studio.place(audio, "Guard", 24_000)
    studio.select("Guard_07")
    pressed = time.time()
    studio.press(CONVERT)
    wait_for(lambda: any(str(name).endswith(".ada") for name, *_ in now(studio, "Guard")), 40)
    placed = time.time()
    (job,) = json.loads(studio.takevoice("jobs", "--json"))
    at = {change["state"]: change["at"] for change in job["history"]}
    steps = [
        ("key press to request", pressed, at["found"]),
        ("request to conversion: the ledger, the settings", at["found"], at["converting"]),
        ("the local engine", at["converting"], at["restoring"]),
        ("place, level, publishing", at["restoring"], at["done"]),
        ("result to timeline: found, imported, placed", at["done"], placed),
    ]
    for text, begin, end in [*steps, ("all", pressed, placed)]:
        print(f"{end - begin:6.2f} s  {text}")
    studio.finish()


def take_picture(studio: Studio, audio: Path, picture: Path) -> None:
    second = studio.root / "Anna_03.wav"
    second.write_bytes(audio.read_bytes())
    studio.place(second, "Anna", 24_000)
    studio.select("Anna_03")
    studio.press(TO_TRACKS)
    studio.finish()
    studio.lua('Editor:access_action ("Editor", "zoom-to-session")')
    time.sleep(1.5)  # the editor draws
    studio.snapshot("whole")
    crop = ["-vf", "crop=1348:420:0:120,split[a][b];[a]palettegen=48[p];[b][p]paletteuse=dither=none"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", studio.root / "whole.png", *crop, picture], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else None)
