"""The plugin as the daemon meets it."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import make_speech
from takevoice import ConversionRequest, Job, State, Take, VoiceSettings, errors
from takevoice.jobs import JobOptions
from takevoice_plugins.local import Local

local = Local()


def a_take(path: Path, samples: np.ndarray, rate: int = 48_000) -> Take:
    soundfile.write(path, samples, rate, "PCM_24")
    return Take(path, len(samples), rate, 1 if samples.ndim == 1 else samples.shape[1], "WAV", "PCM_24")


def a_job(take: Take, backend: str = "local") -> Job:
    return Job(1, take.path, State.CONVERTING, backend=backend)


def converted(take: Take, **request: object) -> tuple[np.ndarray, int]:
    encoded = local.convert(a_job(take), ConversionRequest(**{"voice_id": "ada", **request}), take)
    assert encoded is not None
    assert encoded.output_format == request.get("output_format", "auto")
    return soundfile.read(io.BytesIO(b"".join(encoded.chunks)))


@pytest.mark.process
def test_listing_loads_nothing_heavy() -> None:
    code = (
        "import sys, pathlib; from takevoice_plugins.local import Local; local = Local(pathlib.Path('state'));"
        "local.backends(); local.voices('local');"
        "print([name for name in ('numpy', 'scipy', 'soxr', 'soundfile', 'pydantic') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_backend_is_ready_and_free() -> None:
    (backend,) = local.backends()
    assert (backend.name, backend.ready, backend.paid) == ("local", True, False)


def test_voices_are_many_and_named() -> None:
    voices = local.voices("local")
    assert voices is not None
    assert len(voices) >= 10
    assert voices[0].id == "ada"
    assert "george" in {voice.id for voice in voices}
    assert {"male", "female"} == {voice.labels["gender"] for voice in voices}
    assert {"child", "old"} <= {voice.labels["age"] for voice in voices}
    assert local.voices("elsewhere") is None


def test_other_backends_are_not_ours(tmp_path: Path) -> None:
    take = a_take(tmp_path / "take.wav", make_speech(0.2))
    assert local.convert(a_job(take, "elevenlabs"), ConversionRequest(voice_id="ada"), take) is None


def test_unknown_voice_and_speed_are_refused(tmp_path: Path) -> None:
    take = a_take(tmp_path / "take.wav", make_speech(0.2))
    with pytest.raises(errors.UnknownVoice, match="ada"):
        local.convert(a_job(take), ConversionRequest(voice_id="adda"), take)
    faster = ConversionRequest(voice_id="ada", voice_settings=VoiceSettings(speed=1.1))
    with pytest.raises(errors.BackendError, match="timing"):
        local.convert(a_job(take), faster, take)


def test_auto_is_float_at_the_takes_own_rate(tmp_path: Path) -> None:
    take = a_take(tmp_path / "take.wav", make_speech(1.0, 44_100), 44_100)
    out, rate = converted(take, voice_id="George")
    assert rate == 44_100
    assert len(out) == take.frames


def test_channels_are_mixed_down(tmp_path: Path) -> None:
    speech = make_speech(0.5)
    take = a_take(tmp_path / "take.wav", np.stack([speech, speech], axis=1))
    out, _ = converted(take)
    assert out.shape == (take.frames,)


def test_api_format(tmp_path: Path) -> None:
    take = a_take(tmp_path / "take.wav", make_speech(0.5))
    out, rate = converted(take, output_format="wav_16000")
    assert (len(out), rate) == (8000, 16_000)


def test_cancelled_conversion_lets_go_of_the_file(tmp_path: Path) -> None:
    take = a_take(tmp_path / "take.wav", make_speech(3.0))
    encoded = local.convert(a_job(take), ConversionRequest(voice_id="ada"), take)
    assert encoded is not None
    next(encoded.chunks)
    encoded.chunks.close()  # type: ignore[attr-defined]
    take.path.unlink()


@pytest.mark.parametrize("name", ["narrator_48k_24bit", "singer_44k_stereo"])
def test_the_takes_that_come_along(name: str) -> None:
    path = Path(__file__).parents[2] / "takes" / f"{name}.flac"
    with soundfile.SoundFile(path) as file:
        take = Take(path, file.frames, file.samplerate, file.channels, file.format, file.subtype)
    out, rate = converted(take)
    assert (len(out), rate) == (take.frames, take.sample_rate)
    assert np.abs(out).max() <= 1


def test_another_result_of_the_same_take_is_another_one(tmp_path: Path) -> None:
    take, request = a_take(tmp_path / "a.wav", make_speech(1.0, 48_000)), ConversionRequest(voice_id="ada")

    def made(job: Job, request: ConversionRequest = request) -> bytes:
        encoded = local.convert(job, request, take)
        assert encoded is not None
        return b"".join(encoded.chunks)

    first = a_job(take)
    again = replace(first, attempt=2, options=JobOptions(new_answer=True))
    assert made(first) == made(replace(first, attempt=2))
    assert len({made(first), made(again), made(replace(again, attempt=3))}) == 3
    seeded = ConversionRequest(voice_id="ada", seed=7)
    assert made(first, seeded) == made(again, seeded), "a seed that was set stays"
