"""Print what takevoice costs without soxr: CPU time, as a ratio to the same work with soxr.

    python tests/bench/resampling_cost.py

The local engine converts a minute of speech at 48 kHz; `restore` then puts it back at 48 kHz from an answer at 44.1 kHz.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core is one core
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import soundfile

from signals import make_speech
from takevoice import audio
from takevoice.audio import resampling
from takevoice_plugins.local import engine
from takevoice_plugins.local.encode import encode
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks

RATE = 48_000
SECONDS = 60
ROUNDS = 5
SOXR = resampling.soxr


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """The least CPU time of some runs with soxr and without it, in turn, in seconds."""
    took: dict[object, list[float]] = {SOXR: [], None: []}
    for library in [SOXR, None] * ROUNDS:
        resampling.soxr = library
        begin = time.process_time()
        work()
        took[library].append(time.process_time() - begin)
    return min(took[SOXR]), min(took[None])


def resampled(speech: np.ndarray, source: float, target: float) -> None:
    """Resample in blocks, as the engine does."""
    resampler = resampling.make_resampler(source, target)
    for start in range(0, len(speech), 65_536):
        resampler.process(speech[start : start + 65_536])


def converted(speech: np.ndarray, output_format: str) -> None:
    """From samples to encoded bytes."""
    source = ArraySource(speech, RATE)
    plan = engine.plan(source, profile("ada"), EngineParameters())
    for _ in encode(plan.convert(read_blocks(source)), RATE, len(speech), output_format):
        pass


def restored(folder: Path) -> Callable[[], object]:
    """Return the work on an answer at another rate."""
    take = audio.inspect(folder / "take.wav")
    reading = audio.read_take(take)
    segmentation = audio.segment_take(reading, "mix", None)
    (segment,) = segmentation.segments
    answers = {segment: (folder / "answer.wav", "auto")}

    def fit() -> None:
        with audio.restore(reading, segmentation, answers, audio.LevelSettings(), folder) as result:
            for _ in result.blocks():
                pass

    return fit


def main() -> None:
    """Print the table."""
    speech = make_speech(SECONDS, RATE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        soundfile.write(folder / "take.wav", speech, RATE, "PCM_24")
        soundfile.write(folder / "answer.wav", audio_at(speech, 44_100), 44_100, "PCM_24")
        works: dict[str, Callable[[], object]] = {
            "resampling alone, 44.1 to 48 kHz": lambda: resampled(speech, 44_100, RATE),
            "resampling alone, 48 to 16 kHz": lambda: resampled(speech, RATE, 16_000),
            "conversion with the local engine": lambda: converted(speech, "auto"),
            "conversion with the local engine to mp3_44100_128": lambda: converted(speech, "mp3_44100_128"),
            "fitting an answer at 44.1 kHz to its take": restored(folder),
        }
        print("| work | with soxr | without | ratio |\n|---|---|---|---|")
        for what, work in works.items():
            took = seconds(work)
            rates = " | ".join(f"{SECONDS / each:.0f} x real time" for each in took)
            print(f"| {what} | {rates} | {took[1] / took[0]:.2f} |")


def audio_at(speech: np.ndarray, rate: int) -> np.ndarray:
    """The speech at another rate."""
    return resampling.resample(speech, RATE, rate)


if __name__ == "__main__":
    main()
