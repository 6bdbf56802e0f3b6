"""How long from a drop into the folder to the result beside it, and where the time goes.

    python tests/bench/drop_to_result.py [SECONDS_OF_AUDIO] [RUNS]

Starts `takevoice run` with its default settings and the local engine in a folder of its own, drops takes
of speech-like sound (48 kHz, 24 bit, mono), and reads the times from the ledger. Medians are printed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))
from signals import make_speech


def main(seconds: float = 10.0, runs: int = 5) -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        folder = base / "Exports"
        folder.mkdir()
        env = os.environ | {
            "TAKEVOICE_STATE": str(base / "state"),
            "XDG_CONFIG_HOME": str(base / "config"),
            "HOME": name,
        }
        env.pop("ELEVENLABS_API_KEY", None)
        daemon = subprocess.Popen(
            [sys.executable, "-m", "takevoice", "run", folder], env=env, stderr=subprocess.DEVNULL
        )
        try:
            rows = [one(folder, base, env, seconds, run) for run in range(runs + 1)][
                1:
            ]  # the first one loads the engine
        finally:
            daemon.terminate()
            daemon.wait()
    print(f"{runs} takes of {seconds:g} s, 48 kHz 24 bit mono, medians in seconds")
    for key in rows[0]:
        print(f"  {key:<42}{statistics.median(row[key] for row in rows):8.3f}")


def one(folder: Path, base: Path, env: dict[str, str], seconds: float, run: int) -> dict[str, float]:
    soundfile.write(base / "take.wav", make_speech(seconds, seed=run), 48_000, "PCM_24")
    began = time.time()
    (base / "take.wav").rename(folder / f"{run}.wav")
    result = folder / f"{run}.ada.wav"
    while not result.exists():
        if time.time() - began > 60 + seconds:
            raise SystemExit(f"no result: {sorted(p.name for p in folder.iterdir())}")
        time.sleep(0.005)
    total = time.time() - began
    while True:
        text = subprocess.run(
            [sys.executable, "-m", "takevoice", "jobs", "--json"],
            env=env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        job = json.loads(text)[-1]
        if job["state"] == "done":
            break
    at = {step["state"]: step["at"] for step in job["history"]}
    return {
        "drop to result": total,
        "  found by the watcher": at["found"] - began,
        "  quiet wait (settle.quiet = 2) and intake": at["queued"] - at["found"],
        "  waiting for a free slot": at["converting"] - at["queued"],
        "  local engine": at["restoring"] - at["converting"],
        "  restore, write, publish": at["done"] - at["restoring"],
        "local engine's share, %": 100 * (at["restoring"] - at["converting"]) / total,
        "local engine's share without the wait, %": 100
        * (at["restoring"] - at["converting"])
        / (total - (at["queued"] - at["found"])),
    }


if __name__ == "__main__":
    main(*(float(word) if n == 0 else int(word) for n, word in enumerate(sys.argv[1:])))
