"""The backend "elevenlabs" as the core sees it: keys, options, voices, and what it sends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from api.capture import WAV, CaptureServer, audio, page, serving
from support import wait_for
from takevoice import Backend, ConversionRequest, Job, State, Take, VoiceSettings, errors
from takevoice.backends import choose_backend
from takevoice.system import keystore
from takevoice_plugins.elevenlabs import ElevenLabs
from takevoice_plugins.elevenlabs.encoding import raw_pcm16
from takevoice_plugins.elevenlabs.keys import Keys

KEY = "sk_0123456789abcdef_not_a_real_key"
VOICE = "JBFqnCBsd6RMkjVDRZzb"


@pytest.fixture
def server() -> Iterator[CaptureServer]:
    with serving() as server:
        yield server


@pytest.fixture
def plugin(server: CaptureServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ElevenLabs]:
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    plugin = ElevenLabs()
    plugin.configure({"elevenlabs": {"base_url": server.url, "timeout": 5}}, tmp_path)
    yield plugin
    if plugin._client:
        plugin._client[1].close()


def take(
    folder: Path,
    *,
    name: str = "take.wav",
    rate: int = 48000,
    seconds: float = 1.0,
    level: float = 0.5,
    **how: str,
) -> Take:
    """A take on disk: a tone."""
    path = folder / name
    time_s = np.arange(int(seconds * rate)) / rate
    soundfile.write(path, (level * np.sin(2 * np.pi * 440 * time_s)).astype("float32"), rate, **how)
    info = soundfile.info(path)
    return Take(path, info.frames, info.samplerate, info.channels, info.format, info.subtype, info.endian)


def job(path: Path, backend: str = "elevenlabs") -> Job:
    return Job(1, path, State.CONVERTING, backend=backend)


Convert = Callable[..., bytes]


@pytest.fixture
def convert(plugin: ElevenLabs) -> Convert:
    def run(audio: Take, **given: Any) -> bytes:
        encoded = plugin.convert(job(audio.path), ConversionRequest(voice_id=VOICE, **given), audio)
        assert encoded is not None
        return b"".join(encoded.chunks)

    return run


def sent(server: CaptureServer, tmp_path: Path) -> soundfile.SoundFile:
    path = tmp_path / "sent"
    path.write_bytes(server.conversions[-1].form["audio"])
    return soundfile.SoundFile(path)


@pytest.mark.process
def test_importing_the_plugin_loads_nothing_heavy() -> None:
    code = "import sys, takevoice_plugins.elevenlabs as e; e.ElevenLabs(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"httpx", "numpy", "soundfile", "soxr", "pydantic", "keyring"} & set(loaded)


def test_another_backend_is_not_its_business(plugin: ElevenLabs, tmp_path: Path) -> None:
    audio = take(tmp_path)
    assert plugin.convert(job(audio.path, "local"), ConversionRequest(voice_id="ada"), audio) is None
    assert plugin.voices("local") is None


def test_every_setting_reaches_the_api(server: CaptureServer, convert: Convert, tmp_path: Path) -> None:
    given = {"stability": 0.4, "use_speaker_boost": True}
    settings = VoiceSettings(**given)  # type: ignore[arg-type]
    audio = take(tmp_path)
    assert (
        convert(audio, voice_settings=settings, seed=7, remove_background_noise=True, enable_logging=False)
        == WAV
    )
    [seen] = server.conversions
    assert seen.query == {"enable_logging": "false", "output_format": "wav_48000"}
    assert {name: data for name, data in seen.form.items() if name != "audio"} == {
        "model_id": b"eleven_multilingual_sts_v2",
        "voice_settings": b'{"stability": 0.4, "use_speaker_boost": true}',
        "seed": b"7",
        "remove_background_noise": b"true",
    }
    assert seen.form["audio"] == audio.path.read_bytes()
    assert seen.headers["xi-api-key"] == KEY


@pytest.mark.parametrize(
    ("wanted", "told"),
    [("auto", "auto"), ("mp3_44100_128", "auto"), ("wav_44100", "auto"), ("opus_48000_96", "auto"),
     ("pcm_44100", "pcm_44100"), ("ulaw_8000", "ulaw_8000"), ("alaw_8000", "alaw_8000")],
)  # fmt: skip
def test_only_headerless_audio_needs_its_format_told(
    plugin: ElevenLabs, tmp_path: Path, wanted: str, told: str
) -> None:
    audio = take(tmp_path)
    encoded = plugin.convert(job(audio.path), ConversionRequest(voice_id=VOICE, output_format=wanted), audio)
    assert encoded is not None
    assert encoded.output_format == told
    list(encoded.chunks)


def test_a_conversion_can_be_closed_early(plugin: ElevenLabs, tmp_path: Path) -> None:
    audio = take(tmp_path)
    encoded = plugin.convert(job(audio.path), ConversionRequest(voice_id=VOICE), audio)
    assert encoded is not None
    encoded.chunks.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("t.w64", {"subtype": "PCM_24"}),
        ("t.rf64", {"subtype": "PCM_16", "format": "RF64"}),
        ("t.aiff", {"subtype": "PCM_16"}),
        ("t.wav", {"subtype": "FLOAT"}),
        ("t.wav", {"subtype": "DOUBLE"}),
    ],
)
def test_what_the_api_may_not_know_is_sent_as_flac(
    server: CaptureServer, convert: Convert, tmp_path: Path, name: str, how: dict[str, str]
) -> None:
    audio = take(tmp_path, name=name, **how)
    before = audio.path.read_bytes()
    convert(audio)
    with sent(server, tmp_path) as flac, soundfile.SoundFile(audio.path) as original:
        assert (flac.format, flac.subtype) == ("FLAC", "PCM_24")
        assert (flac.samplerate, flac.frames) == (audio.sample_rate, audio.frames)
        assert np.abs(flac.read() - original.read()).max() < 2**-15
    assert audio.path.read_bytes() == before


def test_large_takes_are_sent_as_flac(server: CaptureServer, convert: Convert, tmp_path: Path) -> None:
    audio = take(tmp_path, seconds=60)
    convert(audio)
    with sent(server, tmp_path) as flac:
        assert (flac.format, flac.frames) == ("FLAC", audio.frames)
    assert server.conversions[0].size < audio.path.stat().st_size


def test_peaks_above_full_scale_are_not_clipped(
    server: CaptureServer, convert: Convert, tmp_path: Path
) -> None:
    audio = take(tmp_path, level=3.0, subtype="FLOAT")
    convert(audio)
    with sent(server, tmp_path) as flac, soundfile.SoundFile(audio.path) as original:
        got, want = flac.read(), original.read()
    assert 0.95 < np.abs(got).max() < 1.0
    assert np.abs(got / np.abs(got).max() - want / np.abs(want).max()).max() < 1e-3


def test_high_rates_are_brought_down(server: CaptureServer, convert: Convert, tmp_path: Path) -> None:
    convert(take(tmp_path, rate=192_000))
    with sent(server, tmp_path) as flac:
        assert flac.samplerate == 48_000
        assert abs(flac.frames - 48_000) <= 1


def test_raw_pcm_is_what_it_promises(server: CaptureServer, convert: Convert, tmp_path: Path) -> None:
    convert(take(tmp_path, rate=44_100, subtype="FLOAT"), file_format="pcm_s16le_16")
    [seen] = server.conversions
    samples = np.frombuffer(seen.form["audio"], "<i2") / 32767
    want = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(samples)) / 16_000)
    assert abs(len(samples) - 16_000) <= 1
    assert np.abs(samples - want)[100:-100].max() < 1e-3
    assert seen.form["file_format"] == b"pcm_s16le_16"


def test_raw_pcm_of_stereo_is_its_mean(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "s.wav", np.tile([0.5, -0.25], (1600, 1)), 16_000)
    samples = np.frombuffer(raw_pcm16((tmp_path / "s.wav").read_bytes()), "<i2") / 32767
    assert np.abs(samples - 0.125).max() < 1e-4
    with pytest.raises(errors.AudioError):
        raw_pcm16(b"no audio at all")


def test_more_than_five_minutes_is_refused_before_anything_is_sent(
    server: CaptureServer, convert: Convert, tmp_path: Path
) -> None:
    with pytest.raises(errors.BackendError, match="301 seconds"):
        convert(take(tmp_path, rate=8000, seconds=301))
    assert server.seen == []


def test_more_than_50_mb_is_refused_before_anything_is_sent(
    server: CaptureServer, convert: Convert, tmp_path: Path
) -> None:
    path = tmp_path / "long.flac"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(errors.BackendError, match="60 MB"):
        convert(Take(path, 48_000 * 280, 48_000, 1, "FLAC", "PCM_24"))
    assert server.seen == []


def test_a_take_that_cannot_be_read_is_named(convert: Convert, tmp_path: Path) -> None:
    path = tmp_path / "broken.w64"
    path.write_bytes(b"nothing")
    with pytest.raises(errors.AudioError, match=r"broken\.w64"):
        convert(Take(path, 48_000, 48_000, 1, "W64", "PCM_24"))


def test_voices_are_listed_once_in_five_minutes(
    server: CaptureServer, plugin: ElevenLabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    voices = [{"voice_id": "a", "name": "Ada"}, {"voice_id": "g", "name": "George"}]
    server.pages["/v2/voices"] = page(200, {"voices": voices, "has_more": False})
    for _ in range(3):
        found = plugin.voices("elevenlabs")
        assert found is not None
        assert [voice.name for voice in found] == ["Ada", "George"]
    assert len(server.seen) == 1
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + 301)
    plugin.voices("elevenlabs")
    assert len(server.seen) == 2


def test_a_key_in_the_environment_makes_it_ready(plugin: ElevenLabs) -> None:
    [backend] = plugin.backends()
    assert (backend.name, backend.ready, backend.paid) == ("elevenlabs", True, True)
    assert backend.detail == "key from ELEVENLABS_API_KEY"


@pytest.mark.parametrize(
    ("base_url", "warns"),
    [("http://gateway.studio:9872", True), ("http://127.0.0.1:9872", False), ("http://localhost", False),
     ("https://api.elevenlabs.io", False), (None, False)],
)  # fmt: skip
def test_a_key_that_would_travel_in_the_clear_is_warned_of(
    plugin: ElevenLabs, tmp_path: Path, base_url: str | None, warns: bool
) -> None:
    plugin.configure({"elevenlabs": {"base_url": base_url} if base_url else {}}, tmp_path)
    (backend,) = plugin.backends()
    assert ("unencrypted" in backend.warning) == warns


def test_takes_wait_for_a_proxy_that_cannot_be_used(
    plugin: ElevenLabs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin.configure({}, tmp_path)
    monkeypatch.setenv("ALL_PROXY", "quic://127.0.0.1:1")
    with pytest.raises(errors.BackendUnavailable, match="ALL_PROXY") as caught:
        plugin.voices("elevenlabs")
    assert caught.value.blocks


def test_without_a_key_it_says_what_to_do(
    server: CaptureServer,
    convert: Convert,
    plugin: ElevenLabs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ELEVENLABS_API_KEY")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    [backend] = plugin.backends()
    assert not backend.ready
    assert (
        backend.detail
        == "no key: set ELEVENLABS_API_KEY, or store one with `keyring set takevoice elevenlabs`"
    )
    with pytest.raises(errors.BackendUnavailable, match="keyring set"):
        convert(take(tmp_path))
    assert server.seen == []


def test_a_new_key_is_used_at_once(
    server: CaptureServer, convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = take(tmp_path)
    convert(audio)
    monkeypatch.setenv("ELEVENLABS_API_KEY", "sk_another")
    convert(audio)
    assert [seen.headers["xi-api-key"] for seen in server.conversions] == [KEY, "sk_another"]


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELEVENLABS_API_KEY", raising=False)


def test_the_keyring_comes_after_the_environment(no_key: None, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(lambda: " sk_stored\n")
    assert keys.find() == ("sk_stored", "key from the system keyring", False)
    monkeypatch.setenv("ELEVENLABS_API_KEY", "sk_set")
    assert keys.find() == ("sk_set", "key from ELEVENLABS_API_KEY", False)


def test_a_keyring_that_fails_may_have_a_key_and_is_left_alone_for_a_while(no_key: None) -> None:
    asked = []

    def failing() -> str:
        asked.append(1)
        raise RuntimeError("no bus")

    keys = Keys(failing)
    assert [keys.find()[::2] for _ in range(3)] == [(None, True)] * 3
    assert "no bus" in keys.find().detail
    assert 'set backend = "local"' in keys.find().detail
    assert len(asked) == 1


def test_a_slow_keyring_without_a_key_is_asked_once(no_key: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or waiting and "no key" would alternate, and some takes wait while others do not."""
    monkeypatch.setattr(keystore, "SLOW", 0.05)
    asked = []

    def slow() -> None:
        asked.append(1)
        time.sleep(0.2)

    keys = Keys(slow, timeout=0.05)
    assert keys.find().pending
    wait_for(lambda: not keys.find().pending)
    assert [keys.find()[::2] for _ in range(3)] == [(None, False)] * 3
    assert len(asked) == 1


