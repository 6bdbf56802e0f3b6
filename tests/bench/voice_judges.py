"""Judges that know nothing of the engines: a speaker verification, a predictor of opinions, a speech recogniser.

Resemblyzer (speaker embeddings, Apache-2.0) and DNSMOS (P.808 and P.835 predictions, MIT) carry their weights in their
packages; whisper-base runs on faster-whisper (MIT) from a folder that the caller names. Needs the extra "judges".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soxr
import torch
from faster_whisper import WhisperModel
from resemblyzer import VoiceEncoder, preprocess_wav
from speechmos import dnsmos

RATE = 16_000  # Hz, of all judges
SHORTEST = 0.6  # seconds that are left of a take without its pauses, or the pauses stay
PEAK = 0.999

torch.set_num_threads(1)


def at_16k(samples: np.ndarray, rate: int) -> np.ndarray:
    """Mono samples as the judges want them: float32, 16 kHz, within full scale."""
    low = samples if rate == RATE else soxr.resample(samples, rate, RATE, quality="VHQ")
    return np.clip(low, -PEAK, PEAK).astype(np.float32)


class Speakers:
    """Who speaks: Resemblyzer's embedding, a vector of length 1 with 256 values."""

    def __init__(self) -> None:
        self._encoder = VoiceEncoder("cpu", verbose=False)

    def embedding(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """Return the embedding of mono samples (n,), without their pauses."""
        low = at_16k(samples, rate)
        speech = preprocess_wav(low)
        return self._encoder.embed_utterance(speech if len(speech) > SHORTEST * RATE else low)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Return how alike two embeddings are: 1 for the same recording, .8 and more for most pairs of one speaker."""
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def opinions(samples: np.ndarray, rate: int) -> tuple[float, float]:
    """Return DNSMOS' predictions of mean opinions, each from 1 to 5: P.808, and OVRL of P.835."""
    scores = dnsmos.run(at_16k(samples, rate), sr=RATE)
    return float(scores["p808_mos"]), float(scores["ovrl_mos"])


class Listener:
    """Which words are heard: a whisper model in the format of CTranslate2, in `folder`.

    The same sounds give the same words: whisper decodes once, at temperature 0. By default it draws other words at random
    where it is not sure of the first.
    """

    def __init__(self, folder: Path) -> None:
        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def words(self, samples: np.ndarray, rate: int, language: str = "en") -> list[str]:
        """Return the words in mono samples (n,), in lower case and without punctuation."""
        segments, _ = self._model.transcribe(
            at_16k(samples, rate),
            beam_size=1,
            temperature=0.0,
            compression_ratio_threshold=None,
            log_prob_threshold=None,
            language=language,
            condition_on_previous_text=False,
        )
        return spelled(segment.text for segment in segments)


def spelled(texts: Iterable[str]) -> list[str]:
    """Return the words of texts as they are compared."""
    return re.sub(r"[^\w' ]", " ", " ".join(texts).lower().replace("-", " ")).split()


def words_wrong(wanted: list[str], heard: list[str]) -> int:
    """Return how many words are wrong: replaced, left out or added."""
    costs = list(range(len(heard) + 1))
    for row, word in enumerate(wanted, 1):
        diagonal, costs[0] = costs[0], row
        for column, other in enumerate(heard, 1):
            diagonal, costs[column] = (
                costs[column],
                min(costs[column] + 1, costs[column - 1] + 1, diagonal + (word != other)),
            )
    return costs[-1]
