"""What comes out: as long as the take, in time, at its level, with its band, and without seams."""

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import RATE, active_level, make_speech
from takevoice import ConversionRequest, Job, State, Take, errors
from takevoice.jobs import JobOptions
from takevoice_plugins.local.cloned.profile import Profile
from takevoice_plugins.local.level import HighPass
from takevoice_plugins.neural import NAME

from .conftest import Model, converted, start, write_take


@pytest.mark.parametrize(
    ("rate", "frames"), [(8000, 7), (16_000, 16_001), (22_050, 50_000), (44_100, 99_999), (48_000, 3), (96_000, 123_457)]
)
def test_the_result_is_as_long_as_the_take(model: Callable[..., Model], tmp_path: Path, rate: int, frames: int) -> None:
    samples = make_speech(frames / rate, rate, seed=1)
    assert len(converted(model().neural, write_take(tmp_path / "take.wav", samples, rate))) == frames


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
def test_timing_and_level_are_the_takes(model: Callable[..., Model], tmp_path: Path, rate: int) -> None:
    """The stand-in makes everything 12 dB quieter and nothing else, so the result is the take."""
    samples = make_speech(2.5, rate, seed=2)
    out = converted(model().neural, write_take(tmp_path / "take.wav", samples, rate))
    samples = HighPass(rate).process(samples)
    lags = np.arange(-5, 6)
    match = [float(np.roll(out, -lag)[100:-100] @ samples[100:-100]) for lag in lags]
    assert lags[int(np.argmax(match))] == 0
    assert active_level(out, rate) == pytest.approx(active_level(samples, rate), abs=0.1)
    middle = slice(rate // 4, -rate // 4)
    assert np.corrcoef(out[middle], samples[middle])[0, 1] > 0.9995


@pytest.mark.parametrize("seconds", [34.5, (861 * 256 + 300) / 22_050], ids=["four windows", "one and a frame"])
def test_seams_are_not_heard(model: Callable[..., Model], tmp_path: Path, long_speech: np.ndarray, seconds: float) -> None:
    """Of a model that changes the level only, nothing shows where one window ends and the next begins, nor at the end."""
    made, speech = model(), long_speech[: int(seconds * RATE)]
    out = converted(made.neural, write_take(tmp_path / "take.wav", speech))
    windows = made.windows()
    assert len(windows) == (4 if seconds > 30 else 1)
    for (_, end), (start_of_next, _) in pairwise(windows):
        assert end - start_of_next >= 2 * 16, "the model does not see to both sides of the seam"
    expected = HighPass(RATE).process(speech)
    pieces = zip(np.array_split(out, 345), np.array_split(expected, 345), strict=True)
    errors = [np.sqrt(np.mean((one - other) ** 2)) for one, other in pieces]
    assert 20 * np.log10(max(errors[2:-2]) / np.sqrt(np.mean(expected**2))) < -45


def test_a_take_is_there_to_its_last_sample(model: Callable[..., Model], tmp_path: Path) -> None:
    """Which the resamplers keep for the samples that come after it."""
    take = 0.2 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    out = converted(model().neural, write_take(tmp_path / "take.wav", take))
    assert np.std(out[-240:-20]) == pytest.approx(np.std(take[-240:-20]), rel=0.1)


def test_the_same_take_gives_the_same_bytes(model: Callable[..., Model], take: Take) -> None:
    neural = model().neural
    first, second = (b"".join(start(neural, take).chunks) for _ in range(2))
    assert first == second


def test_what_is_above_the_models_band_stays(model: Callable[..., Model], tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(3 * RATE)
    out = converted(model().neural, write_take(tmp_path / "noise.wav", noise))
    change = band_levels(out) - band_levels(noise)
    assert np.abs(change).max() < 0.7


def test_what_is_above_follows_what_is_below(model: Callable[..., Model], tmp_path: Path) -> None:
    """A model that takes away the highs of a voice does so up to the top of the band, not with a hole in it."""
    noise = 0.1 * np.random.default_rng(0).standard_normal(3 * RATE)
    out = converted(model("bass").neural, write_take(tmp_path / "noise.wav", noise))
    change = band_levels(out) - band_levels(noise)
    below, above = change[8:10].mean(), change[11:22]
    assert below - change[1] < -3
    assert np.abs(above - below).max() < 2.5


def band_levels(samples: np.ndarray) -> np.ndarray:
    """In dB, of each kHz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    return 10 * np.log10(power[: RATE // 2 * 3].reshape(24, -1).mean(axis=1))


@pytest.mark.parametrize("frames", [0, 1, 70_000])
def test_nothing_but_silence(model: Callable[..., Model], tmp_path: Path, frames: int) -> None:
    made = model()
    out = converted(made.neural, write_take(tmp_path / "take.wav", np.zeros(frames)))
    assert len(out) == frames
    assert not out.any()
    assert made.asked("convert") == []


def test_silence_stays_silence(model: Callable[..., Model], tmp_path: Path) -> None:
    made = model()
    samples = np.concatenate([make_speech(1.0, seed=4), np.zeros(40 * RATE), make_speech(1.0, seed=5)])
    out = converted(made.neural, write_take(tmp_path / "take.wav", samples))
    assert not out[2 * RATE : 40 * RATE].any()
    assert np.abs(out[-RATE // 2 :]).max() > 0.1
    assert len(made.asked("convert")) < 6, "the model was asked for silence"


@pytest.mark.parametrize("name", ["mp3_44100_128", "pcm_16000", "opus_48000_64", "wav_44100"])
def test_formats(model: Callable[..., Model], take: Take, name: str) -> None:
    encoded = start(model().neural, take, output_format=name)
    data = b"".join(encoded.chunks)
    assert encoded.output_format == name
    if not name.startswith("pcm"):
        assert soundfile.info(io.BytesIO(data)).duration == pytest.approx(3.0, abs=0.05)
    else:
        assert len(data) == 2 * 48_000


def test_settings_reach_the_model(model: Callable[..., Model], take: Take, her: tuple[Profile, Path]) -> None:
    made = model()
    converted(made.neural, take, seed=9, stability=0.25, similarity_boost=0.375)
    (row,) = made.asked("convert")[-1:]
    assert (row["seed"], row["noise"], row["amount"]) == (9, 0.45, 0.5)
    converted(made.neural, take)
    (row,) = made.asked("convert")[-1:]
    assert (row["seed"], row["noise"], row["amount"]) == (0, 0.3, 1.0)
    assert {(str(row["source"]).partition(" ")[0], row["voice"]) for row in made.asked("convert")} == {("take", f"voice {her[0].id}")}
    lengths = {str(row["id"]): int(str(row["bytes"])) // 4 / 22_050 for row in made.asked("learn")}
    assert lengths.pop(f"voice {her[0].id}") == pytest.approx(12, abs=0.01)
    assert list(lengths.values()) == pytest.approx([3.0, 3.0], abs=0.01), "a take is known by all of itself, and each take by itself"


def test_another_speed_is_refused(model: Callable[..., Model], take: Take) -> None:
    with pytest.raises(errors.BackendError, match=r"cannot change the timing of a take; set voice_settings\.speed to 1"):
        start(model().neural, take, speed=1.1)


def test_a_model_that_fails_for_some_samples(model: Callable[..., Model], take: Take) -> None:
    out = converted(model("nan").neural, take)
    assert np.isfinite(out).all()
    assert np.abs(out).max() > 0.1


def test_noise_is_removed_before(model: Callable[..., Model], tmp_path: Path) -> None:
    speech = np.concatenate([np.zeros(RATE), make_speech(2.0, seed=2, pauses=False), np.zeros(RATE)])
    noisy = write_take(tmp_path / "noisy.wav", speech + 0.004 * np.random.default_rng(1).standard_normal(len(speech)))
    neural, pauses = model().neural, (slice(4800, RATE - 4800), slice(3 * RATE + 4800, -4800))
    plain = soundfile.read(io.BytesIO(b"".join(start(neural, noisy).chunks)))[0]
    request = ConversionRequest(voice_id="her", remove_background_noise=True)
    encoded = neural.convert(Job(1, noisy.path, State.CONVERTING, backend=NAME), request, noisy)
    assert encoded is not None
    quiet = soundfile.read(io.BytesIO(b"".join(encoded.chunks)))[0]
    assert len(quiet) == noisy.frames
    assert np.std(quiet[-400:]) > 0.3 * np.std(quiet[-4800:-400]), "the last window of the denoiser is lost"
    for pause in pauses:
        assert 20 * np.log10(np.std(plain[pause]) / np.std(quiet[pause])) > 10
    assert active_level(quiet) == pytest.approx(active_level(plain), abs=0.5)


def test_a_take_that_is_retried_gets_another_result(model: Callable[..., Model], take: Take) -> None:
    """Other noise, unless a seed was set."""
    made, job = model(), Job(1, take.path, State.CONVERTING, backend=NAME, attempt=3, options=JobOptions(new_answer=True))
    for seed in (None, 9):
        encoded = made.neural.convert(job, ConversionRequest(voice_id="her", seed=seed), take)
        assert encoded is not None
        assert b"".join(encoded.chunks)
    assert {row["seed"] for row in made.asked("convert")} == {3, 9}


def test_the_result_comes_while_the_take_is_converted(model: Callable[..., Model], tmp_path: Path, long_speech: np.ndarray) -> None:
    """Which is what the progress of a job is counted from."""
    made, size = model(), 0
    for chunk in start(made.neural, write_take(tmp_path / "take.wav", long_speech)).chunks:
        size += len(chunk)
        if size > 1_000_000:  # 5 s
            break
    assert len([row for row in made.asked("convert") if row["frame"]]) <= 1
