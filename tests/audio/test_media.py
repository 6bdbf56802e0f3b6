"""Compressed takes and videos, made and judged by ffmpeg: length, samples, place, tags, and what is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import buzz
from takevoice import audio
from takevoice.audio.containers.media import Mp4
from takevoice.audio.decoding import Decoded, DecodedFiles, decoded_files
from takevoice.audio.decoding.timecode import seconds_of
from takevoice.audio.output import TakeAudio
from takevoice.errors import AudioError, Cancelled, NotAudio, UnsupportedAudio
from takevoice.jobs import Take

NOTE = audio.Provenance("1.0", "local", "ada", "ada", "model", "0123abc", 7, {"voice": "ada"})
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes and judges these files")


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    decoded_files().close()


def ffmpeg(*words: object) -> bytes:
    line = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, words)]
    return subprocess.run(line, check=True, capture_output=True).stdout


def wav(folder: Path, seconds: float = 1.1, rate: int = 44_100, channels: int = 1, subtype: str = "PCM_16") -> Path:
    path = folder / "source.wav"
    soundfile.write(path, buzz(seconds, rate, channels=channels), rate, subtype)
    return path


def made(folder: Path, name: str, *options: object, **shape: object) -> Path:
    path = folder / name
    ffmpeg("-i", wav(folder, **shape), *options, path)  # type: ignore[arg-type]
    return path


def decoded_by_ffmpeg(path: Path, channels: int) -> np.ndarray:
    return np.frombuffer(ffmpeg("-i", f"file:{path}", "-map", "0:a:0", "-f", "f32le", "-"), "<f4").reshape(-1, channels)


def read(take: Take) -> np.ndarray:
    return np.concatenate(list(audio_blocks(take)))


def audio_blocks(take: Take) -> Iterator[np.ndarray]:
    from takevoice.audio.takes import blocks

    return blocks(take)


def result_of(take: Take, path: Path, result_format: str = "same") -> Path:
    audio.write_like(take, TakeAudio(take), path, NOTE, result_format=result_format)
    return path


KINDS = [
    ("take.m4a", (), "MP4", "AAC"),
    ("take.m4a", ("-c:a", "alac"), "MP4", "PCM_16"),
    ("take.aac", (), "AAC", "AAC"),
    ("take.mka", ("-c:a", "libopus"), "MATROSKA", "OPUS"),
    ("take.webm", ("-c:a", "libopus"), "MATROSKA", "OPUS"),
    ("take.wma", (), "ASF", "WMAV2"),
    ("take.wv", (), "WAVPACK", "PCM_16"),
    ("take.wv", ("-sample_fmt", "fltp"), "WAVPACK", "FLOAT"),
    ("take.tta", (), "TTA", "PCM_16"),
    ("take.ac3", (), "AC3", "AC3"),
    ("take.eac3", (), "EAC3", "EAC3"),
    ("take.mov", ("-c:a", "pcm_s24le"), "MP4", "PCM_24"),
]


@needs_ffmpeg
@pytest.mark.parametrize(("name", "options", "container", "subtype"), KINDS)
def test_a_take_is_read_as_ffmpeg_decodes_it(
    tmp_path: Path, name: str, options: tuple[str, ...], container: str, subtype: str
) -> None:
    path = made(tmp_path, name, *options, channels=2)
    take = audio.inspect(path)
    expected = decoded_by_ffmpeg(path, 2)
    assert (take.container, take.subtype, take.channels) == (container, subtype, 2)
    assert take.frames == len(expected)
    assert np.abs(read(take) - expected).max() < 1e-4
    assert audio.completeness(path).complete in (True, None)
    assert audio.audio_hash(take) == audio.audio_hash(audio.inspect(path))


@needs_ffmpeg
@pytest.mark.parametrize(("name", "options", "container", "subtype"), KINDS[:8])
def test_its_result_is_a_wav_of_the_same_length(
    tmp_path: Path, name: str, options: tuple[str, ...], container: str, subtype: str
) -> None:
    path = made(tmp_path, name, *options)
    take = audio.inspect(path)
    result = result_of(take, tmp_path / "result.wav")
    info = soundfile.info(result)
    bits = subtype if subtype.startswith(("PCM", "FLOAT")) else "PCM_24"
    assert (info.format, info.subtype, info.frames) == ("WAV", bits, take.frames)
    assert np.abs(soundfile.read(result, always_2d=True)[0] - read(take)).max() < 2**-23
    assert audio.result_suffix(path, "same", take.frames, 1) == ".wav"
    assert audio.read_provenance(result) == NOTE
    assert audio.has_provenance(audio.inspect(result))


@needs_ffmpeg
def test_an_amr_is_read(tmp_path: Path) -> None:
    """ffmpeg has no encoder for it: frames of 12.2 kbit/s by RFC 4867, whose bits are all zero."""
    path = tmp_path / "memo.amr"
    path.write_bytes(b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50)
    take = audio.inspect(path)
    assert (take.container, take.subtype, take.sample_rate, take.frames) == ("AMR", "AMR_NB", 8000, 50 * 160)


# The format of the result.


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "wanted", "suffix", "shape"),
    [
        ("take.m4a", "flac", ".flac", ("FLAC", "PCM_24")),
        ("take.wv", "flac", ".flac", ("FLAC", "PCM_16")),
        ("take.mov", "wav", ".wav", ("WAV", "PCM_24")),
    ],
)
def test_the_result_has_the_format_that_is_set(
    tmp_path: Path, name: str, wanted: str, suffix: str, shape: tuple[str, str]
) -> None:
    path = made(tmp_path, name)
    take = audio.inspect(path)
    assert audio.result_suffix(path, wanted, take.frames, 1) == suffix
    result = result_of(take, tmp_path / "result", wanted)
    info = soundfile.info(result)
    assert (info.format, info.subtype, info.frames) == (*shape, take.frames)
    assert audio.read_provenance(result) == NOTE
    assert len(decoded_by_ffmpeg(result, 1)) == take.frames


# Videos.


@needs_ffmpeg
@pytest.mark.parametrize(
    ("timecode", "rate", "seconds"),
    [
        ("01:00:00:00", "25", Fraction(3600)),
        ("01:00:00:12", "24000/1001", Fraction((3600 * 24 + 12) * 1001, 24000)),
        ("01:00:00;02", "30000/1001", Fraction((3600 * 30 + 2 - 108) * 1001, 30000)),
        ("01:00:00:00", "30000/1001", Fraction(36036, 10)),
    ],
)
@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
def test_a_video_lands_at_its_timecode(
    tmp_path: Path, timecode: str, rate: str, seconds: Fraction, suffix: str
) -> None:
    path = tmp_path / f"film{suffix}"
    ffmpeg(
        "-f", "lavfi", "-i", f"testsrc=s=32x32:d=1:r={rate}", "-i", wav(tmp_path, 1.0, 48_000), "-timecode", timecode,
        "-c:v", "mpeg4", "-c:a", "pcm_s16le", path,
    )  # fmt: skip
    result = result_of(audio.inspect(path), tmp_path / "result.wav")
    tags = ["ffprobe", "-v", "error", "-show_entries", "format_tags=time_reference", "-of", "csv=p=0", result]
    told = subprocess.run(tags, capture_output=True, text=True, check=True).stdout
    assert int(told) == round(seconds * 48_000)


@needs_ffmpeg
def test_a_take_without_a_timecode_gets_no_time_reference(tmp_path: Path) -> None:
    result = result_of(audio.inspect(made(tmp_path, "take.m4a")), tmp_path / "result.wav")
    assert b"bext" not in result.read_bytes()


@pytest.mark.parametrize(
    ("timecode", "rate", "frames"),
    [  # counted frames, by SMPTE ST 12-1
        ("00:01:00;02", Fraction(30_000, 1001), 1800),
        ("00:10:00;00", Fraction(30_000, 1001), 17_982),
        ("00:01:00;04", Fraction(60_000, 1001), 3600),
        ("23:59:59;29", Fraction(30_000, 1001), 2_589_407),
        ("00:00:01:00", Fraction(24_000, 1001), 24),
        ("00:00:01;00", Fraction(25), 25),  # there is no drop at 25
    ],
)
def test_timecodes_are_counted_as_the_standard_says(timecode: str, rate: Fraction, frames: int) -> None:
    assert seconds_of(timecode, rate) == frames / rate


@pytest.mark.parametrize("wrong", ["", "1:2:3:4", "00:00:00:30", "00:61:00:00", "aa:bb:cc:dd"])
def test_what_is_no_timecode_is_none(wrong: str) -> None:
    assert seconds_of(wrong, Fraction(30_000, 1001)) is None


# What cannot be read, and what is hostile.


@needs_ffmpeg
def test_without_ffmpeg_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path, "take.m4a")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnsupportedAudio, match=r"is an MP4 file, which .* ffprobe.*; `\w+ .*install ffmpeg`") as caught:
        audio.inspect(path)
    assert "\n" not in str(caught.value)
    assert audio.watched_suffixes() == audio.SUFFIXES
    assert audio.why_skipped(".m4a").startswith("needs ffmpeg on the PATH")


@needs_ffmpeg
def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    path = made(tmp_path, "take.m4a", "-movflags", "+faststart")
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 40
    data[start : start + 2000] = os.urandom(2000)
    path.write_bytes(data)
    with pytest.raises(AudioError, match="is damaged and cannot be decoded to its end") as caught:
        audio.inspect(path)
    assert "\n" not in str(caught.value)
    path.write_bytes(data[:40] + bytes(3000))
    with pytest.raises(AudioError):
        audio.inspect(path)
    assert list(decoded_files().scratch("x").parent.glob("*.w64")) == []


@needs_ffmpeg
def test_a_protected_file_is_named_as_that(tmp_path: Path) -> None:
    key = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb")
    path = made(tmp_path, "take.mp4", "-c:a", "aac", *key, "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8")
    with pytest.raises(UnsupportedAudio, match="protected against copying"):
        audio.inspect(path)


@needs_ffmpeg
def test_a_video_without_sound_is_no_take(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32:d=0.2", path)
    with pytest.raises(NotAudio, match="without any audio"):
        audio.inspect(path)


@needs_ffmpeg
@pytest.mark.parametrize("name", ["-take.m4a", "take 100%d.m4a", "täke'\".m4a", "http:take.m4a", "a|b.m4a"])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_odd_names_are_only_names(tmp_path: Path, name: str) -> None:
    take = audio.inspect(made(tmp_path, "take.m4a").rename(tmp_path / name))
    assert take.frames


@needs_ffmpeg
def test_a_playlist_under_a_takes_name_opens_nothing_else(tmp_path: Path) -> None:
    wav(tmp_path)
    for text in ("ffconcat version 1.0\nfile source.wav\n", "#EXTM3U\n#EXTINF:1,\nsource.wav\n"):
        path = tmp_path / "take.m4a"
        path.write_text(text)
        with pytest.raises(NotAudio):
            audio.inspect(path)


@needs_ffmpeg
def test_decoding_stops_when_it_is_told_to(tmp_path: Path) -> None:
    path = made(tmp_path, "take.m4a")
    with pytest.raises(Cancelled):
        # Told so before ffmpeg has started.
        slow = tmp_path / "slow"
        slow.mkdir()
        program = slow / "ffmpeg"
        program.write_text("#!/bin/sh\nsleep 30\n")
        program.chmod(0o755)
        (slow / "ffprobe").symlink_to(shutil.which("ffprobe") or "")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", f"{slow}{os.pathsep}{os.environ['PATH']}")
            Mp4().decode(path, tmp_path / "target.w64", lambda: True)


# The cache of decoded files.


@needs_ffmpeg
def test_a_version_of_a_file_is_decoded_once(tmp_path: Path) -> None:
    path, files, calls = made(tmp_path, "take.m4a"), DecodedFiles(max_files=2), list[Path]()

    def decode(target: Path, stopped: object) -> Decoded:
        calls.append(target)
        return Mp4().decode(path, target, lambda: False)

    first = files.get(path, decode)
    assert files.get(path, decode) == first
    assert len(calls) == 1
    os.utime(path, (1, 1))
    second = files.get(path, decode)
    os.utime(path, (2, 2))
    files.get(path, decode)
    assert len(calls) == 3
    assert not first.file.exists()  # two are kept
    assert second.file.exists()
    assert second.file.parent.stat().st_mode & 0o077 == 0
    files.close()
    assert not second.file.parent.exists()


@needs_ffmpeg
def test_what_a_killed_process_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, living = tmp_path / f"takevoice-decoded-{ended.pid}-x", tmp_path / f"takevoice-decoded-{os.getpid()}-y"
    for folder in (left, living):
        folder.mkdir()
        (folder / "1.w64").write_bytes(b"x")
    files = DecodedFiles()
    files.scratch("w64")
    assert not left.exists()
    assert living.exists()
    files.close()
