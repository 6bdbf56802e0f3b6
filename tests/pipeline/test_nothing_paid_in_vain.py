"""A take whose result could not be published is refused before anything is sent, and says what helps."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.line import Line
from signals import man
from takevoice.jobs import State

RATE = 16_000
DIRECTORY = getattr(os, "O_DIRECTORY", 0)  # also part of O_TMPFILE
NAMELESS = getattr(os, "O_TMPFILE", 0)


def voice(seconds: float = 2.0) -> np.ndarray:
    return man(seconds, RATE)


def ffmpeg(folder: Path, name: str, *options: str) -> Path:
    """The voice as ffmpeg encodes it."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    plain = folder.parent / "plain.wav"
    soundfile.write(plain, voice(4.9), RATE)
    path = folder / name
    command = ["ffmpeg", "-v", "error", "-i", str(plain), *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this ffmpeg cannot: {done.stderr[:80]}")
    return path


def refused(line: Line, path: Path, state: State = State.FAILED) -> str:
    """Convert a take that is refused; return what the job says."""
    before = set(path.parent.iterdir())
    line.drop(path)
    line.work_off()
    assert line.backend.sent == []
    assert line.job.state is state
    assert set(path.parent.iterdir()) == before
    return line.job.error


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ima.wav", ("-c:a", "adpcm_ima_wav", "-block_size", "2048")),
        ("ms.wav", ("-c:a", "adpcm_ms", "-ar", "44100")),
        ("mp3.wav", ("-c:a", "libmp3lame",)),
    ],
)
def test_a_codec_that_cannot_be_written_back_exactly(
    line: Line, folder: Path, name: str, options: tuple[str, ...]
) -> None:
    assert "ffmpeg -i IN OUT.wav" in refused(line, ffmpeg(folder, name, *options))


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610"])
def test_a_codec_that_can_be_written_back_is_converted(line: Line, folder: Path, subtype: str) -> None:
    path = folder / "take.wav"
    soundfile.write(path, voice(), RATE, subtype)
    whole = soundfile.info(path).frames
    line.drop(path)
    line.work_off()
    assert line.job.state is State.DONE, line.job.error
    assert line.job.output is not None
    assert soundfile.info(line.job.output).frames == whole


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_not_numbers(line: Line, folder: Path, bad: float) -> None:
    samples = voice().astype(np.float32)
    samples[8_000] = bad
    path = folder / "take.wav"
    soundfile.write(path, samples, RATE, "FLOAT")
    assert "0.500 s" in refused(line, path)


def test_a_size_in_the_header_that_leaves_out_audio_is_no_reason(line: Line, folder: Path) -> None:
    path = folder / "take.wav"
    soundfile.write(path, voice(), RATE)
    data = path.read_bytes()
    path.write_bytes(data[:4] + struct.pack("<I", 36) + data[8:])
    line.drop(path)
    line.work_off()
    assert line.job.state is State.DONE, line.job.error
    assert line.job.output is not None
    result = line.job.output.read_bytes()
    assert int.from_bytes(result[4:8], "little") == len(result) - 8
    assert len(line.backend.sent) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be write-protected like this")
def test_a_folder_in_which_nothing_can_be_written(
    line: Line, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "take.wav"
    soundfile.write(path, voice(), RATE)
    opened = os.open

    def refusing(name: object, flags: int, *rest: object, **more: object) -> int:
        # For whoever runs the tests as root too; files without a name are created, too.
        if str(name).startswith(str(folder)) and flags & (os.O_CREAT | NAMELESS) & ~DIRECTORY:
            raise PermissionError(13, "Permission denied", name)
        return int(opened(name, flags, *rest, **more))

    monkeypatch.setattr("os.open", refusing)
    assert "Permission denied" in refused(line, path, State.HELD)


def test_a_disk_without_room(line: Line, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "take.wav"
    soundfile.write(path, voice(), RATE)
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    assert "disk is full" in refused(line, path, State.HELD)


def test_a_name_that_would_be_too_long(line: Line, folder: Path) -> None:
    path = folder / "take.wav"
    soundfile.write(path, voice(), RATE)
    line.ask(path, output=folder / f"{'a' * 300}.wav")
    line.work_off()
    assert line.backend.sent == []
    assert "use a shorter name" in line.job.error


def test_a_file_of_two_chained_streams(line: Line, folder: Path) -> None:
    path = folder / "take.ogg"
    for seconds in (1.0, 1.5):
        soundfile.write(folder.parent / "link.ogg", voice(seconds), RATE)
        with path.open("ab") as file:
            file.write((folder.parent / "link.ogg").read_bytes())
    assert "ffmpeg -i IN" in refused(line, path)


def test_a_name_that_says_another_kind_of_file(line: Line, folder: Path) -> None:
    path = folder / "take.wav"
    soundfile.write(path, voice(), RATE)
    line.ask(path, output=folder / "result.mp3")
    line.work_off()
    assert line.backend.sent == []
    assert "would be WAV, and its name says mp3" in line.job.error
    line.ask(path, output=folder / "result.flac")
    line.work_off()
    assert soundfile.info(folder / "result.flac").format == "FLAC"


def test_a_state_dir_without_room_for_the_answers(line: Line, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds to send, and as much to come: nothing is sent, one line says why, and a release tries again."""
    free, usage = 9 << 20, shutil.disk_usage

    def nearly_full(path: Path) -> object:
        nonlocal free
        free -= free < 10 << 20
        return shutil._ntuple_diskusage(10**9, 10**9, free) if Path(path).is_relative_to(line.state) else usage(path)

    monkeypatch.setattr("shutil.disk_usage", nearly_full)
    takes = [folder / f"{number}.wav" for number in range(3)]
    for number, take in enumerate(takes):
        soundfile.write(take, voice(10.0) * (1 - number / 10), RATE)
    line.drop(*takes)
    line.work_off()
    assert set(line.states().values()) == {"held"}
    assert not line.backend.sent
    for job in line.ledger.jobs.select():
        assert job.error_code == "not_writable"
        assert f"the disk of the state dir ({line.state / 'work'}) is too full for what a paid backend sends" in job.error
        assert "free some space there; `takevoice release" in job.error
    reported = []
    line.holds.held.subscribe(reported.append)
    line.holds.held.report()
    assert [len(held.jobs) for held in reported] == [3]
    free = 100 << 20
    for job in line.ledger.jobs.select():
        line.release(job.id)
    assert set(line.states().values()) == {"done"}
    assert len(line.backend.sent) == 3


def test_the_room_for_answers_is_promised_once(line: Line, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for one of two takes that are sent at the same time."""
    usage = shutil.disk_usage
    monkeypatch.setattr(
        "shutil.disk_usage",
        lambda path: shutil._ntuple_diskusage(10**9, 10**9, 11 << 20) if Path(path).is_relative_to(line.state) else usage(path),
    )
    takes = [folder / f"{number}.wav" for number in range(2)]
    for number, take in enumerate(takes):
        soundfile.write(take, voice(10.0) * (1 - number / 10), RATE)
    line.drop(*takes)
    line.backend.on_sent = lambda: line.backend.sent == ["0.wav ada"] and line.work_off()
    line.work_off()
    assert line.states() == {"0.wav": "done", "1.wav": "held"}
    assert line.backend.sent == ["0.wav ada"]
