"""Praat as a program of its own (Debian: `apt install praat`), for what its algorithms say and do."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

PITCH = """\
form Pitch
    sentence from
    sentence to
    real step
    real floor
    real ceiling
endform
sound = Read from file: from$
To Pitch (ac): step, floor, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, ceiling
frames = Get number of frames
writeFile: to$
for frame to frames
    value = Get value in frame: frame, "Hertz"
    appendFileLine: to$, if value = undefined then 0 else value fi
endfor
"""
GENDER = """\
form Change gender
    sentence from
    sentence to
    real floor
    real ceiling
    real formants
    real pitch
    real range
endform
sound = Read from file: from$
Change gender: floor, ceiling, formants, pitch, range, 1
Save as 32-bit WAV file: to$
"""


def pitch(samples: np.ndarray, rate: int, step: float, *, floor: float, ceiling: float) -> np.ndarray:
    """F0 by autocorrelation in Hz each `step` seconds, 0 where unvoiced."""
    with tempfile.TemporaryDirectory() as folder:
        told = _run(PITCH, Path(folder), samples, rate, step, floor, ceiling)
        return np.array([float(line) for line in told.read_text().split()])


def change_gender(samples: np.ndarray, rate: int, *, formants: float, pitch: float, spread: float) -> np.ndarray:
    """Praat's "Change gender": formants times a factor, a new median pitch in Hz, and a factor of its range."""
    with tempfile.TemporaryDirectory() as folder:
        told = _run(GENDER, Path(folder), samples, rate, 60, 500, formants, pitch, spread)
        return soundfile.read(str(told))[0]


def _run(script: str, folder: Path, samples: np.ndarray, rate: int, *arguments: float) -> Path:
    program = shutil.which("praat")
    if program is None:
        raise SystemExit("Praat is not installed: `apt install praat`, or see praat.org.")
    given, told = folder / "given.wav", folder / "told"
    soundfile.write(str(given), samples, rate, "FLOAT")
    (folder / "script.praat").write_text(script)
    order = [program, "--run", str(folder / "script.praat"), str(given), str(told), *map(str, arguments)]
    subprocess.run(order, check=True)
    return told
