"""What docs/engine.md says is so, and its plugin works."""

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from signals import RATE, man, woman
from support import FAST, Command, make_take, wait_for
from takevoice import VoiceSettings
from takevoice.settings import Settings
from takevoice_plugins.local.catalogue import PRESETS

PAGE = Path(__file__).parents[3] / "docs" / "engine.md"
CONVERTER = """
import sys, soundfile
source, result, voice = sys.argv[1:]
if voice == "tom":
    sys.exit("no model for tom")
samples, rate = soundfile.read(source)
soundfile.write(result, samples * 0.5, rate, "PCM_24")
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_voices_are_listed() -> None:
    text = PAGE.read_text("utf-8")
    for voice in PRESETS:
        assert f"| `{voice.id}` | {voice.gender}, {voice.age} | {voice.description} |" in text


def test_every_setting_has_its_row() -> None:
    text = PAGE.read_text("utf-8")
    for name in (*VoiceSettings.model_fields, "seed", "remove_background_noise"):
        assert f"| `{name}` |" in text


def test_nobody_is_promised_to_be_anonymous() -> None:
    for page in (*PAGE.parent.glob("*.md"), PAGE.parents[1] / "README.md"):
        for sentence in re.findall(r"[^.|]*\banonym[^.|]*", page.read_text("utf-8")):
            assert re.search(r"\bnot\b|\bno\b|not a", sentence), f"{page.name}: {sentence.strip()}"


def test_pictures_are_small() -> None:
    for name in re.findall(r"\]\((pictures/[^)]+)\)", PAGE.read_text("utf-8")):
        assert 1000 < (PAGE.parent / name).stat().st_size < 150_000


@pytest.fixture
def wrap(command: Command, tmp_path: Path) -> Callable[[str], None]:
    """Set up the page's plugin and config for a converter, given as its source."""

    def set_up(converter: str) -> None:
        (plugin,) = blocks("python")
        spoken, served, wrapped = (tomllib.loads(text) for text in blocks("toml"))
        Settings.model_validate(spoken)
        Settings.model_validate(served)
        program = tmp_path / "convert.py"
        program.write_text(converter, "utf-8")
        words = [sys.executable, str(program), *wrapped["plugins"]["program"]["command"][2:]]
        options = wrapped["plugins"]["program"] | {"command": words}
        command.plugin("program", plugin)
        command.config(
            f'backend = "{wrapped["backend"]}"\n{FAST}\n[plugins.program]\n'
            + "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
            + '[tracks.Tom]\nvoice = "tom"\n'
        )

    return set_up


@pytest.mark.process
def test_the_wrapped_converter_works(command: Command, folder: Path, wrap: Callable[[str], None]) -> None:
    wrap(CONVERTER)
    take = make_take(folder / "Anna.wav", 0.5)
    make_take(folder / "Tom.wav", 0.5)
    done = command("run", "--once", folder, check=1)
    result, rate = soundfile.read(folder / "Anna.anna.wav")
    original, _ = soundfile.read(take)
    assert rate == 48_000
    assert len(result) == len(original)
    assert np.corrcoef(result, original)[0, 1] > 0.999
    assert "the converter failed: no model for tom" in done.stderr + done.stdout
    assert command.states() == {"Anna.wav": "done", "Tom.wav": "failed"}


@pytest.mark.process
def test_people_in_one_take_get_their_own_results(command: Command, folder: Path, wrap: Callable[[str], None]) -> None:
    """They are converted at the same time: neither may read what the other's converter has written."""
    wrap(f"import time\n{CONVERTER}time.sleep(1.5)\n")
    people = np.stack([man(2.0), woman(2.0)], axis=1)
    soundfile.write(folder / "Anna.wav", people, RATE, "PCM_24")
    command("convert", folder / "Anna.wav")
    result, _ = soundfile.read(folder / "Anna.anna.wav")
    for was, now in zip(people.T, result.T, strict=True):
        assert np.corrcoef(was, now)[0, 1] > 0.999


@pytest.mark.process
@pytest.mark.parametrize(
    ("converter", "said"),
    [
        ("pass", "the converter has written no result"),
        ("import os; os._exit(7)", "the converter failed: it ended with 7 and said nothing"),
    ],
)
def test_a_converter_without_a_result_is_told(
    converter: str, said: str, command: Command, folder: Path, wrap: Callable[[str], None]
) -> None:
    wrap(converter)
    assert said in command("convert", make_take(folder / "Anna.wav", 0.5), check=1).stderr
    assert not list(command.state.rglob("program-*")), "its files are left"


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="a terminal's Ctrl-C reaches a group of processes there")
def test_ctrl_c_ends_the_converter_and_leaves_the_take_waiting(
    command: Command, folder: Path, tmp_path: Path, wrap: Callable[[str], None]
) -> None:
    helper, started, interrupted = "import time; time.sleep(600)", tmp_path / "started", tmp_path / "interrupted"
    wrap(
        "import os, pathlib, signal, subprocess, sys, time\n"
        f"signal.signal(signal.SIGINT, lambda *_: pathlib.Path({str(interrupted)!r}).touch())\n"
        f"helper = subprocess.Popen([sys.executable, '-c', {helper!r}])\n"
        f"new = pathlib.Path({str(started)!r} + '.new')\n"
        f"new.write_text(f'{{os.getpid()}} {{helper.pid}}')\nnew.rename({str(started)!r})\ntime.sleep(600)\n"
    )
    words = [*command.command, "convert", str(make_take(folder / "Anna.wav", 0.5))]
    process = subprocess.Popen(words, env=os.environ | command.env, cwd=command.home, start_new_session=True)
    try:
        wait_for(started.exists)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
    finally:
        process.kill()
    assert not interrupted.exists()
    assert command.states() == {"Anna.wav": "queued"}
    for number in map(int, started.read_text("utf-8").split()):
        wait_for(lambda number=number: not running(number))


def running(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
