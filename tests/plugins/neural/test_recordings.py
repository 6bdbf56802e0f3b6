"""Recordings of made voices: kept when the speaker agrees, for the neural backend, and gone with the voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import woman
from support import Command
from takevoice import errors, resample
from takevoice_plugins.local.cloned.recordings import keep_recordings
from takevoice_plugins.neural import NAME, Neural
from takevoice_plugins.neural.conversion import RecordedVoice


@pytest.fixture(scope="session")
def two_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Recordings at two rates, one of them in stereo."""
    folder = tmp_path_factory.mktemp("two")
    paths = [folder / "a.wav", folder / "b.flac"]
    soundfile.write(paths[0], woman(6.0, 44_100, seed=1), 44_100, "PCM_24")
    soundfile.write(paths[1], np.repeat(woman(6.0, 48_000, seed=2)[:, None], 2, 1), 48_000, "PCM_24")
    return paths


def kept(command: Command) -> Path:
    return command.state / "voices" / "anna.recordings.flac"


def test_they_are_kept_as_one_file(command: Command, two_files: list[Path]) -> None:
    done = command("voices", "add", "Anna", *two_files, "--consent", "--keep-recordings")
    assert "its recordings are kept in" in done.stdout
    samples, rate = soundfile.read(kept(command))
    assert (rate, samples.ndim, len(samples)) == (48_000, 1, 12 * 48_000)
    expected = np.concatenate([resample(soundfile.read(two_files[0])[0], 44_100, 48_000), soundfile.read(two_files[1])[0][:, 0]])
    assert np.abs(samples - expected).max() < 1e-4
    assert f"recordings: kept in {kept(command)}" in command("voices", "show", "Anna").stdout


def test_both_backends_have_the_voice(command: Command, two_files: list[Path]) -> None:
    command("voices", "add", "Anna", *two_files, "--consent", "--keep-recordings")
    command("voices", "add", "Ben", *two_files, "--consent")
    neural = Neural(command.state)
    assert [voice.name for voice in neural.voices(NAME) or ()] == ["Anna"]
    local = {name: command("voices", "--backend", "local", name).stdout for name in ("Anna", "Ben")}
    assert all(name in text for name, text in local.items())


def test_without_consent_to_it_they_are_not_kept(command: Command, two_files: list[Path]) -> None:
    done = command("voices", "add", "Anna", *two_files, "--consent")
    assert "its recordings are not kept" in done.stdout
    assert not kept(command).exists()
    assert "recordings: not kept" in command("voices", "show", "Anna").stdout


def test_the_speaker_is_asked_about_both(command: Command, two_files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answers, is_kept in ((["y", "y"], True), (["y", ""], False)):
        left = iter(answers)
        monkeypatch.setattr("builtins.input", lambda text, left=left: asked.append(text) or next(left))
        command("voices", "add", "Anna", *two_files, "--replace")
        assert kept(command).exists() is is_kept
    assert "May takevoice keep the recordings too? The neural backend needs them." in asked[1]


def test_they_go_with_the_voice(command: Command, two_files: list[Path]) -> None:
    command("voices", "add", "Anna", *two_files, "--consent", "--keep-recordings")
    command("voices", "add", "Anna", *two_files, "--consent", "--replace")
    assert not kept(command).exists(), "the recordings of the voice before are still there"
    command("voices", "add", "Anna", *two_files, "--consent", "--replace", "--keep-recordings")
    command("voices", "remove", "Anna")
    assert list(kept(command).parent.iterdir()) == []


def test_two_minutes_of_them_are_used_from_all_over(tmp_path: Path) -> None:
    rate = 8000
    seconds = np.repeat(np.arange(180) / 200, rate)  # each second has its own level
    soundfile.write(tmp_path / "long.flac", seconds, rate, "PCM_24")
    used = RecordedVoice("x", tmp_path / "long.flac").samples(rate)
    assert len(used) == 120 * rate
    assert (used[0], used[-1]) == pytest.approx((0, 179 / 200), abs=1e-4)
    assert np.abs(np.diff(used)).max() < 3 / 200, "a part of more than two seconds is left out"
    assert len(RecordedVoice("x", tmp_path / "long.flac").samples(22_050)) == 120 * 22_050


def test_a_copied_voice_brings_none(command: Command, two_files: list[Path]) -> None:
    command("voices", "add", "Anna", *two_files, "--consent", "--keep-recordings")
    done = command("voices", "add", "Copy", command.state / "voices" / "anna.voice.json", "--keep-recordings")
    assert "its recordings are not kept" in done.stdout
    assert not (command.state / "voices" / "copy.recordings.flac").exists()


def test_what_could_not_be_kept_leaves_nothing(tmp_path: Path, two_files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "voices" / "anna.recordings.flac"
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(errors.StorageError, match="No space left on device"):
        keep_recordings(two_files, target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("damage", ["empty", "other bytes", "cut", "silent", "a moment"])
def test_damaged_recordings_are_one_clear_line(tmp_path: Path, two_files: list[Path], damage: str) -> None:
    path = tmp_path / "her.recordings.flac"
    if damage in ("silent", "a moment"):
        soundfile.write(path, np.zeros(480_000) if damage == "silent" else np.ones(100), 48_000, "PCM_24")
    else:
        path.write_bytes({"empty": b"", "other bytes": bytes(range(256)) * 20, "cut": two_files[1].read_bytes()[:5000]}[damage])
    with pytest.raises(errors.BackendError, match=r"her\.recordings\.flac: the recordings of the voice .*--keep-recordings --replace`") as error:
        RecordedVoice("her", path).samples(22_050)
    assert "\n" not in str(error.value)
