"""What a cloned voice is learned from and how far takes move to it: by who speaks, and by all of their recordings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import lfilter

from signals import f0_contour, make_speech
from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.cloned.clone import ClonedProfile, MapDifferential, frames_of
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.cloned.profile import Profile
from takevoice_plugins.local.cloned.transport import Cloud, TransportMap, shapes
from takevoice_plugins.local.level import HighPass
from takevoice_plugins.local.mel import DB, warp
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.recipe import Recipe

RATE = 16_000


def recording(path: Path, samples: np.ndarray) -> Path:
    soundfile.write(path, samples, RATE, "PCM_24")
    return path


@pytest.fixture(scope="module")
def her(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return learn("Her", [recording(tmp_path_factory.mktemp("her") / "her.wav", make_speech(12.0, RATE, 205.0, 7, 1.15))], "in a test")


def recipe(voice: Profile, samples: np.ndarray) -> Recipe:
    return ClonedProfile(voice).recipe(analyse(HighPass(RATE).process(samples), RATE), EngineParameters())


def share(voice: Profile, samples: np.ndarray) -> float:
    """How far it goes: 0 for the speaker of the voice, 1 for another person."""
    differential = recipe(voice, samples).differential
    assert isinstance(differential, MapDifferential)
    return differential.amount / EngineParameters().amount


HERS = {
    "as usual": (make_speech(6.0, RATE, 205.0, 8, 1.15), 0.0),
    "livelier": (make_speech(6.0, RATE, 205.0, 8, 1.15, lively=2.5), 0.0),
    "lower": (make_speech(6.0, RATE, 150.0, 8, 1.15), 0.25),
    "a larger person": (make_speech(6.0, RATE, 205.0, 8, 1.05), 1.0),
    "another timbre": (lfilter([1, -0.9], [1], make_speech(6.0, RATE, 205.0, 8, 1.15)), 1.0),
    "a man": (make_speech(6.0, RATE, 115.0, 8), 1.0),
}


@pytest.mark.parametrize(("take", "expected"), HERS.values(), ids=HERS)
def test_it_is_another_person_by_pitch_tract_or_timbre(take: np.ndarray, expected: float, her: Profile) -> None:
    assert share(her, take) == pytest.approx(expected, abs=0.2)
    assert (share(her, take) > 0) == (expected > 0)


def test_a_speakers_own_voice_leaves_their_delivery_and_another_gives_its_own(her: Profile) -> None:
    assert recipe(her, HERS["livelier"][0]).f0_range == pytest.approx(1, abs=0.02)
    lively = make_speech(6.0, RATE, 115.0, 8, lively=1.25)
    wanted = her.f0_spread / np.std(np.log2(f0_contour(len(lively), RATE, 115.0, 1.25)))
    assert recipe(her, lively).f0_range == pytest.approx(wanted, rel=0.1)


def test_a_short_take_is_mapped_as_all_that_is_known_of_its_speaker(her: Profile) -> None:
    known = analyse(HighPass(RATE).process(make_speech(12.0, RATE, 115.0, 3)), RATE).own
    assert known.is_settled
    source = analyse(HighPass(RATE).process(make_speech(1.5, RATE, 115.0, 4)), RATE, known)
    made = ClonedProfile(her).recipe(source, EngineParameters())
    assert isinstance(made.differential, MapDifferential)
    assert made.differential.voiced is not None
    bands = made.differential.bands
    usual = warp(np.array(known.voiced.mean)[: source.bands], made.formant_factor)[:bands]
    target = frames_of(her.voiced, her.bands)[:, :bands].mean(axis=0)
    np.testing.assert_allclose(made.differential.voiced(usual @ shapes(bands).T), target @ shapes(bands).T, atol=0.05)


@pytest.mark.parametrize(("change", "above"), [(1.0, 0.0), (-1.0, -1.0), (-4.0, -9 / DB)])
def test_above_its_band_a_voice_takes_away_and_adds_nothing(change: float, above: float) -> None:
    bands = 30
    rows = shapes(bands)
    step = change * rows[:, -1] / (rows[:, -1] @ rows[:, -1])
    mapping = TransportMap(Cloud(np.zeros(len(rows)), np.eye(len(rows))), Cloud(step, np.eye(len(rows))))
    changed = MapDifferential(mapping, None, bands, 1.0)(np.ones(2, np.bool_), np.zeros((2, 64)))
    assert changed[:, bands - 1] == pytest.approx(change)
    assert changed[:, bands:] == pytest.approx(above, abs=1e-6), "at most 9 dB less"


def test_recordings_count_by_their_time_and_not_by_their_level(tmp_path: Path) -> None:
    low, high = make_speech(7.0, RATE, 110.0, 1), make_speech(6.0, RATE, 165.0, 2)  # the higher has more periods
    names = [recording(tmp_path / f"{name}.wav", samples) for name, samples in (("low", low), ("high", high), ("quiet", 0.05 * high))]
    both, levelled = learn("x", names[:2], "in a test"), learn("x", [names[0], names[2]], "in a test")
    assert both.f0 == pytest.approx(115, rel=0.1)
    means = [frames_of(each.voiced, each.bands).mean(axis=0)[:24] for each in (both, levelled)]
    np.testing.assert_allclose(*means, atol=0.5 / DB)


def test_a_voice_is_known_by_all_that_is_heard_of_it(her: Profile) -> None:
    for change in ({"f0": her.f0 + 1}, {"f0_spread": 0.5}, {"voiced": her.voiced[::-1]}, {"unvoiced": her.unvoiced[::-1]}):
        assert replace(her, **change).id != her.id  # type: ignore[arg-type]
    assert replace(her, name="Another", made="2020-01-01", consent="given").id == her.id
