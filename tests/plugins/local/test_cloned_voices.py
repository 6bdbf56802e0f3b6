"""Voices cloned from recordings: learning, storage, listing, conversion, errors."""

import io
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import httpx
import numpy as np
import pytest
import soundfile

from plugins.server.running import serving
from signals import RATE, log_mel, long_term, make_speech, man, median_f0, woman
from support import Cli, Command, make_take
from takevoice import ConversionRequest, Job, State, Take, VoiceSettings, errors
from takevoice_plugins.local import NAME, Local
from takevoice_plugins.local.cloned.learn import learn, learn_speaker
from takevoice_plugins.local.cloned.profile import Profile, read_profile, to_text
from takevoice_plugins.local.cloned.store import ClonedVoices
from takevoice_plugins.local.cloned.transport import transport
from takevoice_plugins.server.engine import LocalEngine


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "her.flac"
    soundfile.write(path, woman(12.0, RATE, seed=7), RATE, "PCM_24")
    return path


@pytest.fixture(scope="module")
def her(recording: Path) -> Profile:
    return learn("Her", [recording], "confirmed in a test")


def convert(plugin: Local, samples: np.ndarray, path: Path, voice: str, **settings: object) -> np.ndarray:
    soundfile.write(path, samples, RATE, "FLOAT")
    take = Take(path, len(samples), RATE, 1, "WAV", "FLOAT")
    request = ConversionRequest(voice_id=voice, voice_settings=VoiceSettings(**settings))  # type: ignore[arg-type]
    encoded = plugin.convert(Job(1, path, State.CONVERTING, backend=NAME), request, take)
    assert encoded is not None
    return soundfile.read(io.BytesIO(b"".join(encoded.chunks)))[0]


def keep(profile: Profile, state: Path) -> Path:
    return ClonedVoices(state / "voices", NAME).add(profile)


def test_the_profile_describes_the_speaker(her: Profile) -> None:
    assert her.f0 == pytest.approx(205, rel=0.02)
    assert her.seconds == pytest.approx(10, abs=2)
    # The formants of the synthetic woman lie 1.15 times above a man's: F3 and F4 hardly move between her vowels.
    # A quartile on either side, as F2 and F3 of some of her vowels cannot be told apart.
    assert 0.94 * her.formants[2][0] < 2440 * 1.15 < 1.06 * her.formants[2][2]
    assert her.formants[3][1] == pytest.approx(3400 * 1.15, rel=0.06)
    assert len(to_text(her)) < 500_000


def test_a_voice_survives_its_file(her: Profile, tmp_path: Path) -> None:
    assert read_profile(keep(her, tmp_path)) == her


def test_the_result_sounds_like_the_voice(her: Profile, tmp_path: Path) -> None:
    keep(her, tmp_path)
    source, target = man(6.0), woman(12.0, RATE, seed=7)
    out = convert(Local(tmp_path), source, tmp_path / "take.wav", "Her")
    assert len(out) == len(source)
    assert median_f0(out) == pytest.approx(205, rel=0.03)

    def apart(samples: np.ndarray) -> float:
        return float(np.sqrt(np.mean((long_term(samples) - long_term(target)) ** 2)))

    assert apart(out) < 0.5 * apart(source)
    a, b = (np.maximum(m, m.max() - 45) for m in (log_mel(source), log_mel(out)))
    assert np.corrcoef((a - a.mean(0)).ravel(), (b - b.mean(0)).ravel())[0, 1] > 0.7


@pytest.mark.quality
def test_similarity_brings_it_closer_and_boost_changes_nothing(her: Profile, tmp_path: Path) -> None:
    keep(her, tmp_path)
    source, target = man(5.0), log_mel(woman(12.0, RATE, seed=7))
    target = target[target.max(axis=1) > target.max() - 35]
    target -= target.mean(axis=1, keepdims=True)

    def apart(**settings: object) -> float:
        """The mean distance of each frame to the nearest of her own."""
        frames = log_mel(convert(Local(tmp_path), source, tmp_path / "take.wav", "Her", **settings))
        frames = frames[frames.max(axis=1) > frames.max() - 30][::3]
        frames -= frames.mean(axis=1, keepdims=True)
        distances = ((frames[:, None] - target[None, ::2]) ** 2).mean(axis=2)
        return float(np.sqrt(distances.min(axis=1)).mean())

    near, far = apart(similarity_boost=1.0), apart(similarity_boost=0.0)
    assert near < 0.85 * far
    assert near == apart(similarity_boost=1.0, use_speaker_boost=False)


