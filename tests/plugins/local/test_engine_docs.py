"""What docs/engine.md says is so, and its plugin works."""

import json
import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from support import FAST, Command, make_take
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


def test_pictures_are_small() -> None:
    for name in re.findall(r"\]\((pictures/[^)]+)\)", PAGE.read_text("utf-8")):
        assert 1000 < (PAGE.parent / name).stat().st_size < 150_000


@pytest.mark.process
def test_the_wrapped_converter_works(command: Command, folder: Path, tmp_path: Path) -> None:
    (plugin,) = blocks("python")
    spoken, served, wrapped = (tomllib.loads(text) for text in blocks("toml"))
    Settings.model_validate(spoken)
    Settings.model_validate(served)
    program = tmp_path / "convert.py"
    program.write_text(CONVERTER, "utf-8")
    words = [sys.executable, str(program), *wrapped["plugins"]["program"]["command"][2:]]
    options = wrapped["plugins"]["program"] | {"command": words}
    command.plugin("program", plugin)
    command.config(
        f'backend = "{wrapped["backend"]}"\n{FAST}\n[plugins.program]\n'
        + "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
        + '[tracks.Tom]\nvoice = "tom"\n'
    )
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
