"""`candidates` as a list and `pick = "closest"`, whichever way a take comes in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import soundfile

from daemon.asking import Asking, cut
from osc.clients import client
from signals import make_speech
from support import FAST, Command, wait_for

BACKEND = '''
"""A backend of which bea resembles a take more than all others do."""
import io
import numpy as np
import soundfile
from takevoice import Backend, Encoded, Voice, hookimpl

@hookimpl
def backends():
    return [Backend("loose", True, "for tests")]

@hookimpl
def voices(backend):
    return [Voice(name, name, "loose") for name in ("ada", "bea", "cleo")] if backend == "loose" else None

@hookimpl
def convert(job, request, audio):
    if job.backend != "loose":
        return None
    samples, rate = soundfile.read(str(audio.path), dtype="float32", always_2d=True)
    if job.voice != "bea":
        noise = np.random.default_rng(request.seed).normal(0, 0.1, samples.shape)
        samples = samples + noise.astype("float32")
    encoded = io.BytesIO()
    soundfile.write(encoded, samples * np.float32(0.5), rate, "FLOAT", format="WAV")
    return Encoded(iter([encoded.getvalue()]))
'''
LIST = '[{voice = "ada"}, {voice = "bea", stability = 0.3}]'
TABLES = [{"voice": "ada"}, {"voice": "bea", "stability": 0.3}]
CONFIG = """
backend = "loose"
{fast}
[plugins.page]
port = 0
[osc]
allow = ["{media}"]
[[watch]]
folder = "{folder}"
candidates = {list}
pick = "closest"
"""


@pytest.fixture
def loose(command: Command, folder: Path, media: Path) -> Command:
    command.plugin("loose", BACKEND)
    command.config(CONFIG.format(fast=FAST, folder=folder, media=media, list=LIST))
    return command


def made(cli: Command, take: Path) -> list[tuple[str, float | None, str]]:
    """Voice, stability and file of the candidates of a take, once its result is there; the result is the closest one."""
    head = wait_for(lambda: next((job for job in cli.jobs(str(take)) if job["family"] == job["id"] and job["state"] == "done"), None))
    rows = sorted((job for job in cli.jobs() if job["family"] == head["id"] and job["candidate"]), key=lambda job: job["candidate"])
    assert rows[1]["correlation"] > rows[0]["correlation"] + 0.01
    assert Path(head["output"]).read_bytes() == Path(rows[1]["output"]).read_bytes()
    return [(job["voice"], job["settings"].get("stability"), Path(job["output"]).name) for job in rows]


def speak(path: Path, number: int = 0) -> Path:
    """Write a take of speech, of which the timing can be measured; each number is another take."""
    soundfile.write(path, make_speech(1.0 + 0.1 * number, 48_000), 48_000, "PCM_24")
    return path


def wanted(stem: str) -> list[tuple[str, float | None, str]]:
    return [("ada", None, f"{stem}.ada.1.wav"), ("bea", 0.3, f"{stem}.bea.2.wav")]


@pytest.fixture
def page(loose: Command, folder: Path) -> Iterator[httpx.Client]:
    """A client of the page of a daemon that runs."""
    with loose.daemon("--osc-port", 0):
        found = re.search(r"(http://127\.0\.0\.1:\d+)/#enter-([\w-]+)", loose("open", "--print").stdout)
        assert found
        with httpx.Client(base_url=found[1], trust_env=False, timeout=20) as made:
            token = made.post("/api/enter", json={"code": found[2]}).json()["token"]
            made.headers["authorization"] = f"Bearer {token}"
            yield made


@pytest.mark.process
def test_every_way_in_takes_a_list_and_the_closest_is_the_result(
    loose: Command, page: httpx.Client, folder: Path, media: Path, asking: Asking
) -> None:
    asked: dict[str, Any] = {"candidates": TABLES, "pick": "closest"}
    speak(folder / "folder.wav", 1)
    assert made(loose, folder / "folder.wav") == wanted("folder")

    dropped = speak(media / "page.wav", 2).read_bytes()
    assert page.post("/api/files?folder=0&name=page.wav", content=dropped).status_code == 200
    assert made(loose, folder / "page.wav") == wanted("page")

    # Over OSC: the list as the config has it, and as JSON.
    (path,) = wait_for(lambda: list(loose.state.glob("osc*.json")))
    with client(int(json.loads(path.read_text())["port"])) as osc:
        for number, text in enumerate((LIST, json.dumps(TABLES))):
            take = speak(media / f"osc{number}.wav", 3 + number)
            osc.send("/takevoice/convert", f"c{number}", str(take), "candidates", text, "pick", "closest")
            osc.until("/takevoice/done", f"c{number}", 60.0)
            assert made(loose, take) == wanted(take.stem)

    whole = speak(media / "whole.wav", 5)
    assert asking.ask("f1", path=whole, settings=asked)["voice"] == "bea"
    assert made(loose, whole) == wanted("whole")
    part = asking.ask("f2", path=whole, cut=cut(0.0, 1.0), name="Line", folder=media, settings=asked)
    assert [(row["voice"], row["picked"]) for row in part["candidates"]] == [("ada", 0), ("bea", 1)]


@pytest.mark.parametrize("words", [("--candidates", LIST), ("--set", f"candidates={LIST}"), ("--candidates", json.dumps(TABLES))])
def test_the_command_line_takes_the_list_of_the_config(loose: Command, media: Path, words: tuple[str, str]) -> None:
    take = speak(media / "take.wav")
    loose("convert", take, *words, "--pick", "closest")
    assert made(loose, take) == wanted("take")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('[{voice = "ada"}, {voice = "bea"', "is no list such as [{voice ="),
        ('[{voice = "ada"}, {output_folder = "../Elsewhere"}]', "has output_folder in variation 2, which all candidates of a take share"),
        ('[{voice = "ada"}, {done_folder = "Done"}]', "has done_folder in variation 2"),
        ('[{voice = "ada"}, {on_rerender = "replace"}]', "has on_rerender in variation 2"),
    ],
)
def test_a_list_that_cannot_be_is_explained(loose: Command, media: Path, given: str, said: str) -> None:
    take = speak(media / "take.wav")
    assert said in loose("convert", take, "--candidates", given, check=2).stderr
    assert loose.jobs() == []
