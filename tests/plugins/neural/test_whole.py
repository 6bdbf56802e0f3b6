"""The backend as users meet it: watched folders, the server, and programs of others that speak the protocol."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from plugins.server.running import serving
from support import FAST, Cli, Command, make_take, wait_for
from takevoice import errors
from takevoice_plugins.local.cloned.profile import Profile
from takevoice_plugins.server.engine import NeuralEngine, engine_of

from .conftest import Model, add_voice, is_gone, program


def config(mode: str, log: Path) -> str:
    return f'backend = "neural"\n{FAST}\n[plugins.neural]\nidle = 1\nprogram = {json.dumps(program(mode, log))}\n'


@pytest.mark.process
def test_a_watched_folder(cli: Cli, folder: Path, tmp_path: Path, her: tuple[Profile, Path]) -> None:
    add_voice(cli.state, her)
    cli.config(config("plain", tmp_path / "asked"))
    takes = [make_take(folder / f"{name}.wav", 1.5, channels=channels, seed=channels) for name, channels in (("mono", 1), ("stereo", 2))]
    cli("run", "--once", folder)
    assert set(cli.states().values()) == {"done"}
    for take in takes:
        (result,) = folder.glob(f"{take.stem}.*Her*.wav")
        before, after = soundfile.info(take), soundfile.info(result)
        assert (after.frames, after.samplerate, after.channels, after.subtype) == (
            before.frames, before.samplerate, before.channels, before.subtype
        )  # fmt: skip
    pids = {json.loads(line)["pid"] for line in (tmp_path / "asked").read_text().splitlines()}
    assert len(pids) == 1
    wait_for(lambda: all(is_gone(pid) for pid in pids))


@pytest.mark.process
def test_a_crash_fails_a_job_and_no_more(command: Command, folder: Path, tmp_path: Path, her: tuple[Profile, Path]) -> None:
    add_voice(command.state, her)
    command.config(config("crashes", tmp_path / "asked"))
    make_take(folder / "a.wav", 0.5)
    done = command("run", "--once", folder, check=1)
    assert "the neural process ended with exit code 3: a library gave up" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    command.config(config("plain", tmp_path / "asked"))
    command("retry", "--failed")
    command("run", "--once", folder)
    assert command.states() == {"a.wav": "done"}


def test_what_is_missing_is_said_before_anything_is_converted(command: Command, folder: Path) -> None:
    command.config(f'backend = "neural"\n{FAST}\n[plugins.neural]\npython = {json.dumps(sys.executable)}\n')
    done = command("run", "--once", folder, check=None)
    assert "its model has not been fetched; `takevoice voices fetch` does it" in done.stdout + done.stderr


@pytest.mark.service
def test_behind_the_server(model: Callable[..., Model], tmp_path: Path) -> None:
    made = model()
    take = make_take(tmp_path / "take.wav", 2.0)
    with serving(NeuralEngine(made.neural)) as server:
        (voice,) = httpx.get(f"{server.url}/v1/voices").json()["voices"]
        assert voice["name"] == "Her"
        for path in ("", "/stream"):
            answer = httpx.post(
                f"{server.url}/v1/speech-to-speech/{voice['voice_id']}{path}?output_format=pcm_44100",
                files={"audio": take.read_bytes()},
                timeout=60,
            )
            assert answer.status_code == 200, answer.text
            samples = np.frombuffer(answer.content, "<i2")
            assert len(samples) == 88_200
            assert np.abs(samples).max() > 3000
    assert len(made.asked("open")) == 1


@pytest.mark.service
def test_the_server_says_what_failed(model: Callable[..., Model], tmp_path: Path) -> None:
    take = make_take(tmp_path / "take.wav", 0.5)
    for mode, status in (("crashes", 400), ("no-memory", 429), ("broken", 503)):
        made = model(mode)
        voice = (made.neural.voices("neural") or ())[0].id
        with serving(NeuralEngine(made.neural)) as server:
            answer = httpx.post(
                f"{server.url}/v1/speech-to-speech/{voice}", files={"audio": take.read_bytes()}, timeout=60
            )
            assert answer.status_code == status, answer.text
            assert answer.headers.get("retry-after") == ("30" if status == 429 else None)


def test_the_server_does_not_start_without_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKEVOICE_NEURAL_PYTHON", "/nowhere/python")
    with pytest.raises(errors.BackendUnavailable, match="/nowhere/python is no program that can be started"):
        engine_of("neural", tmp_path)
    monkeypatch.setenv("TAKEVOICE_NEURAL_PYTHON", sys.executable)
    with pytest.raises(errors.BackendUnavailable, match="its model has not been fetched"):
        engine_of("neural", tmp_path)
    assert engine_of("local", tmp_path).voices()
