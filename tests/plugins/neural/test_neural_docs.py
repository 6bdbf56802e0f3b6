"""What docs/neural.md says is so."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

from takevoice import VoiceSettings
from takevoice_plugins.neural.models import OPENVOICE
from takevoice_plugins.neural.options import Options

from .conftest import STAND_IN

PAGE = (Path(__file__).parents[3] / "docs" / "neural.md").read_text("utf-8")


def test_every_option_has_its_row() -> None:
    for field in fields(Options):
        default = "" if field.default in ("", ()) else f"`{json.dumps(field.default)}`".replace(".0`", "`")
        assert re.search(rf"^\| `{field.name}` \| {re.escape(default)} ?\|", PAGE, re.MULTILINE), field.name
    (example,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    Options.of(tomllib.loads(example)["plugins"]["neural"])


def test_every_setting_has_its_row() -> None:
    table = PAGE.partition("## Settings")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", table))
    assert named <= {*VoiceSettings.model_fields, "seed", "remove_background_noise"}
    for name in ("stability", "similarity_boost", "style", "use_speaker_boost", "speed", "seed", "remove_background_noise"):
        assert f"`{name}`" in table


def test_the_model_is_described() -> None:
    assert f"a model of {OPENVOICE.size / 1e6:.0f} MB" in PAGE
    for file in OPENVOICE.files:
        assert f"`{file.name}`" in PAGE


def test_the_stand_in_speaks_the_documented_protocol() -> None:
    """All that it answers is on the page, and it imports nothing but Python's own library."""
    code, page = STAND_IN.read_text("utf-8"), PAGE.partition("## The protocol")[2]
    asked = set(re.findall(r'"op"\] == "(\w+)"', code))
    assert asked | {"convert"} == set(re.findall(r'\{"op": "(\w+)"', page))
    for word in set(re.findall(r'refuse\("(\w+)"', code)):
        assert f"`{word}`" in page
    assert "takevoice" not in "".join(re.findall(r"^(?:from|import) .*$", code, re.MULTILINE))
