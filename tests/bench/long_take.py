"""How much memory and time a very long take needs, from the file to the published result.

    python tests/bench/long_take.py [MINUTES] [--rate HZ] [--channels N] [--max-seconds S] [--folder DIR]

Writes a 24-bit RF64 of speech-like sound (by default two hours at 96 kHz with four channels, 8.3 GB), converts it with
`takevoice run --once` and the local engine, checks that the result has every frame, and prints the highest memory use
of the process. With --max-seconds a backend with that limit stands before the engine, so that the take goes in pieces.
Three times the file's size must be free in DIR.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))
from signals import make_speech

LIMITED = """
from takevoice import Backend, Encoded, hookimpl
from takevoice_plugins import local

@hookimpl
def backends():
    return [Backend("limited", True, "local in pieces", max_seconds={limit})]

@hookimpl
def voices(backend):
    return local.voices("local") if backend == "limited" else None

@hookimpl
def convert(job, request, audio):
    if job.backend != "limited":
        return None
    from dataclasses import replace
    return local.convert(replace(job, backend="local"), request, audio)
"""


def write_take(path: Path, minutes: float, rate: int, channels: int) -> None:
    minute = make_speech(60.0, rate) + 1e-4 * np.random.default_rng(0).standard_normal(60 * rate)
    block = np.stack([minute * (0.9**n) for n in range(channels)], axis=1)
    with soundfile.SoundFile(str(path), "w", rate, channels, "PCM_24", format="RF64") as file:
        left = round(minutes * 60 * rate)
        while left > 0:
            file.write(block[:left])
            left -= len(block)


def highest(line: Sequence[str], env: Mapping[str, str]) -> float:
    """Runs a command to its end; the highest memory, in MB, that it and its children had at any look."""
    process = psutil.Popen(line, env=env)
    most = 0
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            family = [process, *process.children(recursive=True)]
            most = max(most, sum(member.memory_info().rss for member in family))
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit("it failed")
    return most / 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", type=float, nargs="?", default=120)
    parser.add_argument("--rate", type=int, default=96_000)
    parser.add_argument("--channels", type=int, default=4)
    parser.add_argument("--max-seconds", type=float)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        base = Path(name)
        exports, config = base / "Exports", base / "config" / "takevoice"
        exports.mkdir()
        (config / "plugins").mkdir(parents=True)
        backend = "limited" if args.max_seconds else "local"
        (config / "takevoice.toml").write_text(f'backend = "{backend}"\n[osc]\nenabled = false\n')
        if args.max_seconds:
            (config / "plugins" / "limited.py").write_text(LIMITED.format(limit=args.max_seconds))
        take = exports / "long.wav"
        write_take(take, args.minutes, args.rate, args.channels)
        env = os.environ | {
            "HOME": name,
            "XDG_CONFIG_HOME": str(base / "config"),
            "TAKEVOICE_STATE": str(base / "state"),
        }
        env.pop("ELEVENLABS_API_KEY", None)
        began = time.monotonic()
        memory = highest([sys.executable, "-m", "takevoice", "run", "--once", str(exports)], env)
        took = time.monotonic() - began
        result = next(path for path in exports.iterdir() if path != take)
        was, now = soundfile.info(take), soundfile.info(result)
        assert (was.frames, was.samplerate, was.channels) == (now.frames, now.samplerate, now.channels)
        size = take.stat().st_size / 1e9
        print(
            f"{args.minutes:g} min, {args.rate} Hz, {args.channels} channels, 24 bit, {size:.2f} GB: "
            f"{took:.0f} s ({args.minutes * 60 / took:.0f} x real time), at most {memory:.0f} MB of memory"
        )


if __name__ == "__main__":
    main()
