"""A lower pitch leaves periods out: sounds that change stay apart, and nothing of what follows a voiced sound is lost."""

import numpy as np
import pytest

from signals import RATE
from takevoice_plugins.local.converter import VoiceConverter
from takevoice_plugins.local.marks import TIME
from takevoice_plugins.local.recipe import Recipe
from takevoice_plugins.local.schedule import Schedule

F0 = 160.0
PERIOD = 1 / F0
CHANGE = 1.0  # seconds
APART = 30.0  # dB
SPACING = 0.005  # seconds between unvoiced marks


def harmonics(lowest: int, highest: int, time: np.ndarray) -> np.ndarray:
    return sum(np.cos(2 * np.pi * F0 * k * time) for k in range(lowest, highest)) / (highest - lowest)


def level(samples: np.ndarray, start: float, stop: float) -> float:
    """The level above 1.5 kHz between two times, in dB."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) < 1500] = 0
    high = np.fft.irfft(spectrum, len(samples))
    return float(10 * np.log10(np.mean(high[int(start * RATE) : int(stop * RATE)] ** 2)))


@pytest.mark.parametrize("lower", [0.95, 0.8, 0.6])
def test_a_sound_is_not_heard_before_it_begins(lower: float) -> None:
    """A dark sound that becomes a bright one from one period to the next: nothing bright is mixed into the dark."""
    time = np.arange(2 * RATE) / RATE
    voice = np.where(time < CHANGE + PERIOD / 2, harmonics(1, 6, time), harmonics(12, 22, time))
    out = VoiceConverter(RATE, Recipe(source_f0=F0, target_f0=lower * F0)).process(voice, last=True)
    bright = level(out, CHANGE + 5 * PERIOD, CHANGE + 40 * PERIOD)
    dark = level(out, CHANGE - PERIOD / 4, CHANGE + PERIOD / 4)  # the middle of the last dark period
    assert dark < bright - APART


@pytest.mark.parametrize("ratio", [0.4, 0.7, 0.93, 1.3, 2.2])
@pytest.mark.parametrize("f0", [90.0, 150.0, 240.0])
def test_what_follows_a_voiced_sound_stays_where_it_is(f0: float, ratio: float) -> None:
    """The grains of a burst right after a voiced sound are at their own times, each once."""
    for periods in range(20, 32):
        voiced = np.arange(periods) / f0
        after = voiced[-1] + SPACING * np.arange(1, 31)
        times = np.concatenate([voiced, after])
        kind = np.arange(len(times)) < periods
        schedule = Schedule(lambda hertz, _: hertz * ratio)
        schedule.extend(np.stack([times, np.where(kind, f0, 200.0), kind], axis=1))
        placed = schedule.advance(np.inf)
        assert placed is not None
        unvoiced = ~kind[placed.mark]
        burst = after[:10]
        assert np.allclose(placed.time[unvoiced][: len(burst)], burst, atol=1e-9)
        assert np.allclose(schedule.marks[placed.mark[unvoiced], TIME][: len(burst)], burst, atol=1e-9)
