"""A brighter voice does not lift the noise of a dull recording: spectra of its pauses and of its speech."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt, welch

from signals import RATE, buzz, man, woman
from takevoice_plugins.local import engine
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks

NOISE = 10 ** (-52 / 20)  # of full scale, RMS
BANDS = ((300, 1000), (1000, 2500), (2500, 4000), (4000, 6000), (6000, 9000))  # Hz


def dull(speech: np.ndarray, cutoff: float = 3500.0) -> tuple[np.ndarray, np.ndarray]:
    """A recording without treble in a noisy room, and which of its samples are pauses."""
    quiet = np.convolve(np.abs(speech), np.ones(2401), "same") == 0
    muffled = sosfiltfilt(butter(3, cutoff, fs=RATE, output="sos"), speech)
    noise = np.random.default_rng(7).standard_normal(len(speech))
    noise = sosfiltfilt(butter(1, 300.0, fs=RATE, output="sos"), noise)  # as a ventilation makes it
    return muffled + NOISE * noise / np.std(noise), quiet


def levels(samples: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The level in dB of the chosen samples in each of BANDS: (bands,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]]))).reshape(-1, 2)
    spectra = [welch(samples[a:b], RATE, nperseg=2048) for a, b in edges if b - a > 2048]
    frequency, power = spectra[0][0], np.mean([power for _, power in spectra], axis=0)
    return np.array([10 * np.log10(power[(frequency >= low) & (frequency < high)].mean()) for low, high in BANDS])


def convert(samples: np.ndarray, voice: str, limited: bool = True) -> np.ndarray:
    source = ArraySource(samples, RATE)
    plan = engine.plan(source, profile(voice), EngineParameters())
    assert plan.recipe.noise is not None
    if not limited:
        plan = replace(plan, recipe=replace(plan.recipe, noise=None))
    return np.concatenate(list(plan.convert(read_blocks(source))))


@pytest.mark.parametrize("make", [man, woman])
@pytest.mark.parametrize("voice", ["june", "theo", "edgar"])
def test_the_noise_in_pauses_stays_as_it_is(make, voice: str) -> None:
    samples, pause = dull(make(6.0))
    lifted = levels(convert(samples, voice), pause) - levels(samples, pause)
    # Formants that go down take the noise along, whose power falls with frequency; the slope of the voice is its, too.
    assert lifted.max() < 5
    assert lifted.min() > -5


def test_without_the_limit_it_would_be_heard() -> None:
    samples, pause = dull(man(6.0))
    lifted = levels(convert(samples, "june", limited=False), pause) - levels(samples, pause)
    assert lifted.max() > 6


def test_noise_behind_speech_is_not_lifted_either() -> None:
    """Where the recording has no treble, a bright voice gets none out of the noise."""
    samples, pause = dull(woman(6.0))
    speech = ~np.roll(pause, 2400) & ~np.roll(pause, -2400)
    lifted, unlimited = (levels(convert(samples, "june", limited), speech)[3] for limited in (True, False))
    assert lifted < unlimited - 2


def test_speech_is_changed_all_the_same() -> None:
    samples, pause = dull(man(6.0), 9000.0)
    speech = ~np.roll(pause, 2400) & ~np.roll(pause, -2400)
    changed = levels(convert(samples, "june"), speech) - levels(samples, speech)
    assert np.ptp(changed) > 4


def test_a_take_without_pauses_has_no_noise() -> None:
    samples = buzz(3.0)[:, 0]
    assert engine.plan(ArraySource(samples, RATE), profile("ada"), EngineParameters()).recipe.noise is None
