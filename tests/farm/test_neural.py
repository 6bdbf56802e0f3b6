"""The neural backend on a worker: a house whose server has the voices and no model, and a worker that has the model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from farm.workers import worker
from plugins.house.houses import HouseProcess
from plugins.neural.conftest import STAND_IN, add_voice
from postgres import Postgres
from signals import woman
from support import Cli, make_take, wait_for
from takevoice_plugins.farm.queue import ProcrastinateFarm
from takevoice_plugins.farm.roster import SILENT, Sign
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.neural.models import OPENVOICE, folder_of, write_manifest


def python_with_torch(home: Path) -> Path:
    """A Python that has torch, as far as a worker can tell: it runs the stand-in."""
    program = home / "python"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -I {STAND_IN} plain {home / 'asked'}\n")
    program.chmod(0o755)
    return program


def install_model(state: Path) -> None:
    """A model of random bytes."""
    folder = folder_of(state)
    folder.mkdir(parents=True)
    for file in OPENVOICE.files:
        (folder / file.name).write_bytes(np.random.default_rng(1).bytes(5_000))
    write_manifest(folder, OPENVOICE, "accepted in a test")


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is started by a shell script")
def test_a_worker_with_a_model(
    tmp_path: Path, cli: Cli, database_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, database = tmp_path / "server", database_server.database()
    home.mkdir()
    monkeypatch.setenv("TAKEVOICE_NEURAL_PYTHON", str(python_with_torch(tmp_path)))
    soundfile.write(tmp_path / "her.flac", woman(12.0, 48_000, seed=7), 48_000, "PCM_24")
    her = learn("Her", [tmp_path / "her.flac"], "confirmed in a test")
    house = HouseProcess(home, None, toml='free = ["neural"]\n', words=("--database", database))
    add_voice(house.cli.state, (her, tmp_path / "her.flac"))
    try:
        house.start()
        assert "voices that begin with neural- are free of charge" in house.said[0]
        key, machine = (house.cli("house", "add", *words).stdout.strip() for words in (["anna"], ["gpu1", "--worker"]))
        flags = ("--house", house.url, "--key", machine, "--database", database, "--backend", "neural")
        assert "its model has not been fetched" in cli("worker", *flags, "--check", check=1).stdout
        assert "its model has not been fetched" in cli("worker", *flags, check=None).stderr
        install_model(cli.state)
        assert "neural; its model is here" in cli("worker", *flags, "--check").stdout
        with worker(cli, house.url, database, "--backend", "neural", key=machine) as running:
            take = make_take(tmp_path / "take.wav", 2.0, subtype="FLOAT")
            answers = [
                httpx.post(
                    f"{house.url}/v1/speech-to-speech/neural-{her.id}", params={"output_format": "pcm_48000"},
                    headers={"xi-api-key": key}, files={"audio": take.read_bytes()}, timeout=120, trust_env=False,
                )
                for _ in range(2)
            ]  # fmt: skip
            assert [answer.status_code for answer in answers] == [200, 200], answers[0].text + running.log()
            assert [answer.headers["takevoice-answer"] for answer in answers] == ["made", "kept"]
            assert len(np.frombuffer(answers[0].content, "<i2")) == 96_000
            wait_for(lambda: any(each["done"] == 1 for each in _workers(house)))
            assert {each["queue"] for each in _workers(house)} == {"gpu"}
            assert "Traceback" not in running.log()
        learnt = [json.loads(text)["op"] for text in (tmp_path / "asked").read_text().splitlines()]
        assert "learn" in learnt, "the recordings came from the house"
        assert not (cli.state / "voices").exists()
    finally:
        house.close()


def _workers(house: HouseProcess) -> list[dict[str, object]]:
    return list(json.loads(house.cli("house", "workers", "--json").stdout))


def test_a_queue_without_a_worker_is_known(farm: ProcrastinateFarm) -> None:
    from takevoice_plugins.server.engine_version import BUILD

    assert farm.serves("gpu"), "workers that are there have not had the time to say so"
    farm._began -= SILENT + 1
    assert not farm.serves("gpu")
    sign = Sign(worker="w", slot=1, slots=1, host="h", queue="gpu", version=BUILD, state="waiting")
    farm.roster.heard("gpu1", sign)
    assert (farm.serves("gpu"), farm.serves("cpu")) == (True, False)
    farm.roster.heard("gpu1", sign.model_copy(update={"state": "stopped"}))
    assert not farm.serves("gpu")
    farm.roster.heard("gpu1", sign.model_copy(update={"version": "0.0.1"}))
    assert not farm.serves("gpu"), "a worker of another version takes no orders"


@pytest.mark.process
def test_a_backend_and_another_ones_queue_are_refused(cli: Cli) -> None:
    words = ("--house", "http://127.0.0.1:1", "--key", "k", "--database", "postgresql://localhost/x")
    said = cli("worker", *words, "--queue", "gpu", "--backend", "local", check=2).stderr
    assert "the queue gpu has no conversions of the backend local" in said
    assert said.count("\n") == 1