def test_her_own_voice_leaves_her_as_she_is(her: Profile, tmp_path: Path) -> None:
    keep(her, tmp_path)
    take = woman(6.0, RATE, seed=9)
    own = convert(Local(tmp_path), take, tmp_path / "take.wav", "Her")
    other = convert(Local(tmp_path), man(6.0, seed=9), tmp_path / "other.wav", "Her")
    changes = [long_term(own) - long_term(take), long_term(other) - long_term(man(6.0, seed=9))]
    assert np.std(changes[0]) < 0.5 * np.std(changes[1])
    assert median_f0(own) == pytest.approx(median_f0(take), rel=0.02)


def test_a_copy_is_the_same_voice_and_one_cloned_again_is_not(her: Profile, tmp_path: Path) -> None:
    assert her.named("Somebody").id == her.id
    other = learn("Her", [make_recording(tmp_path / "other.wav", woman(8.0, RATE, seed=9))], "confirmed")
    assert other.id != her.id


def make_recording(path: Path, samples: np.ndarray) -> Path:
    soundfile.write(path, samples, RATE, "PCM_16")
    return path


def test_listed_after_the_preset_voices_until_removed(her: Profile, tmp_path: Path) -> None:
    plugin = Local(tmp_path)
    before = plugin.voices(NAME)
    path = keep(her, tmp_path)
    voices = plugin.voices(NAME)
    assert before is not None
    assert voices is not None
    assert voices[: len(before)] == before
    (added,) = voices[len(before) :]
    assert (added.name, added.category, added.id) == ("Her", "cloned", her.id)
    path.unlink()
    assert plugin.voices(NAME) == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[: len(text) // 2], "cannot be used as a voice"),
        (lambda _: "[1, 2]", "not a voice file"),
        (lambda text: text.replace('"takevoice_voice": 1', '"takevoice_voice": 7'), "version 7"),
        (lambda text: text.replace('"f0_hz": 2', '"f0_hz": -2'), "f0_hz"),
        (lambda text: text.replace('"voiced": "', '"voiced": "AAAA'), "voiced is damaged"),
        (lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "bands"}), "bands is missing"),
        (lambda _: "[" * 100_000, "cannot be used as a voice"),
    ],
)  # fmt: skip
def test_an_unusable_file_is_logged_once_and_skipped(
    damage, said: str, her: Profile, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep(her, tmp_path)
    bad = tmp_path / "voices" / "bad.voice.json"
    bad.write_text(damage(to_text(her)), encoding="utf-8")
    plugin = Local(tmp_path)
    for _ in range(3):
        assert (plugin.voices(NAME) or [])[-1].name == "Her"
    (record,) = caplog.records
    assert str(bad) in record.getMessage()
    assert said in record.getMessage()


def test_frames_that_unpack_endlessly_are_refused(her: Profile, tmp_path: Path) -> None:
    huge = replace(her, voiced=bytes(her.bands * 30_000))
    path = tmp_path / "huge.voice.json"
    path.write_text(to_text(huge), encoding="utf-8")
    with pytest.raises(errors.TakevoiceError, match="voiced is damaged"):
        read_profile(path)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (man(3.0), r"3\.0 s of recordings is too little"),
        (np.zeros(5 * RATE - 10), r"4\.9 s of recordings is too little"),
        (0.1 * np.random.default_rng(1).standard_normal(8 * RATE), r"0\.0 s of voice, in 8\.0 s of recordings, is too little"),
        (np.zeros(8 * RATE), r"0\.0 s of voice, in 8\.0 s of recordings, is too little"),
        (np.zeros(0), "is empty"),
    ],
)
def test_a_voice_needs_speech(samples: np.ndarray, said: str, tmp_path: Path) -> None:
    with pytest.raises(errors.AudioError, match=said):
        learn("x", [make_recording(tmp_path / "recording.wav", samples)], "confirmed")


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e30, -32_768.0])
def test_a_recording_with_impossible_samples_teaches_nothing(wrong: float, tmp_path: Path) -> None:
    samples = man(8.0)
    samples[-100] = wrong
    path = tmp_path / "recording.wav"
    soundfile.write(path, samples, RATE, "FLOAT")
    for teach in (lambda: learn("x", [path], "confirmed"), lambda: learn_speaker([path])):
        with pytest.raises(errors.AudioError, match=r"recording\.wav: holds samples that are not numbers, or over 1,000 times full scale"):
            teach()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_among_the_voices_is_not_waited_for(her: Profile, tmp_path: Path) -> None:
    keep(her, tmp_path)
    os.mkfifo(tmp_path / "voices" / "pipe.voice.json")
    assert (Local(tmp_path).voices(NAME) or [])[-1].name == "Her"


