"""The neural backend for the bench: its plugin with a state dir of its own, a model from a folder, and a voice from a recording."""

from __future__ import annotations

import io
import itertools
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import soundfile
from voice_speakers import RATE

from takevoice import ConversionRequest, Job, State, Take
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.cloned.recordings import keep_recordings
from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices
from takevoice_plugins.neural import NAME, Neural
from takevoice_plugins.neural.fetch import take_from
from takevoice_plugins.neural.models import OPENVOICE, folder_of
from takevoice_plugins.neural.options import Options

Convert = Callable[[np.ndarray], np.ndarray]


def converter(model: Path, recording: np.ndarray, stack: ExitStack, options: Options | None = None) -> tuple[Neural, Convert]:
    """Return the plugin, and a function that converts samples at RATE to the voice of `recording`.

    `model`: a folder with the files of the model. `stack` ends the process and removes everything.
    """
    state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    take_from(OPENVOICE, model, folder_of(state), "for the bench")
    reference = state / "reference.wav"
    soundfile.write(reference, recording, RATE, "PCM_24")
    voices = ClonedVoices(state / FOLDER, NAME)
    voices.add(learn("Bench", [reference], "for the bench"))
    keep_recordings([reference], voices.recordings("Bench"))
    plugin = Neural(state, options)
    stack.callback(plugin.close)
    numbers = itertools.count(1)

    def convert(samples: np.ndarray) -> np.ndarray:
        path = state / f"take-{next(numbers)}.wav"
        soundfile.write(path, samples, RATE, "FLOAT")
        take = Take(path, len(samples), RATE, 1, "WAV", "FLOAT")
        job = Job(1, path, State.CONVERTING, backend=NAME)
        encoded = plugin.convert(job, ConversionRequest(voice_id="Bench"), take)
        assert encoded is not None
        return soundfile.read(io.BytesIO(b"".join(encoded.chunks)))[0]

    return plugin, convert
