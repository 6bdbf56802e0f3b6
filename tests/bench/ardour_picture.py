"""The picture of Ardour in the documentation, and where the seconds of a round trip go.

    python tests/bench/ardour_picture.py [PICTURE.png]

Starts a real Ardour on a display of its own, converts a region of 5 seconds with the daemon and the local engine, prints
the time of each step from the key press on, and with a file name takes the picture (needs ImageMagick's `import`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))
from integrations.ardour.studio import HERE, Studio
from support import TAKES, wait_for

SECONDS = 5.0


def prepared(root: Path) -> Studio:
    studio = Studio(root)
    studio.prepare(["Anna", "Guard"])
    studio.exports.mkdir()
    studio.takevoice("install", "ardour")
    scripts = studio.config / "scripts"
    studio.register(
        [scripts / "takevoice_convert.lua", scripts / "takevoice_convert_to_tracks.lua"],
        [(scripts / "takevoice_results.lua", ["LuaTimerDS"]), (HERE / "driver.lua", ["LuaTimerDS"])],
    )
    return studio


def take(root: Path) -> Path:
    """A take of 5 seconds."""
    samples, rate = soundfile.read(TAKES / "narrator_48k_24bit.flac")
    while len(samples) < SECONDS * rate:
        samples = [*samples, *samples]
    path = root / "Anna_03.wav"
    soundfile.write(path, samples[: int(SECONDS * rate)], rate, "PCM_24")
    return path


def main(picture: Path | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        studio = prepared(Path(name))
        audio = take(Path(name))
        with studio.open(), ExitStack() as stack:
            stack.callback(studio.stop_daemon)
            studio.start_daemon()
            studio.place(audio, "Anna", 24_000)
            wait_for(lambda: studio.saved().tracks()["Anna"])
            studio.select("Anna_03")
            pressed = time.time()
            studio.press(2 if picture else 1)
            track = "Anna (ada)" if picture else "Anna"
            wait_for(lambda: any(r.name.endswith(".ada") for r in studio.saved().tracks().get(track, [])), 40)
            imported = time.time()
            (job,) = json.loads(studio.takevoice("jobs", "--json"))
            at = {change["state"]: change["at"] for change in job["history"]}
            steps = [
                ("key press to request: the action, the region written", pressed, at["found"]),
                ("request to conversion: the ledger, the settings", at["found"], at["converting"]),
                ("the local engine", at["converting"], at["restoring"]),
                ("place, level, publishing", at["restoring"], at["done"]),
                ("result to timeline: found, imported, session saved", at["done"], imported),
            ]
            for text, begin, end in [*steps, ("all", pressed, imported)]:
                print(f"{end - begin:6.2f} s  {text}")
            if picture:
                studio.lua('Editor:access_action ("Editor", "zoom-to-session")')
                time.sleep(1.5)  # the editor draws
                subprocess.run(
                    [
                        "import",
                        "-window",
                        "root",
                        "-crop",
                        "1348x420+0+120",
                        "+repage",
                        "+dither",
                        "-colors",
                        "48",
                        str(picture),
                    ],
                    env=studio.env,
                    check=True,
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else None)
