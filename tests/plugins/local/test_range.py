"""How far voices move: not further than sounds human, in tune where it is sung, and alike in long takes; by plain autocorrelation."""

import numpy as np
import pytest

from plugins.local.test_f0 import creak, tone
from signals import RATE, f0_track, make_speech, median_f0
from takevoice_plugins.local import engine
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks

LOW_RATE = 16_000


def convert(samples: np.ndarray, voice: str, rate: int = LOW_RATE, keep_pitch: str = "off") -> np.ndarray:
    source = ArraySource(samples, rate)
    plan = engine.plan(source, profile(voice), EngineParameters(keep_pitch=keep_pitch))
    return np.concatenate(list(plan.convert(read_blocks(source))))


@pytest.mark.parametrize(("f0", "voice", "semitones"), [(70.0, "pip", 18), (330.0, "bruno", -16)])
def test_a_voice_that_is_far_away_is_approached(f0: float, voice: str, semitones: float) -> None:
    take = make_speech(3.0, LOW_RATE, f0, lively=0.3)
    moved = 12 * np.log2(median_f0(convert(take, voice), LOW_RATE) / f0)
    assert moved == pytest.approx(semitones, abs=0.4)


def vibrato(f0: float, semitones: float = 1.0) -> np.ndarray:
    """A sung tone of three seconds, 5 Hz of vibrato."""
    return tone(f0 * 2 ** (semitones / 12 * np.sin(2 * np.pi * 5 * np.arange(3 * LOW_RATE) / LOW_RATE)), LOW_RATE)


@pytest.mark.parametrize(("keep", "voice", "octaves"), [("on", "pip", 0), ("octaves", "pip", 1), ("octaves", "bruno", -1), ("on", "bruno", 0)])
def test_what_is_sung_keeps_its_notes_and_its_vibrato(keep: str, voice: str, octaves: int) -> None:
    """To a cent or two, and as wide: pip's speech would be livelier, bruno's calmer."""
    take = vibrato(150.0)
    before, after = f0_track(take, LOW_RATE), f0_track(convert(take, voice, keep_pitch=keep), LOW_RATE)
    moved = 1200 * np.log2(after / before)
    assert np.nanmedian(np.abs(moved - 1200 * octaves)) < 8
    assert np.nanstd(np.log2(after)) == pytest.approx(np.nanstd(np.log2(before)), rel=0.05)


def test_a_soprano_stays_where_she_sings() -> None:
    take = tone(np.full(3 * LOW_RATE, 700.0), LOW_RATE)
    spectrum = np.abs(np.fft.rfft(convert(take, "george", keep_pitch="on") * np.hanning(len(take))))
    assert np.argmax(spectrum[:3300]) / 3 == pytest.approx(700, abs=1)


def test_a_long_take_of_a_creaky_voice_is_converted_by_its_register() -> None:
    """Block by block, a formant that rings between its pulses is no pitch either: else the voice would not move at all."""
    take = np.concatenate([creak(90.0, (500, 1500, 2500), seed) for seed in range(4)])
    assert len(take) > 12 * RATE
    assert median_f0(convert(take, "ada", RATE)) == pytest.approx(198, rel=0.03)
