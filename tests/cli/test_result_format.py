"""The kind of file of a result: the original's, or as `result_format` says; none is ever taken for a new take."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import soundfile

from support import FAST, Command, make_take
from takevoice import audio
from takevoice.settings import settings_hash
from takevoice.take_settings import TakeSettings


def encode(path: Path, *options: str, seconds: float = 1.013) -> Path:
    """Have ffmpeg encode a tone."""
    tone = ("-f", "lavfi", "-i", f"sine=220:d={seconds}:r=44100")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *tone, *options, str(path)], check=True)
    return path


def length(path: Path) -> int:
    """How many bytes ffmpeg decodes."""
    line = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-"]
    return len(subprocess.run(line, check=True, capture_output=True).stdout)


@pytest.mark.parametrize(
    ("setting", "suffix", "subtype"),
    [("same", ".mp3", "MPEG_LAYER_III"), ("wav", ".wav", "PCM_24"), ("flac", ".flac", "PCM_24")],
)
def test_a_folder_with_an_mp3(gated: Command, folder: Path, setting: str, suffix: str, subtype: str) -> None:
    take = encode(folder / "take.mp3")
    gated.config(f'{FAST}[defaults]\nresult_format = "{setting}"\n')
    assert "1 converted, 0 failed" in gated("run", "--once", folder).stderr
    result = folder / f"take.ada{suffix}"
    assert sorted(os.listdir(folder)) == sorted([result.name, "take.mp3"])
    assert soundfile.info(result).subtype == subtype
    assert length(result) == length(take)
    made = audio.read_provenance(result)
    assert made is not None
    assert made.settings["result_format"] == setting
    # Not even when the ledger and the provenance are lost.
    assert "0 converted, 0 failed" in gated("run", "--once", folder).stderr
    gated.state.rename(gated.state.with_name("lost"))
    assert "0 converted, 0 failed" in gated("run", "--once", folder).stderr
    assert len(os.listdir(folder)) == 2


def test_a_result_that_lost_its_provenance_is_known_by_its_name(gated: Command, folder: Path) -> None:
    encode(folder / "take.mp3")
    gated.config(f'{FAST}[defaults]\nresult_format = "wav"\n')
    gated("run", "--once", folder)
    gated.state.rename(gated.state.with_name("lost"))
    samples, rate = soundfile.read(folder / "take.ada.wav")
    soundfile.write(folder / "take.ada.wav", samples * 0.5, rate)
    gated("run", "--once", folder)
    assert not (folder / "take.ada.ada.wav").exists()


@pytest.mark.parametrize(("setting", "suffix", "subtype"), [("wav", ".wav", "PCM_16"), ("flac", ".flac", "PCM_16")])
def test_the_sample_format_is_kept_where_it_can_be(
    gated: Command, folder: Path, setting: str, suffix: str, subtype: str
) -> None:
    take = make_take(folder / "take.aif", 0.3, subtype="PCM_16")
    gated("convert", take, "--set", f"result_format={setting}")
    result = soundfile.info(folder / f"take.ada{suffix}")
    assert (result.subtype, result.frames) == (subtype, soundfile.info(take).frames)


def test_a_wav_that_is_to_be_wav_keeps_its_metadata(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.3)
    take.write_bytes(take.read_bytes() + b"note\x04\0\0\0mine")
    data = bytearray(take.read_bytes())
    data[4:8] = (len(data) - 8).to_bytes(4, "little")
    take.write_bytes(data)
    gated("convert", take, "--set", "result_format=wav")
    assert b"note\x04\0\0\0mine" in (folder / "take.ada.wav").read_bytes()


def test_a_name_that_says_wav_is_wav(gated: Command, folder: Path) -> None:
    take = encode(folder / "take.mp3")
    gated("convert", take, "--out", folder / "hero.wav")
    assert soundfile.info(folder / "hero.wav").format == "WAV"
    assert length(folder / "hero.wav") == length(take)


def test_an_mp3_shorter_than_a_frame_becomes_wav(gated: Command, folder: Path) -> None:
    take = folder / "take.mp3"
    with soundfile.SoundFile(take, "w", 22_050, 1, "MPEG_LAYER_III", format="MP3") as file:
        file.write([0.1] * 1000)
    assert gated("convert", take).stdout == f"{folder / 'take.ada.wav'}\n"
    assert soundfile.info(folder / "take.ada.wav").frames == 1000


def test_the_setting_leaves_the_hashes_of_earlier_results_as_they_were() -> None:
    # Computed by the version before the setting existed.
    assert settings_hash("local", TakeSettings(), "george") == "ac8e4601e178b829d3f58cb44bc0cff3"
    assert settings_hash("local", TakeSettings(result_format="wav"), "george") != "ac8e4601e178b829d3f58cb44bc0cff3"
