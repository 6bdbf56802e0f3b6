"""takevoice can be installed on every system, and the page says how."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "platforms.md").read_text("utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "platforms.yml").read_text("utf-8")
sys.path.insert(0, str(ROOT / "tests" / "bench"))

import wheels  # noqa: E402

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DEPENDENCIES = [Requirement(text) for text in PROJECT["dependencies"]]


def table() -> dict[str, list[str]]:
    """The table of wheels: cells by dependency."""
    rows = re.findall(
        r"^\| ([\w-]+) \|(.*)\|$", PAGE.partition("### Wheels")[2].partition("\n- ")[0], re.MULTILINE
    )
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows}


def test_the_table_of_wheels_has_every_dependency_and_system() -> None:
    found = table()
    assert found.pop("dependency") == [target.name for target in wheels.TARGETS]
    assert set(found) == {each.name for each in DEPENDENCIES}


def test_what_has_no_wheel_is_explained() -> None:
    explained = set(re.findall(r"^- \*\*(\w+)\*\* ", PAGE.partition("### Wheels")[2], re.MULTILINE))
    assert {
        name for name, cells in table().items() if name != "dependency" and set(cells) != {"yes"}
    } == explained


@pytest.mark.parametrize("target", wheels.TARGETS, ids=lambda target: target.name)
def test_a_dependency_is_left_out_where_it_has_no_wheel(target: wheels.Target) -> None:
    left_out = {
        each.name
        for each in DEPENDENCIES
        if each.marker is not None and not each.marker.evaluate(target.environment("3.12"))
    }
    assert left_out == ({"soxr"} if target.name == "Windows on ARM" else set())


def test_the_workflow_may_only_read_and_is_called_untried() -> None:
    assert re.findall(r"permissions:\n(.*)\n\n", WORKFLOW) == ["  contents: read"]
    assert "secrets." not in WORKFLOW
    assert "UNTRIED" in WORKFLOW and "**untried**" in PAGE
