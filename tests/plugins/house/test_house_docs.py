"""docs/house.md says what the code does."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

import takevoice_plugins.house
from takevoice.api.responses import error_from_response
from takevoice.errors import BackendBusy, ConfigError
from takevoice_plugins.house import answers
from takevoice_plugins.house.options import TEMPLATE, HouseOptions, read_options

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "house.md").read_text("utf-8")
PACKAGE = Path(takevoice_plugins.house.__file__).parent


def table(heading: str) -> list[list[str]]:
    rows = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("| ")]


def column(heading: str, number: int) -> list[str]:
    return [row[number] for row in table(heading) if len(row) > number]


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


def test_a_station_does_what_is_listed() -> None:
    rows = [row for row in table("What stations and programs receive") if row[0].isdecimal()]
    assert len(rows) >= 13
    for status, code, _, does in rows:
        refusal = answers.problem(int(status), code, "why")
        body = json.dumps({"detail": {"type": refusal.kind, "code": code, "message": "why"}}).encode()
        error = error_from_response(int(status), {"retry-after": "5"}, body, 0.0)
        waits = isinstance(error, BackendBusy) or error.blocks
        match does.split()[0]:
            case "Waits" | "Asks":
                assert waits, code
            case "Holds":
                assert (error.code, error.billed) == ("held_by_house", None)
            case "Fails":
                assert (waits, error.billed) == (False, False), code


@pytest.mark.parametrize("status", [400, 404, 405, 406, 410, 413, 415, 418, 451])
def test_a_refusal_that_another_try_does_not_change_fails_the_take(status: int) -> None:
    """Whatever the service says: else a station would send the take again and again."""
    refusal = answers.problem(status, "something_new", "why")
    body = json.dumps({"detail": {"type": refusal.kind, "code": "something_new", "message": "why"}}).encode()
    assert not isinstance(error_from_response(status, {}, body, 0.0), BackendBusy)


def test_what_a_house_of_an_earlier_version_drops_fails_the_take() -> None:
    body = json.dumps({"detail": {"type": "service_unavailable", "code": "dropped", "message": "why"}}).encode()
    assert not isinstance(error_from_response(410, {}, body, 0.0), BackendBusy)


def test_every_header_is_listed() -> None:
    text = "".join(path.read_text("utf-8") for path in PACKAGE.glob("*.py"))
    for name in set(re.findall(r'"(takevoice-[a-z]+)"', text)):
        assert f"`{name}" in PAGE
