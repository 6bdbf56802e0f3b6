"""Files whose headers are a little off: read as other readers read them, and mended in the result."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from takevoice import audio
from takevoice.errors import IncompleteAudio, UnsupportedAudio

RATE = 48_000
NOTE = audio.Provenance("1", "local", "george", "id", "m", "hash")
IXML = b'<?xml version="1.0"?><BWFXML><PROJECT>Film</PROJECT><SCENE>12A</SCENE></BWFXML>\n'
SMPL = struct.pack("<9I", 0, 0, 20833, 60, 0, 0, 0, 0, 4) + b"USER"
INFO = b"INFOINAM" + struct.pack("<I", 8) + b"Scene 12"
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


def chunk(name: bytes, content: bytes, *, pad: bool = True) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2 if pad else 0)


def pcm(frames: int = 4801, size: int = 3) -> bytes:
    sound = 0.2 * np.sin(np.arange(frames) * 0.05) * np.hanning(frames)
    return (sound * 2**31).astype("<i4").view("u1").reshape(-1, 4)[:, 4 - size :].tobytes()


def fmt(size: int = 3) -> bytes:
    return chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, RATE * size, size, 8 * size))


def wav(path: Path, chunks: bytes, short: int = 0, stored: int | None = None) -> Path:
    """A file in which the size of the RIFF is `stored`, or `short` by some bytes."""
    size = len(chunks) + 4 - short if stored is None else stored
    path.write_bytes(b"RIFF" + struct.pack("<I", size) + b"WAVE" + chunks)
    return settled(path)


def settled(path: Path) -> Path:
    """A file that was written a while ago."""
    then = time.time() - 600
    os.utime(path, (then, then))
    return path


def result_of(path: Path) -> Path:
    take, out = audio.inspect(path), path.with_name(f"result{path.suffix}")
    audio.write_like(take, audio.TakeAudio(take), out, NOTE)
    return out


def strictly(path: Path) -> dict[bytes, bytes]:
    """The chunks by a reader that forgives nothing."""
    data = path.read_bytes()
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    found, at = {}, 12
    while at < len(data):
        name, size = struct.unpack("<4sI", data[at : at + 8])
        found[name] = data[at + 8 : at + 8 + size]
        assert len(found[name]) == size
        at += 8 + size + size % 2
    assert at == len(data)
    return found


def frames_by_ffmpeg(path: Path) -> int:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-"]
    return len(subprocess.run(command, capture_output=True, check=True).stdout) // 2


@pytest.mark.parametrize("short", [2, 4, 8, 20])
def test_the_last_chunks_survive_a_riff_size_that_is_short(tmp_path: Path, short: int) -> None:
    path = wav(tmp_path / "take.wav", fmt() + chunk(b"data", pcm(4800)) + chunk(b"iXML", IXML) + chunk(b"smpl", SMPL), short)
    chunks = strictly(result_of(path))
    assert chunks[b"smpl"] == SMPL
    assert chunks[b"iXML"].startswith(IXML[:70])
    assert chunks[b"iXML"].rstrip().endswith(b"</BWFXML>")


@pytest.mark.parametrize("stored", [0, 36, 0xFFFFFFFF])
def test_a_riff_size_that_tells_nothing(tmp_path: Path, stored: int) -> None:
    path = wav(tmp_path / "take.wav", fmt() + chunk(b"data", pcm(4800)) + chunk(b"smpl", SMPL), stored=stored)
    assert audio.inspect(path).frames == 4800
    chunks = strictly(result_of(path))
    assert chunks[b"smpl"] == SMPL
    assert chunks[b"data"] == pcm(4800)


def test_a_chunk_behind_audio_without_its_padding(tmp_path: Path) -> None:
    path = wav(tmp_path / "take.wav", fmt() + chunk(b"data", pcm(), pad=False) + chunk(b"LIST", INFO))
    chunks = strictly(result_of(path))
    assert chunks[b"LIST"] == INFO
    assert chunks[b"data"] == pcm()


@pytest.mark.parametrize("stored", [0, 0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF])
@needs_ffmpeg
def test_audio_to_the_end_of_the_file(tmp_path: Path, stored: int) -> None:
    data = b"data" + struct.pack("<I", stored) + pcm(4800, 2)
    path = wav(tmp_path / "take.wav", fmt(2) + data, stored=min(stored + 36, 0xFFFFFFFF))
    if stored:
        assert frames_by_ffmpeg(path) == 4800
    assert audio.inspect(path).frames == 4800
    assert strictly(result_of(path))[b"data"] == pcm(4800, 2)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("wav", ("-f", "wav")),
        ("flac", ("-f", "flac")),
        ("caf", ("-c:a", "pcm_s24be", "-f", "caf")),
        ("aiff", ("-f", "aiff")),
        ("w64", ("-f", "w64")),
    ],
)
@needs_ffmpeg
def test_what_ffmpeg_writes_into_a_pipe(tmp_path: Path, suffix: str, options: tuple[str, ...]) -> None:
    plain = wav(tmp_path / "plain.wav", fmt(2) + chunk(b"data", pcm(30_000, 2)))
    piped = subprocess.run(["ffmpeg", "-v", "error", "-i", str(plain), *options, "-"], capture_output=True, check=False)
    path = tmp_path / f"take.{suffix}"
    path.write_bytes(piped.stdout)
    if piped.returncode or not piped.stdout:
        pytest.skip("ffmpeg does not write this into a pipe")
    result = result_of(settled(path))
    assert audio.inspect(path).frames == 30_000
    assert frames_by_ffmpeg(result) == soundfile.info(result).frames == 30_000
    if suffix not in ("aiff", "w64"):  # which ffmpeg cannot read again itself
        assert frames_by_ffmpeg(path) == 30_000
    assert audio.completeness(result).complete


def test_flac_behind_id3(tmp_path: Path) -> None:
    path, plain = tmp_path / "take.flac", tmp_path / "plain.flac"
    soundfile.write(plain, np.zeros(5000), RATE)
    tag = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)
    path.write_bytes(tag + plain.read_bytes())
    assert audio.inspect(path).frames == 5000
    assert result_of(path).read_bytes().startswith(tag + b"fLaC")


def test_cue_points_do_not_change_the_byte_order_of_a_rifx(tmp_path: Path) -> None:
    """libsndfile 1.2.2 would read noise."""
    samples = np.arange(4800, dtype=np.int32) << 16
    soundfile.write(tmp_path / "take.wav", samples, 48_000, "PCM_16", "BIG", "WAV")
    data = (tmp_path / "take.wav").read_bytes()
    cue = struct.pack(">4sIIII4sIII", b"cue ", 28, 1, 1, 7, b"data", 0, 0, 7)
    (tmp_path / "take.wav").write_bytes(data[:4] + struct.pack(">I", len(data) + len(cue) - 8) + data[8:] + cue)
    with audio.opening.open_audio(tmp_path / "take.wav") as file:
        assert np.array_equal(file.read(dtype="int32"), samples)
    assert (tmp_path / "take.wav").read_bytes().endswith(cue)
    result = result_of(tmp_path / "take.wav")
    assert result.read_bytes()[:4] == b"RIFX" and cue in result.read_bytes()


def test_rf64_as_wavelab_writes_it(tmp_path: Path) -> None:
    audio_bytes = pcm(4800)
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 4 + 36 + 24 + 8 + len(audio_bytes), len(audio_bytes), 4800, 0))
    path = tmp_path / "take.wav"
    head = b"RF64\xff\xff\xff\xffWAVE" + ds64 + fmt()
    path.write_bytes(head + b"data" + struct.pack("<I", 0x00FFFFFF) + audio_bytes)
    assert audio.inspect(settled(path)).frames == 4800
    assert soundfile.info(result_of(path)).frames == 4800


def test_a_file_that_grows_is_not_taken(tmp_path: Path) -> None:
    path = wav(tmp_path / "take.wav", fmt(2) + b"data" + struct.pack("<I", 0xFFFFFFFF) + pcm(4800, 2), stored=0xFFFFFFFF)
    os.utime(path)
    with path.open("ab"), pytest.raises(IncompleteAudio, match="still writing it"):
        audio.inspect(path)


def test_chained_ogg_is_refused_with_what_helps(tmp_path: Path) -> None:
    path, link = tmp_path / "take.ogg", tmp_path / "link.ogg"
    soundfile.write(link, np.zeros(9000), RATE)
    path.write_bytes(2 * link.read_bytes())
    with pytest.raises(UnsupportedAudio, match=r"several streams.*ffmpeg -i IN"):
        audio.inspect(path)
