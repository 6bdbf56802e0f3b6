"""docs/recipes.md: each config, with files as its table names them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import soundfile

from signals import buzz
from support import FAST, Command

PAGE = Path(__file__).parent.parent.parent / "docs" / "recipes.md"
pytestmark = pytest.mark.process
RECIPES = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[tuple[str, str, str, list[str]]]:
    """Return original, result, voice and further names of each row of a recipe's table."""
    found = []
    for line in re.findall(r"^\| (`.+) \|$", text, re.MULTILINE):
        first, _, second = line.partition(" | ")
        result, *others = re.findall("`(.+?)`", second)
        voice = re.search(r"by (\w+)", second)
        assert voice
        found.append((first.strip("`"), result, voice[1], others))
    return found


@pytest.mark.parametrize(("name", "text"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe_does_what_its_table_says(command: Command, name: str, text: str) -> None:
    config = re.search(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert config
    command.config(f'backend = "local"\n{FAST}\n{config[1]}')
    home = command.home / Path(re.search(r'folder = "~/(.+?)"', config[1])[1]).parent  # type: ignore[index]
    for seed, (original, *_) in enumerate(rows(text)):
        path = home / original
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, buzz(0.4, seed=seed), 48_000)
    assert len(rows(text)) > 1
    command("run", "--once", "--osc-port", "0", "--existing")
    for original, result, voice, others in rows(text):
        assert (home / result).exists(), (original, sorted(home.rglob("*")))
        made = json.loads(command("explain", home / result, "--json").stdout)["made_by"]
        assert made["voice"] == voice
        stem = Path(result).stem
        wanted = [other if "/" in other else f"candidates/{stem}{other}{Path(result).suffix}" for other in others]
        assert [other for other in wanted if not ((home / result).parent / other).exists()] == []
    watched = home / rows(text)[0][0].partition("/")[0]
    assert command("casting", "recast").stdout.startswith("No result is by another voice")  # folders have voices, too
    assert "to be checked" not in command("deliver", watched).stdout
    if 'on_rerender = "replace"' in config[1]:
        original, result = rows(text)[0][0], home / rows(text)[0][1]
        before, names = result.read_bytes(), {path.name for path in result.parent.iterdir()}
        soundfile.write(home / original, buzz(0.4, seed=50), 48_000)
        other = (home / original).with_suffix(".flac")  # another recording, which is no result of the first
        soundfile.write(other, buzz(0.4, seed=51), 48_000)
        command("run", "--once", "--osc-port", "0", "--existing")
        assert result.read_bytes() != before
        assert {path.name for path in result.parent.iterdir()} == {*names, result.with_suffix(".flac").name, "candidates"}


def test_a_script_sees_that_a_bark_is_missing(command: Command) -> None:
    (text,) = (text for name, text in RECIPES if name == "Game barks")
    assert "exit code 1 if a file has failed" in text.replace("\n", " ")
    barks = command.home / "barks"
    barks.mkdir()
    (barks / "cut.wav").write_bytes(b"RIFF" + bytes(100))
    command.config(FAST)
    command("run", "--once", "--osc-port", "0", "--existing", barks, check=1)
    assert "1 missing" in command("deliver", barks, check=1).stdout
