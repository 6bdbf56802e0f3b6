"""The first formant moves alone: the second, which tells vowels apart, and the harmonics stay where they are."""

import numpy as np
import pytest

from signals import RATE, make_speech
from takevoice_plugins.local import engine
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.converter import VoiceConverter
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.recipe import MeanDifferential, Recipe
from takevoice_plugins.local.source import ArraySource

F0, FORMANTS, WIDTH = 125.0, (600.0, 1500.0, 2800.0), 90.0  # Hz
BANDS = 64
TRACTS = (1.28, 1.32)


def vowel(seconds: float = 2.0) -> np.ndarray:
    """Harmonics under three resonances."""
    time = np.arange(int(seconds * RATE)) / RATE
    hertz = np.arange(F0, 4000, F0)
    height = sum(1 / (1 + ((hertz - formant) / WIDTH) ** 2) for formant in FORMANTS)
    return 0.1 * np.sin(2 * np.pi * np.outer(time, hertz)) @ height


def peak(samples: np.ndarray, low: float, high: float) -> float:
    """The centre of the harmonics between two frequencies, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    inside = (hertz > low) & (hertz < high)
    return float((hertz * spectrum)[inside].sum() / spectrum[inside].sum())


@pytest.mark.parametrize("factor", [0.88, 1.15])
def test_it_moves_and_the_others_stay(factor: float) -> None:
    source = vowel()
    flat = MeanDifferential(np.zeros(BANDS), np.zeros(BANDS))
    out = VoiceConverter(RATE, Recipe(first_formant=factor, differential=flat)).process(source, last=True)
    assert peak(out, 300, 1000) / peak(source, 300, 1000) == pytest.approx(factor, abs=0.05)
    assert peak(out, 2400, 3200) == pytest.approx(peak(source, 2400, 3200), rel=0.01)
    assert peak(out, 1200, 1900) / peak(source, 1200, 1900) == pytest.approx(1.0, abs=abs(factor - 1) * 0.6)
    assert np.sqrt(np.mean(out**2)) == pytest.approx(np.sqrt(np.mean(source**2)), rel=0.06)


def test_an_actor_near_a_voice_is_not_lowered_in_one_take_and_raised_in_the_next() -> None:
    """Each higher voice maps women whose tracts differ by little alike, also where one is shorter than the voice's."""
    sources = [ArraySource(make_speech(4.0, RATE, 215.0, tract=tract), RATE) for tract in TRACTS]
    for voice in [voice for voice in PRESETS if voice.f0 > 190]:
        recipes = [engine.plan(source, profile(voice.id), EngineParameters()).recipe for source in sources]
        factors = np.array([[each.formant_factor, each.formant_factor * each.first_formant] for each in recipes])
        assert (factors > 1).all(), voice.id
        assert (factors.max(axis=0) / factors.min(axis=0) < 1.15).all(), voice.id
