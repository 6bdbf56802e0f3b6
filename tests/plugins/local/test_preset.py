"""A listener who learns the preset voices from one take tells them apart in another, and from the source."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.fft import dct

from signals import RATE, f0_track, log_mel, make_speech, man, woman
from takevoice_plugins.local import engine
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.mel import DB
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.recipe import MeanDifferential
from takevoice_plugins.local.source import ArraySource, read_blocks
from takevoice_plugins.local.speaker import F0_STEPS
from takevoice_plugins.local.tract import FACTORS

PIECE = 100  # frames
SECONDS = 6.0


def convert(samples: np.ndarray, voice: str) -> np.ndarray:
    source = ArraySource(samples, RATE)
    plan = engine.plan(source, profile(voice), EngineParameters())
    return np.concatenate(list(plan.convert(read_blocks(source))))


def impressions(samples: np.ndarray) -> np.ndarray:
    """The median pitch in semitones and mean cepstra of a second each, without level: (seconds, 1 + cepstra)."""
    mel, f0 = log_mel(samples), f0_track(samples)
    count = min(len(mel), len(f0))
    loud = mel.max(axis=1)[:count] > mel.max() - 35
    features = np.column_stack([12 * np.log2(f0[:count]), dct(mel[:count], norm="ortho", axis=1)[:, 1:]])[loud]
    pieces = [features[start : start + PIECE] for start in range(0, len(features) - PIECE + 1, PIECE)]
    return np.array([[np.nanmedian(piece[:, 0]), *piece[:, 1:].mean(axis=0)] for piece in pieces])


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


@pytest.mark.parametrize(
    ("f0", "tracts", "shorter"),
    [(200.0, (0.97, 1.01), False), (110.0, (0.93, 0.98), True), (300.0, (0.87, 0.91), True)],
    ids=["woman", "man", "shouts of a man"],
)
def test_a_deeper_voice_takes_a_speaker_the_same_way_in_every_track(f0: float, tracts: tuple[float, ...], shorter: bool) -> None:
    """What is measured of a speaker's tract differs by some percent between tracks."""
    source = ArraySource(woman(4.0), RATE)
    own = engine.plan(source, profile("george"), EngineParameters()).speaker
    assert own is not None
    seconds = tuple(10.0 if 50 * 2 ** (step / 24) <= f0 < 50 * 2 ** ((step + 1) / 24) else 0.0 for step in range(F0_STEPS))
    for tract in tracts:
        evidence = tuple((-1e4 * (FACTORS - tract) ** 2).tolist())
        known = replace(own, f0_seconds=seconds, tract_evidence=evidence, given=True)
        for voice in ("george", "theo", "vera"):
            recipe = engine.plan(source, profile(voice), EngineParameters(), known).recipe
            assert (recipe.formant_factor > 1) == shorter, (voice, tract)


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
    assert right > 0.7 * total


def test_the_slope_of_a_speaker_near_a_voice_changes_too() -> None:
    """A result whose spectrum is just that of the voice is heard as its source if that is near: the slope moves further."""
    source = ArraySource(tilted(woman(5.0), 6.0), RATE)
    change = engine.plan(source, profile("ada"), EngineParameters()).recipe.differential
    assert isinstance(change, MeanDifferential)
    bands = np.arange(46)
    assert np.ptp(np.polyval(np.polyfit(bands, DB * change.voiced[bands], 1), bands)) > 4.0


def tilted(samples: np.ndarray, decibels: float) -> np.ndarray:
    """Make high frequencies louder by `decibels` an octave."""
    spectrum = np.fft.rfft(samples)
    hertz = np.maximum(np.fft.rfftfreq(len(samples), 1 / RATE), 50)
    return np.fft.irfft(spectrum * (hertz / 1000) ** (decibels / 6.02), len(samples))
