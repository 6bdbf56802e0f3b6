"""Each parameter does something that can be heard, and does it the same way each time."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import RATE, f0_track, long_term, make_speech, man, woman
from takevoice import ConversionRequest, Job, State, Take
from takevoice_plugins.local import NAME, Local, engine
from takevoice_plugins.local.denoise import Denoiser, learn_noise
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.recipe import MeanDifferential
from takevoice_plugins.local.source import ArraySource, read_blocks


def convert(samples: np.ndarray, voice: str = "ada", **parameters: float) -> np.ndarray:
    source = ArraySource(samples, RATE)
    plan = engine.plan(source, profile(voice), EngineParameters(**parameters))
    return np.concatenate(list(plan.convert(read_blocks(source))))


def excursion(samples: np.ndarray) -> float:
    """The spread of the F0 in semitones."""
    octaves = np.log2(f0_track(samples))
    away = octaves - np.nanmedian(octaves)
    return float(12 * np.nanstd(away[np.abs(away) < 0.6]))


@pytest.fixture(scope="module")
def lively() -> np.ndarray:
    return make_speech(5.0, RATE, 115.0, lively=2.5)


def test_stability_calms_the_pitch(lively: np.ndarray) -> None:
    wild, usual, calm = (excursion(convert(lively, stability=value)) for value in (0.0, 0.5, 1.0))
    assert wild > 1.1 * usual > 1.1 * 1.1 * calm
    assert calm < 0.95 * excursion(lively)


def test_style_exaggerates_the_delivery(lively: np.ndarray) -> None:
    plain, much = (excursion(convert(lively, style=value, stability=1.0)) for value in (0.0, 1.0))
    assert much == pytest.approx(1.6 * plain, rel=0.1)


def test_similarity_goes_to_the_voice_and_boost_further() -> None:
    source = man(4.0)
    plain = long_term(source)
    moved = [
        float(np.std(long_term(convert(source, similarity=similarity, boost=boost)) - plain))
        for similarity, boost in ((0.0, False), (0.0, True), (1.0, False), (1.0, True))
    ]
    assert moved == sorted(moved)
    assert moved[3] > 1.5 * moved[0]


def test_without_boost_a_preset_voices_spectrum_moves_70_per_cent_of_the_way() -> None:
    source = ArraySource(man(4.0), RATE)
    changes = []
    for boost in (True, False):
        differential = engine.plan(source, profile("ada"), EngineParameters(boost=boost)).recipe.differential
        assert isinstance(differential, MeanDifferential)
        changes.append(np.concatenate([differential.voiced, differential.unvoiced]))
    np.testing.assert_allclose(changes[1], 0.7 * changes[0], atol=1e-9)


def bytes_of(path: Path, seed: int, stability: float) -> bytes:
    with soundfile.SoundFile(path) as file:
        take = Take(path, file.frames, file.samplerate, 1, "WAV", "FLOAT")
    request = ConversionRequest.model_validate(
        {"voice_id": "ada", "seed": seed, "voice_settings": {"stability": stability}, "output_format": "mp3_44100_128"}
    )  # fmt: skip
    encoded = Local().convert(Job(1, path, State.CONVERTING, backend=NAME), request, take)
    assert encoded is not None
    return b"".join(encoded.chunks)


def test_a_seed_gives_the_same_bytes_and_another_seed_another_candidate(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    soundfile.write(path, man(4.0), RATE, "FLOAT")
    first = bytes_of(path, 1, 0.3)
    assert bytes_of(path, 1, 0.3) == first
    assert bytes_of(path, 1, 1.0) != bytes_of(path, 2, 1.0)
    other, rate = soundfile.read(io.BytesIO(bytes_of(path, 2, 0.3)))
    cents = 1200 * np.log2(f0_track(soundfile.read(io.BytesIO(first))[0], rate) / f0_track(other, rate))
    apart = np.sqrt(np.nanmean(cents[np.abs(cents) < 300] ** 2))
    assert 12 < apart < 100


def kurtosis(samples: np.ndarray) -> float:
    """Of the power in time, over all frequencies: single peaks that come and go raise it."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::512] * np.hanning(1024)
    power = np.abs(np.fft.rfft(frames, axis=1)[:, 10:300]) ** 2
    power /= power.mean(axis=0)
    return float(np.mean(power**4) / np.mean(power**2) ** 2)


@pytest.mark.parametrize(("snr", "gain"), [(5, 3.0), (20, 1.0), (40, -0.5)])
def test_noise_goes_and_leaves_no_tones(snr: int, gain: float) -> None:
    clean = np.concatenate([np.zeros(RATE), woman(5.0), np.zeros(RATE)])
    noise = np.random.default_rng(4).standard_normal(len(clean))
    noise *= np.std(clean[RATE:-RATE]) / 10 ** (snr / 20)
    noisy = clean + noise
    out = Denoiser(RATE, learn_noise(noisy, RATE)).process(noisy, last=True)
    inside, pause = slice(RATE, -RATE), slice(4800, RATE - 4800)
    after = 10 * np.log10(np.var(clean[inside]) / np.var(out[inside] - clean[inside]))
    assert after > snr + gain
    assert 20 * np.log10(np.std(noisy[pause]) / np.std(out[pause])) > 12
    assert kurtosis(out[pause]) < 1.6 * kurtosis(noisy[pause])
