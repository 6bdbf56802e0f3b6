"""Takes through one `takevoice run --once` and a paid backend in a home of its own, and through `floor.py`: what each needed."""

from __future__ import annotations

import collections
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import soundfile

from signals import make_speech

HERE = Path(__file__).parent
RATE = 48_000
MINUTE = 60.0  # seconds of speech that longer takes repeat
CONFIG = """\
backend = "elevenlabs"
conversions = {slots}
[settle]
quiet = 0.1
[money]
unattended_per_hour = inf
unattended_per_day = inf
many = 100000
[osc]
enabled = false
[plugins.elevenlabs]
base_url = "http://127.0.0.1:{port}"
max_concurrent = {slots}
"""


@dataclass(frozen=True)
class Run:
    """What one run needed: seconds from the first conversion to the last result, CPU seconds, MB; and what it counted."""

    seconds: float
    cpu: float
    memory: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)


def write_takes(folder: Path, count: int, seconds: float) -> list[Path]:
    """Mono takes of 48 kHz and 24 bits, no two alike."""
    folder.mkdir(parents=True)
    speech, frames = make_speech(min(seconds, MINUTE), RATE), round(seconds * RATE)
    paths = []
    for number in range(count):
        noise = np.random.default_rng(number)
        paths.append(folder / f"{number}.wav")
        with soundfile.SoundFile(paths[-1], "w", RATE, 1, "PCM_24") as file:
            while (left := frames - file.tell()) > 0:
                piece = speech[:left]
                file.write(piece + 1e-4 * noise.standard_normal(len(piece)))
    return paths


def takevoice(base: Path, takes: Sequence[Path], port: int, slots: int, *, count: bool = False) -> Run:
    """Converts the takes; with `count` what it asks libsndfile for is counted, and the time is not worth reading."""
    home = Path(tempfile.mkdtemp(dir=base))
    exports, config, counts = home / "Exports", home / "config" / "takevoice", home / "counts"
    exports.mkdir()
    config.mkdir(parents=True)
    (config / "takevoice.toml").write_text(CONFIG.format(slots=slots, port=port))
    for take in takes:
        os.link(take, exports / take.name)
    env = _env(home) | (_counting(counts) if count else {})
    line = [sys.executable, "-m", "takevoice", "run", "--once", str(exports)]
    before = _cpu_of_children()
    process = psutil.Popen(line, env=env, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        try:
            most = max(most, process.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    if process.wait() or len(list(exports.iterdir())) != 2 * len(takes):
        raise SystemExit("takes were not converted")
    seconds = _seconds(home / "state" / "ledger.sqlite3") if takes else 0.0
    run = Run(seconds, _cpu_of_children() - before, most / 1e6, _counted(counts))
    shutil.rmtree(home)
    return run


def alone(kind: str, takes: Sequence[Path], port: int, slots: int = 1) -> Run:
    """`floor.py` with all takes."""
    line = [sys.executable, str(HERE / "floor.py"), kind, str(port), str(slots)]
    before = _cpu_of_children()
    done = subprocess.run(
        line,
        input="\n".join(map(str, takes)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    return Run(float(done.stdout), _cpu_of_children() - before)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _env(home: Path) -> dict[str, str]:
    places = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "TAKEVOICE_STATE": str(home / "state"),
    }
    return os.environ | places | {"ELEVENLABS_API_KEY": "any", "NO_PROXY": "127.0.0.1"}


def _counting(to: Path) -> dict[str, str]:
    found = [str(HERE / "counting"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(found), "COUNTS": str(to)}


def _counted(counts: Path) -> dict[str, int]:
    total: collections.Counter[str] = collections.Counter()
    if counts.exists():
        for line in counts.read_text().splitlines():
            total.update(json.loads(line))
    return dict(total)


def _seconds(ledger: Path) -> float:
    connection = sqlite3.connect(ledger)
    began = connection.execute("SELECT min(at) FROM history WHERE state = 'converting'").fetchone()[0]
    ended = connection.execute("SELECT max(at) FROM history WHERE state = 'done'").fetchone()[0]
    connection.close()
    return float(ended - began)