def test_a_late_answer_of_the_keyring_is_taken_when_it_comes(no_key: None) -> None:
    """The Keychain of macOS asks its user, who answers after the patience is over."""
    answer = threading.Event()
    keys = Keys(lambda: answer.wait(20) and "sk_allowed", timeout=0.05)  # type: ignore[arg-type,return-value]
    assert keys.find().pending
    before = time.monotonic()
    key, detail, pending = keys.find()
    assert time.monotonic() - before < 0.04
    assert (key, pending) == (None, True)
    assert "has not answered yet" in detail
    answer.set()
    wait_for(lambda: keys.find().key == "sk_allowed")


def test_a_keyring_that_had_a_key_and_gives_none_is_waited_for(no_key: None, tmp_path: Path) -> None:
    """A keyring that is locked after an update of Python, or a service that cannot reach it."""
    answers = ["sk_stored", None, "sk_stored"]
    for expected in ("sk_stored", None, "sk_stored"):
        keys = Keys(lambda: answers.pop(0))
        keys.remember_in(tmp_path)
        key, detail, pending = keys.find()
        assert key == expected
        assert pending is (expected is None)
        if pending:
            assert 'set backend = "local"' in detail
    assert not any("sk_stored" in path.read_text() for path in tmp_path.iterdir())


