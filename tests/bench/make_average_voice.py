"""Makes `average_voice.json` from synthetic speakers whose licences allow it; needs flite and espeak-ng.

Run: python tests/bench/make_average_voice.py
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.mel import DB, centres, cosines, warp
from takevoice_plugins.local.preset import AVERAGE, usual_tract

BANDS = 46  # up to about 7.4 kHz: the 16 kHz speakers carry no more
RATE = 48_000
TEXT = (
    "The north wind and the sun were disputing which was the stronger, when a traveller came along wrapped in a warm cloak. "
    "They agreed that the one who first succeeded in making the traveller take his cloak off should be considered stronger than the other. "
    "Then the north wind blew as hard as he could, but the more he blew the more closely did the traveller fold his cloak around him."
)
FLITE = ("slt", "rms", "awb", "kal16")
ESPEAK = ("en-us", "en-gb+f3")
MADE_FROM = (
    "flite's voices slt, rms, awb and kal (Carnegie Mellon University, free software) and espeak-ng's en-us and "
    "en-gb+f3 (formant synthesis), by tests/bench/make_average_voice.py"
)


def speak(command: list[str], path: Path) -> np.ndarray:
    subprocess.run(command, check=True)
    samples, rate = soundfile.read(path, dtype="float64")
    return soxr.resample(samples, rate, RATE, quality="VHQ")


def main() -> None:
    voiced, unvoiced = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        commands = [["flite", "-voice", name, "-t", TEXT, "-o", str(path)] for name in FLITE]
        commands += [["espeak-ng", "-v", name, "-w", str(path), TEXT] for name in ESPEAK]
        for command in commands:
            source = analyse(speak(command, path), RATE)
            for kind, means in ((True, voiced), (False, unvoiced)):
                mean = source.mean(kind)
                assert mean is not None
                neutral = warp(mean[:BANDS], 1 / usual_tract(source.f0))
                means.append(neutral - neutral.mean())
    spread = (np.array(voiced) @ cosines(BANDS).T).std(axis=0)
    tables = {
        "voiced_db": np.mean(voiced, axis=0),
        "unvoiced_db": np.mean(unvoiced, axis=0),
        "spread_db": spread,
    }
    rows = [
        f'  "made_from": {json.dumps(MADE_FROM)}',
        f'  "bands_hz": {np.rint(centres()[:BANDS]).astype(int).tolist()}',
    ]
    rows += [f'  "{name}": {np.round(DB * values, 1).tolist()}' for name, values in tables.items()]
    AVERAGE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
