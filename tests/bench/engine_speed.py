"""How many times faster than real time the local engine is, for a 10 s and a 300 s take at 48 kHz.

Run: python tests/bench/engine_speed.py
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from speech import make_speech
from takevoice_plugins.local import engine
from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.converter import Converter
from takevoice_plugins.local.decimate import Decimator
from takevoice_plugins.local.designed import profile
from takevoice_plugins.local.encode import encode
from takevoice_plugins.local.f0 import F0Tracker
from takevoice_plugins.local.parameters import Parameters
from takevoice_plugins.local.recipe import Recipe
from takevoice_plugins.local.source import ArraySource, read_blocks, sampled

RATE = 48_000


def timed(name: str, seconds: float, work) -> object:
    start = time.perf_counter()
    result = work()
    took = time.perf_counter() - start
    print(f"  {name:<28}{seconds / took:8.0f} x real time   {took:7.2f} s")
    return result


def through(stage, source: ArraySource) -> None:
    for block in read_blocks(source, 0.5):
        stage.push(block)
    stage.push(np.zeros(0), final=True)


def track(source: ArraySource) -> None:
    decimator = Decimator(RATE)
    tracker = F0Tracker(decimator.rate)
    for block in read_blocks(source, 0.5):
        tracker.push(decimator.push(block))


def bench(seconds: int) -> None:
    print(f"{seconds} s")
    source = ArraySource(np.tile(make_speech(10.0, RATE), seconds // 10), RATE)
    voice, parameters = profile("ada"), Parameters()
    timed("F0", seconds, lambda: track(source))
    timed("analysis (up to 45 s)", min(seconds, 45), lambda: analyse(sampled(source), RATE))
    plan = timed("plan (up to 45 s)", min(seconds, 45), lambda: engine.plan(source, voice, parameters))
    shift = Recipe(source_f0=120, target_f0=190, formant_factor=1.1)
    timed("F0 and formants alone", seconds, lambda: through(Converter(RATE, shift), source))
    timed("the same with timbre", seconds, lambda: through(Converter(RATE, plan.recipe), source))

    def everything(parameters: Parameters, output_format: str) -> None:
        plan = engine.plan(source, voice, parameters)
        for _ in encode(plan.convert(read_blocks(source)), RATE, source.frames, output_format):
            pass

    timed("all, float WAV", seconds, lambda: everything(parameters, "auto"))
    timed("all, mp3_44100_128", seconds, lambda: everything(parameters, "mp3_44100_128"))
    timed("all, noise removed", seconds, lambda: everything(Parameters(denoise=True), "auto"))
    print(
        f"  peak RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, the take itself in it"
    )


if __name__ == "__main__":
    for length in (10, 300):
        bench(length)