@pytest.mark.parametrize("name", ["nul", "Nul.txt", "con.", "COM1", "a/b", ".a"])
def test_names_that_no_system_can_store_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="cannot be the name of a voice"):
        ClonedVoices(tmp_path, NAME).path(name)


def test_half_an_hour_is_enough(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(8000 * 1801), 8000, "PCM_U8")
    with pytest.raises(errors.AudioError, match="30 min of recordings is too much"):
        learn("x", [tmp_path / "long.wav"], "confirmed")


def test_transport_gives_the_targets_covariance() -> None:
    random = np.random.default_rng(3)
    source, target = (a @ a.T for a in random.standard_normal((2, 6, 6)))
    matrix = transport(source, target)
    np.testing.assert_allclose(matrix @ source @ matrix.T, target, atol=1e-5)
    np.testing.assert_allclose(transport(source, source), np.eye(6), atol=1e-5)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-5)


def test_a_voice_is_added_shown_used_and_removed_on_the_command_line(command: Command, recording: Path, folder: Path) -> None:
    refused = command("voices", "add", "Her", recording, check=2)
    assert "consent" in refused.stderr
    added = command("voices", "add", "Her", recording, "--consent")
    assert "added Her" in added.stdout
    assert "preset voice" in command("voices", "add", "George", recording, "--consent", check=2).stderr
    assert "--replace" in command("voices", "add", "Her", recording, "--consent", check=2).stderr
    assert "name of a voice" in command("voices", "add", "../her", recording, "--consent", check=2).stderr
    assert "Her" in command("voices").stdout

    shown = command("voices", "show", "Her").stdout
    assert "consent: confirmed with --consent on 20" in shown
    picture = command.home / "Her.svg"
    assert str(picture) in shown
    ElementTree.parse(picture)

    copied = command.state / "voices" / "her.voice.json"
    command("voices", "add", "Copy", copied)
    listed = {voice["name"]: voice for voice in json.loads(command("voices", "--json").stdout)}
    assert listed["Copy"]["category"] == "cloned"
    assert listed["Copy"]["id"] == listed["Her"]["id"]

    take = make_take(folder / "take.wav", 0.5)
    command("convert", take, "--voice", "Her")
    assert (folder / "take.Her.wav").exists()
    command("voices", "remove", "Her")
    assert "Her" not in {voice["name"] for voice in json.loads(command("voices", "--json").stdout)}
    assert "no cloned voice" in command("voices", "remove", "Her", check=1).stderr


def test_takes_are_converted_again_after_a_voice_is_replaced(
    command: Command, recording: Path, folder: Path, tmp_path: Path
) -> None:
    command("voices", "add", "Her", recording, "--consent")
    take = make_recording(folder / "take.wav", man(0.6))
    command("convert", take, "--voice", "Her")
    first = (folder / "take.Her.wav").read_bytes()
    lower = make_recording(tmp_path / "lower.wav", make_speech(10.0, RATE, 160.0, 5, 1.05))
    command("voices", "add", "Her", lower, "--consent", "--replace")
    command("convert", take, "--voice", "Her")
    (second,) = set(folder.glob("take.Her*.wav")) - {folder / "take.Her.wav"}
    assert second.read_bytes() != first


@pytest.mark.parametrize(("answer", "code"), [(b"y\n\n", 0), (b"y\ny\n", 0), (b"\n", 2)])
def test_consent_is_asked_for_at_the_terminal(answer: bytes, code: int, cli: Cli, recording: Path) -> None:
    """First to the voice, then to its recordings being kept."""
    ours, theirs = pytest.importorskip("pty").openpty()
    try:
        os.write(ours, answer)
        done = subprocess.run(
            [*cli.command, "voices", "add", "Her", str(recording)],
            stdin=theirs, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == code
    assert "agree" in done.stdout
    if not code:
        assert "confirmed at the terminal" in (cli.state / "voices" / "her.voice.json").read_text("utf-8")
        assert (cli.state / "voices" / "her.recordings.flac").exists() is (answer == b"y\ny\n")


def test_the_server_lists_it(her: Profile, tmp_path: Path) -> None:
    keep(her, tmp_path)
    with serving(LocalEngine(tmp_path)) as server:
        listed = httpx.get(f"{server.url}/v1/voices", headers={"xi-api-key": "any"}).json()["voices"]
    assert [(voice["name"], voice["voice_id"]) for voice in listed if voice["category"] == "cloned"] == [
        ("Her", her.id)
    ]
