"""How long from a drop into the folder to the result beside it, and where the time goes.

    python tests/bench/drop_to_result.py [SECONDS_OF_AUDIO] [RUNS]

Starts `takevoice run` with its default settings and the local engine in a folder of its own, and drops takes of speech-like
sound (48 kHz, 24 bit, mono), each when the one before has its result: moved in (a rename; they were written some seconds
before) and copied in turn. The times come from the ledger. Medians are printed, in seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))
from signals import make_speech
from takevoice.settled import REST

DROPS: dict[str, Callable[[Path, Path], object]] = {"moved": os.rename, "copied": shutil.copyfile}
GOALS = {"moved": 0.7, "copied": 2.1}  # for takes of 3 s


def main(seconds: float = 3.0, runs: int = 9) -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        folder, outside = base / "Exports", base / "outside"
        folder.mkdir()
        outside.mkdir()
        env = os.environ | {
            "TAKEVOICE_STATE": str(base / "state"),
            "XDG_CONFIG_HOME": str(base / "config"),
            "HOME": name,
        }
        env.pop("ELEVENLABS_API_KEY", None)
        takes = [(kind, outside / f"{run}_{kind}.wav") for run in range(runs + 1) for kind in DROPS]
        for seed, (_, take) in enumerate(takes):
            soundfile.write(take, make_speech(seconds, seed=seed), 48_000, "PCM_24")
        daemon = subprocess.Popen([sys.executable, "-m", "takevoice", "run", folder], env=env, stderr=subprocess.DEVNULL)
        try:
            time.sleep(REST + 1)
            rows = [(kind, one(kind, take, folder, env)) for kind, take in takes][len(DROPS) :]  # the first ones load the engine
        finally:
            daemon.terminate()
            daemon.wait()
    show(rows, seconds, runs)


def one(kind: str, take: Path, folder: Path, env: dict[str, str]) -> dict[str, float]:
    """Drop a take, and return when what had happened to it, in seconds since then."""
    began = time.time()
    DROPS[kind](take, folder / take.name)
    result = folder / f"{take.stem}.ada.wav"
    while not result.exists():
        if time.time() - began > 120:
            raise SystemExit(f"no result: {sorted(p.name for p in folder.iterdir())}")
        time.sleep(0.002)
    total = time.time() - began
    while (job := jobs(env)[-1])["state"] != "done":
        time.sleep(0.1)
    at = {step["state"]: step["at"] for step in job["history"]}
    return {
        "drop to result": total,
        "found": at["found"] - began,
        "quiet time": at["queued"] - at["found"],
        "engine": at["restoring"] - at["queued"],
        "restored": at["done"] - at["restoring"],
    }


def jobs(env: dict[str, str]) -> list[dict[str, object]]:
    """Return the jobs as `takevoice jobs --json` prints them."""
    line = [sys.executable, "-m", "takevoice", "jobs", "--json"]
    return json.loads(subprocess.run(line, env=env, capture_output=True, text=True, check=True).stdout)


def show(rows: list[tuple[str, dict[str, float]]], seconds: float, runs: int) -> None:
    """Print the medians, each beside its goal."""
    print(f"{runs} takes of {seconds:g} s each, 48 kHz 24 bit mono, free engine, medians in seconds")
    for kind in DROPS:
        of_kind = [row for each, row in rows if each == kind]
        median = {key: statistics.median(row[key] for row in of_kind) for key in of_kind[0]}
        parts = ", ".join(f"{key} {value:.3f}" for key, value in median.items() if key != "drop to result")
        goal = f" (goal {GOALS[kind]:g})" if seconds == 3 else ""
        print(f"  {kind:<7}{median['drop to result']:7.3f}{goal}   {parts}")
        print(f"         slowest {max(row['drop to result'] for row in of_kind):.3f}")


if __name__ == "__main__":
    main(*(float(word) if n == 0 else int(word) for n, word in enumerate(sys.argv[1:])))