def test_a_locked_keyring_is_no_reason_to_take_another_engine(no_key: None) -> None:
    from keyring.errors import KeyringLocked

    def locked() -> str:
        raise KeyringLocked("the user refused")

    plugin = ElevenLabs()
    plugin._keys = Keys(locked)
    with pytest.raises(errors.BackendPending, match="the user refused"):
        choose_backend("auto", [*plugin.backends(), Backend("local", True)])


def test_a_key_that_is_stored_later_is_found(no_key: None) -> None:
    stored: list[str] = []
    keys = Keys(lambda: stored[0] if stored else None)
    assert keys.find().key is None
    stored.append("sk_stored")
    wait_for(lambda: keys.find().key == "sk_stored")


def test_a_key_that_was_replaced_in_the_keyring_is_found(
    server: CaptureServer, convert: Convert, plugin: ElevenLabs, tmp_path: Path, no_key: None
) -> None:
    stored = ["sk_old", "sk_new"]
    plugin._keys = Keys(lambda: stored.pop(0))
    server.answers = [page(401, {"detail": {"status": "invalid_api_key", "message": "bad"}}), audio()]
    tone = take(tmp_path)
    with pytest.raises(errors.BackendError) as caught:
        convert(tone)
    assert caught.value.code == "invalid_key"
    assert convert(tone) == WAV
    assert [seen.headers["xi-api-key"] for seen in server.conversions] == ["sk_old", "sk_new"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"base_ulr": "https://x"}, "did you mean base_url"),
        ({"colour": 1}, "known options: base_url, timeout, max_concurrent"),
        ({"base_url": "x"}, "base_url must be a URL"),
        ({"base_url": 7}, "base_url must be a URL"),
        ({"base_url": "http://127.0.0.1:99999"}, "base_url must be a URL"),
        ({"base_url": "http://127.0.0.1:0"}, "base_url must be a URL"),
        ({"base_url": "https://me:pw@x"}, "without user name or password"),
        ({"base_url": "https://["}, "base_url must be a URL"),
        ({"timeout": 0}, "timeout must be"),
        ({"timeout": True}, "timeout must be"),
        ({"timeout": float("nan")}, "timeout must be"),
        ({"max_concurrent": 2.5}, "max_concurrent must be"),
        ({"max_concurrent": 0}, "max_concurrent must be"),
        ({"timeout": "1", "max_concurrent": 0}, r"timeout.*max_concurrent"),
        (7, "must be a table"),
    ],
)
def test_invalid_options_are_reported(table: Any, told: str, tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match=told):
        ElevenLabs().configure({"elevenlabs": table}, tmp_path)


