"""Takes through the daemon and a paid backend: CPU, throughput, memory, beside the least that a take can cost."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import soundfile

from ports import serving_script
from speech import make_speech
from speed.echo_server import DELAY
from speed.row import Row, at_least, at_most, no_more

HERE = Path(__file__).parent
TAKES = 300
SECONDS = 3.0
RATE = 48_000
SLOTS = 20
LARGE = 200e6  # bytes
CONFIG = """\
backend = "elevenlabs"
conversions = {slots}
[settle]
quiet = 0.1
[money]
many = 100000
[osc]
enabled = false
[plugins.elevenlabs]
base_url = "http://127.0.0.1:{port}"
max_concurrent = {slots}
"""


@dataclass(frozen=True)
class Run:
    """What one `takevoice run --once` needed: seconds from the first conversion to the last result, CPU seconds, MB."""

    seconds: float
    cpu: float
    memory: float


def measure() -> Iterator[Row]:
    """One server for all of it."""
    with tempfile.TemporaryDirectory() as name, serving_script(HERE / "echo_server.py") as port:
        base = Path(name)
        takes = _takes(base / "takes", TAKES)
        none = _run(base, [], port, SLOTS)
        many = _run(base, takes, port, SLOTS)
        few = _run(base, takes[:40], port, 2)
        large = _run(base, [_large(base)], port, 2)
        cpu = 1000 * (many.cpu - none.cpu) / TAKES
        floor = 1000 * _alone("floor", takes, port) / TAKES
        checked = 1000 * _alone("checked", takes, port) / TAKES
    yield at_most("CPU per take of 3 s", cpu, floor, 1.3, baseline="send, receive, write, record")
    yield at_most("CPU per take of 3 s", cpu, checked, 1.3, baseline="also hash, align, level, verify")
    yield at_least(
        f"takes of 3 s, {SLOTS} slots, {DELAY:g} s of delay",
        TAKES / many.seconds,
        SLOTS / DELAY,
        0.88,
        "takes/s",
        "slots/delay",
    )
    yield no_more("extra memory for a take of 200 MB, compared with takes of 3 s", large.memory - few.memory, 10, "MB")
    yield no_more(f"memory per slot, 2 to {SLOTS} slots", (many.memory - few.memory) / (SLOTS - 2), 4, "MB")


def _takes(folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    speech = make_speech(SECONDS, RATE)
    paths = []
    for number in range(count):
        noise = 1e-4 * np.random.default_rng(number).standard_normal(len(speech))
        paths.append(folder / f"{number}.wav")
        soundfile.write(paths[-1], speech + noise, RATE, "PCM_24")
    return paths


def _large(base: Path) -> Path:
    path = base / "large.wav"
    minute = make_speech(60.0, RATE)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_24") as file:
        while path.stat().st_size < LARGE:
            file.write(minute)
    return path


def _run(base: Path, takes: list[Path], port: int, slots: int) -> Run:
    home = Path(tempfile.mkdtemp(dir=base))
    exports, config = home / "Exports", home / "config" / "takevoice"
    exports.mkdir()
    config.mkdir(parents=True)
    (config / "takevoice.toml").write_text(CONFIG.format(slots=slots, port=port))
    for take in takes:
        os.link(take, exports / take.name)
    process = psutil.Popen(
        [sys.executable, "-m", "takevoice", "run", "--once", str(exports)],
        env=_env(home),
        stderr=subprocess.DEVNULL,
    )
    cpu, most = 0.0, 0
    while process.poll() is None:
        try:
            times, most = process.cpu_times(), max(most, process.memory_info().rss)
            cpu = times.user + times.system
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    if process.wait():
        raise SystemExit("takes were not converted")
    seconds = _seconds(home / "state" / "ledger.sqlite3") if takes else 0.0
    shutil.rmtree(home)
    return Run(seconds, cpu, most / 1e6)


def _env(home: Path) -> Mapping[str, str]:
    places = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "TAKEVOICE_STATE": str(home / "state"),
    }
    return os.environ | places | {"ELEVENLABS_API_KEY": "any", "NO_PROXY": "127.0.0.1"}


def _seconds(ledger: Path) -> float:
    connection = sqlite3.connect(ledger)
    began = connection.execute("SELECT min(at) FROM history WHERE state = 'converting'").fetchone()[0]
    ended = connection.execute("SELECT max(at) FROM history WHERE state = 'done'").fetchone()[0]
    connection.close()
    return float(ended - began)


def _alone(kind: str, takes: list[Path], port: int) -> float:
    """CPU seconds of a process that does only this, for all takes, one after the other."""
    line = [sys.executable, HERE / "floor.py", kind, str(port)]
    env = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(line, input="", text=True, check=True, env=env)
    between = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(line, input="\n".join(map(str, takes)), text=True, check=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = [each.ru_utime + each.ru_stime for each in (before, between, after)]
    return (used[2] - used[1]) - (used[1] - used[0])
