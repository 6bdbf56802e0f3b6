"""The converter by itself: to a fraction of a sample, at the level of what it gets, and everything that a recipe can change."""

import numpy as np
import pytest

from signals import RATE, make_speech
from takevoice_plugins.local.converter import VoiceConverter
from takevoice_plugins.local.recipe import MeanDifferential, Recipe

BANDS = 64
FLAT = MeanDifferential(np.zeros(BANDS), np.zeros(BANDS))


def converted(samples: np.ndarray, **recipe: object) -> np.ndarray:
    return VoiceConverter(RATE, Recipe(**recipe)).process(samples, last=True)  # type: ignore[arg-type]


def power(samples: np.ndarray, low: float, high: float) -> float:
    """In dB, between two frequencies."""
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(10 * np.log10((np.abs(np.fft.rfft(samples))[(hertz > low) & (hertz < high)] ** 2).sum()))


@pytest.mark.parametrize(("changes", "lowest"), [({}, 90), ({"target_f0": 120.001}, 35), ({"target_f0": 180.0}, 35)])
def test_grains_are_placed_to_a_fraction_of_a_sample(changes: dict[str, float], lowest: float) -> None:
    """Whole samples would be heard as noise in the highs. What has no pitch stays where it is, whatever the pitch of the rest."""
    speech = make_speech(1.0, RATE, 120.0, 1)
    error = converted(speech, differential=FLAT, **changes) - speech
    assert power(error, 10_000, 20_000) < power(speech, 10_000, 20_000) - lowest


@pytest.mark.parametrize("f0", [100.0, 150.0, 300.0, 400.0])
def test_more_periods_a_second_are_no_louder(f0: float) -> None:
    """Or vowels would be louder than the consonants next to them. Pulses have the same power in each hertz, whatever their pitch."""
    phase = np.cumsum(np.full(RATE, 200.0 / RATE))
    pulses = 0.5 * np.diff(np.floor(phase), prepend=0.0)
    out = converted(pulses, source_f0=200.0, target_f0=f0)
    assert power(out[4800:-4800], 500, 8000) == pytest.approx(power(pulses[4800:-4800], 500, 8000), abs=0.7)


@pytest.mark.parametrize(
    "change", [{"source_f0": 121.0}, {"f0_range": 1.1}, {"drift": 0.1}, {"formant_factor": 1.01}, {"differential": FLAT}], ids=lambda change: next(iter(change))
)
def test_only_what_changes_nothing_is_neutral(change: dict[str, object]) -> None:
    assert Recipe().neutral
    assert not Recipe(**change).neutral  # type: ignore[arg-type]


def test_nothing_of_a_long_take_is_remembered() -> None:
    """Neither its marks, which each block would look through, nor its sound."""
    converter, block = VoiceConverter(8000, Recipe(target_f0=180.0, formant_factor=1.1, differential=FLAT)), make_speech(1.0, 8000)
    held = []
    for _ in range(40):
        converter.process(block)
        buffers = (converter._sound, converter._out)
        held.append([len(converter._schedule.marks), *(each.stop - each.start for each in buffers)])
    assert (np.max(held[-10:], axis=0) <= np.max(held[5:15], axis=0)).all()
