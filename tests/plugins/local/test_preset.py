"""A listener who learns the preset voices from one take tells them apart in another, and from the source."""

import numpy as np
import pytest
from scipy.fft import dct

from signals import RATE, log_mel, make_speech, man, woman
from takevoice_plugins.local import engine
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks

PIECE = 100  # frames
SECONDS = 6.0


def convert(samples: np.ndarray, voice: str) -> np.ndarray:
    source = ArraySource(samples, RATE)
    plan = engine.plan(source, profile(voice), EngineParameters())
    return np.concatenate(list(plan.convert(read_blocks(source))))


def impressions(samples: np.ndarray) -> np.ndarray:
    """Mean cepstra of a second each, without level: (seconds, 13)."""
    mel = log_mel(samples)
    cepstra = dct(mel[mel.max(axis=1) > mel.max() - 35], norm="ortho", axis=1)[:, 1:]
    count = len(cepstra) // PIECE
    return cepstra[: count * PIECE].reshape(count, PIECE, -1).mean(axis=1)


class Listener:
    """Linear discriminant analysis (Fisher 1936): the nearest mean, seen through the spread that all share."""

    def __init__(self, known: dict[str, np.ndarray]) -> None:
        self._names = list(known)
        self._means = np.array([rows.mean(axis=0) for rows in known.values()])
        within = np.concatenate([rows - rows.mean(axis=0) for rows in known.values()])
        covariance = within.T @ within / len(within) + 0.05 * np.eye(within.shape[1])
        self._inverse = np.linalg.inv(covariance)

    def names(self, rows: np.ndarray) -> list[str]:
        away = rows[:, None] - self._means
        return [self._names[i] for i in np.einsum("ijk,kl,ijl->ij", away, self._inverse, away).argmin(axis=1)]


@pytest.mark.parametrize(("f0", "tract", "shorter"), [(215.0, 1.25, False), (110.0, 0.9, True)], ids=["woman", "man"])
def test_a_deeper_voice_keeps_the_words(f0: float, tract: float, shorter: bool) -> None:
    """No person has a man's pitch with a woman's formants raised, or a man's lowered: speech recognition fails there."""
    source = ArraySource(make_speech(4.0, RATE, f0, tract=tract), RATE)
    for voice in PRESETS:
        if voice.f0 < 190:
            recipe = engine.plan(source, profile(voice.id), EngineParameters()).recipe
            assert (recipe.formant_factor > 1) == shorter, voice.id


@pytest.mark.parametrize("make", [man, woman])
def test_every_voice_is_known_again(make) -> None:
    first, second = make(SECONDS, RATE, seed=1), make(SECONDS, RATE, seed=2)
    voices = [voice.id for voice in PRESETS]
    listener = Listener(
        {"the source": impressions(first)} | {voice: impressions(convert(first, voice)) for voice in voices}
    )
    assert "the source" in listener.names(impressions(second))
    right = total = 0
    for voice in voices:
        heard = listener.names(impressions(convert(second, voice)))
        assert heard.count("the source") <= len(heard) // 4
        right, total = right + heard.count(voice), total + len(heard)
    assert right > 0.6 * total
