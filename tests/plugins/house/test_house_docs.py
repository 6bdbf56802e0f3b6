"""docs/house.md says what the code does."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

import takevoice_plugins.house
from takevoice.errors import ConfigError
from takevoice_plugins.house.options import TEMPLATE, HouseOptions, read_options

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "house.md").read_text("utf-8")
PACKAGE = Path(takevoice_plugins.house.__file__).parent


def column(heading: str, number: int) -> list[str]:
    rows = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("| ")]
    return [row[number] for row in cells if len(row) > number]


def test_every_option_is_described_and_in_the_file_with_its_default(tmp_path: Path) -> None:
    names = [field.name for field in fields(HouseOptions)]
    assert sorted(re.findall(r"`(\w+)`", " ".join(column("Options", 0)))) == sorted(names)
    assert sorted(re.findall(r"^# (\w+) = ", TEMPLATE, re.MULTILINE)) == sorted(names)
    assert read_options(tmp_path / "house" / "house.toml") == HouseOptions()
    examples, defaults = TEMPLATE.split("# The rest as it is")
    (tmp_path / "house.toml").write_text("\n".join(re.findall(r"^# (\w+ = .+)", defaults, re.MULTILINE)), "utf-8")
    assert read_options(tmp_path / "house.toml") == HouseOptions(), "what is shown as a default is one"
    (tmp_path / "house.toml").write_text("\n".join(re.findall(r"^# (\w+ = .+)", examples, re.MULTILINE)), "utf-8")
    shown = read_options(tmp_path / "house.toml")
    assert not [each.name for each in fields(HouseOptions) if each.name in examples.split() and getattr(shown, each.name) == each.default]


def test_a_line_below_the_last_one_of_the_file_is_an_option(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text(re.sub(r"^# (projects = )", r"\1", TEMPLATE, flags=re.MULTILINE) + "per_day = 5000\n", "utf-8")
    assert read_options(path).per_day == 5000
    for written in ("per_day", "per-day", "perday", "Per_Day"):
        path.write_text(f"[projects]\ndune = 20000\n{written} = 5000\n", "utf-8")
        with pytest.raises(ConfigError, match=r"which is the option per_day.*Write per_day above"):
            read_options(path)


def test_every_refusal_of_the_house_is_listed() -> None:
    made = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "problem":
                made |= {each.value for each in node.args[1:2] if isinstance(each, ast.Constant)}
    listed = set(column("What stations and programs receive", 1))
    assert made - {"invalid_request", "missing_permissions"} <= listed


def test_every_header_is_listed() -> None:
    text = "".join(path.read_text("utf-8") for path in PACKAGE.glob("*.py"))
    for name in set(re.findall(r'"(takevoice-[a-z]+)"', text)):
        assert f"`{name}" in PAGE