@pytest.mark.parametrize("name", ["api_key", "apikey", "key", "xi-api-key", "API_KEY", "token"])
def test_a_key_in_the_config_is_refused_without_showing_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="ELEVENLABS_API_KEY") as caught:
        ElevenLabs().configure({"elevenlabs": {name: KEY}}, tmp_path)
    assert KEY not in repr(vars(caught.value)) + str(caught.value)


def test_a_refusal_keeps_its_name(server: CaptureServer, convert: Convert, tmp_path: Path) -> None:
    server.answers = [page(401, {"detail": {"status": "quota_exceeded", "message": "0 credits left"}})]
    with pytest.raises(errors.BackendError, match="0 credits left") as caught:
        convert(take(tmp_path))
    assert caught.value.code == "quota_exceeded"


def test_a_voice_that_is_gone_has_the_voices_listed_again(
    server: CaptureServer, plugin: ElevenLabs, convert: Convert, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        server.pages["/v2/voices"] = page(200, {"voices": [{"voice_id": name, "name": "Ada"}], "has_more": False})
        found = plugin.voices("elevenlabs")
        assert found is not None
        assert [voice.id for voice in found] == [name]
        server.answers = [page(404, {"detail": {"status": "voice_not_found", "message": "no such voice"}})]
        with pytest.raises(errors.BackendError, match="no such voice"):
            convert(take(tmp_path))


def test_the_best_format_of_the_plan_is_remembered_over_takes(
    server: CaptureServer, convert: Convert, tmp_path: Path
) -> None:
    server.answers = [page(403, {"detail": {"status": "output_format_not_allowed"}}), audio()]
    for number in range(2):
        convert(take(tmp_path, name=f"{number}.wav"))
    assert [seen.query["output_format"] for seen in server.conversions] == [
        "wav_48000",
        "wav_44100",
        "wav_44100",
    ]
