"""A short conversion of a sound that is made up: it loads what the engine needs, and shows how fast it is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from takevoice import ConversionRequest, Take, Voice, scratch_folder

RATE = 48_000


class Engine(Protocol):
    """Converts takes."""

    def voices(self) -> Sequence[Voice]:
        """Return the voices, the default first."""

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        """Yield encoded audio."""


def convert_trial(engine: Engine, seconds: float) -> float:
    """Convert a take of `seconds`; return how many times faster than real time that was."""
    with scratch_folder("trial") as folder:
        path, frames = Path(folder) / "trial.wav", int(seconds * RATE)
        t = np.arange(frames) / RATE
        soundfile.write(path, 0.3 * np.sin(2 * np.pi * 140 * t) ** 9 * np.sin(2 * np.pi * t) ** 2, RATE, "FLOAT")
        request = ConversionRequest(voice_id=engine.voices()[0].id, output_format="pcm_48000")
        began = time.perf_counter()
        for _ in engine.convert(request, Take(path, frames, RATE, 1, "WAV", "FLOAT")):
            pass
        return seconds / (time.perf_counter() - began)
