"""Uploads of the kinds that folders take."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import soundfile
from elevenlabs import ElevenLabs

from plugins.server.conftest import wav
from plugins.server.running import Running
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.problems import ClientDisconnected, Problem
from takevoice_plugins.server.upload import mono_take

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes these files")


def upload(folder: Path, suffix: str, seconds: float = 1.0) -> Path:
    source, path = folder / "source.wav", folder / "upload"
    source.write_bytes(wav(seconds, 44_100, 2))
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", source, folder / f"x{suffix}"], check=True)
    return (folder / f"x{suffix}").rename(path)


@needs_ffmpeg
@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".aac", ".webm", ".opus", ".caf", ".wma", ".wv", ".mov"])
def test_an_upload_is_taken_as_folders_take_it(tmp_path: Path, suffix: str) -> None:
    take = mono_take(upload(tmp_path, suffix), raw=False, limits=Limits(), stopped=lambda: False)
    assert (take.channels, soundfile.info(take.path).frames) == (1, take.frames)
    assert abs(take.seconds - 1) < 0.1


@needs_ffmpeg
@pytest.mark.parametrize("suffix", [".m4a", ".webm"])
def test_an_upload_of_a_phone_or_a_browser_comes_back_converted(tmp_path: Path, running: Running, suffix: str) -> None:
    with httpx.Client() as http, upload(tmp_path, suffix).open("rb") as audio:
        sdk = ElevenLabs(api_key="any", base_url=running.url, httpx_client=http).speech_to_speech
        assert len(b"".join(sdk.convert("ada", audio=audio, output_format="pcm_16000"))) == pytest.approx(2 * 16_000, rel=0.1)


@needs_ffmpeg
def test_a_long_one_is_decoded_only_as_far_as_it_may_last(tmp_path: Path) -> None:
    path = upload(tmp_path, ".m4a", 5.0)
    with pytest.raises(Problem, match=r"too_long|longer"):
        mono_take(path, raw=False, limits=Limits(longest=1.0), stopped=lambda: False)
    assert soundfile.info(tmp_path / "decoded.w64").duration < 2.2


@needs_ffmpeg
def test_a_damaged_one_is_refused_without_a_path(tmp_path: Path) -> None:
    path = upload(tmp_path, ".m4a")
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(Problem) as caught:
        mono_take(path, raw=False, limits=Limits(), stopped=lambda: False)
    assert str(tmp_path) not in str(vars(caught.value))


@needs_ffmpeg
def test_a_client_that_has_left_stops_the_decoding(tmp_path: Path) -> None:
    with pytest.raises(ClientDisconnected):
        mono_take(upload(tmp_path, ".m4a"), raw=False, limits=Limits(), stopped=lambda: True)
