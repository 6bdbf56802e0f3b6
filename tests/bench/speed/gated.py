"""What digital silence costs the local engine, beside the same takes with a little noise: filters that ring on in it slow down."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from signals import make_speech
from speed.row import Row, at_most
from takevoice_plugins.local import engine
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks

RATE = 48_000
NOISE = 1e-4  # full scale is 1
RUNS = 3


def measure() -> Iterator[Row]:
    """Takes of half a minute, in turn with and without the noise."""
    speech = make_speech(15.0, RATE)
    quiet = np.zeros(RATE)
    turns = np.concatenate([np.concatenate([each, quiet]) for each in np.split(speech, 15)])
    takes = {"1 s of speech, 1 s of zeros": turns, "15 s of speech, 15 s of zeros": np.append(speech, 15 * [quiet])}
    noise = NOISE * np.random.default_rng(0).standard_normal(len(turns))
    for name, take in takes.items():
        costs = [(_cost(take), _cost(take + noise)) for _ in range(RUNS)]
        ours, base = (1000 * min(column) for column in zip(*costs, strict=True))
        yield at_most(f"the engine, {name}", ours, base, 1.1, baseline="with noise at -80 dB")


def _cost(samples: np.ndarray) -> float:
    """CPU seconds of a conversion."""
    source = ArraySource(samples, RATE)
    began = time.thread_time()
    for _ in engine.plan(source, profile("ada"), EngineParameters()).convert(read_blocks(source)):
        pass
    return time.thread_time() - began
