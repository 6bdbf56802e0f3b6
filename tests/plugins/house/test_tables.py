"""The tables of `takevoice house` at a terminal: at any width, with any names."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from plugins.house.full_house import HOSTILE_PEOPLE, HOSTILE_PROJECTS, LONG, WHY, fill, hostile_workers
from takevoice.errors import ConfigError
from takevoice_plugins.farm.listing import print_workers
from takevoice_plugins.farm.roster import WORKERS
from takevoice_plugins.house import managing
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keeping import LEDGER, house_folder
from takevoice_plugins.house.tables import ago, in_short, table, wrapped

Printed = dict[str, list[str]]
COMMANDS = {
    "house": (managing.show, {}),
    "list": (managing.list_keys, {}),
    "queue": (managing.queue, {"json": False}),
    "costs": (managing.costs, {"by": "project", "since": "", "csv": False}),
}


def printed(state: Path, capsys: pytest.CaptureFixture[str]) -> Printed:
    """What the commands print, by name."""
    found = {}
    for name, (command, options) in COMMANDS.items():
        assert command(argparse.Namespace(state=state, **options)) == 0
        found[name] = capsys.readouterr().out.splitlines()
    return found


def terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Have what is printed go to a terminal of this width."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """The state dir of a house with fifty people."""
    database = Database(house_folder(tmp_path) / LEDGER)
    fill(database)
    database.close()
    return tmp_path


@pytest.mark.parametrize("width", [80, 40])
def test_fifty_people_are_readable_at_any_width(full: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    terminal(monkeypatch, width)
    found = printed(full, capsys)
    for name, lines in found.items():
        wide = [line for line in lines if cell_len(line) > width]
        assert not [line for line in wide if " " in line.strip()], f"{name}: only a name that has no space is wider"
        text = "\n".join(lines)
        assert text.isprintable() or not [letter for letter in text if not letter.isprintable() and letter != "\n"]
    whole = "\n".join(found["list"])
    assert all(name in whole for name in HOSTILE_PEOPLE), "names are needed for commands"
    ids = re.findall(r"^[0-9a-f]{12}\b", "\n".join(found["queue"]), re.MULTILINE)
    assert len(ids) == 100
    text = " ".join(" ".join(found["queue"]).split())
    assert WHY in text
    assert "50 waiting, 17 under way, 17 in doubt, 16 held; `takevoice house release ID` sends a held one again" in text
    assert [line.split()[1] for line in found["queue"] if re.match(r"[0-9a-f]{12} ", line)][-16:] == ["held"] * 16 if width == 80 else True
    assert found["house"][0].startswith("84 waiting or under way, 16 held")
    assert "caps reached, or nearly: " in "\n".join(found["house"])
    if width == 80:
        assert len(found["queue"]) < 100 + 2 * 16 + 4, "one line each, and what is held says why below it"


@pytest.mark.parametrize("width", [80, 40])
def test_workers_with_long_names_are_readable_too(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    terminal(monkeypatch, width)
    hostile_workers(tmp_path / "house" / WORKERS).save()
    assert print_workers(tmp_path, as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if cell_len(line) > width and " " in line.strip()]
    text = " ".join(" ".join(lines).split())
    assert re.search(r"rack0\b.*\bsilent", text)
    assert "<b>Anna</b> \\u202e" in text


def test_without_a_terminal_nothing_is_left_out(full: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    found = printed(full, capsys)
    lines = [line for line in found["queue"] if re.match(r"[0-9a-f]{12} ", line)]
    assert len(lines) == 100
    assert all(WHY in line for line in lines if " held " in line)
    names = [line.split()[0] for line in found["list"]]
    assert names[1:] == [*HOSTILE_PEOPLE, *(f"person{number}" for number in range(47))]
    first, *rest = [line for line in found["list"] if not set(line) & set("محمد")]  # terminals write these to the left
    assert {cell_len(line[: line.rindex("in use")]) for line in rest} == {cell_len(first[: first.rindex("STATE")])}
    assert managing.queue(argparse.Namespace(state=full, json=True)) == 0
    assert {row["project"] for row in json.loads(capsys.readouterr().out)} >= set(HOSTILE_PROJECTS)


def test_an_empty_house_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Database(house_folder(tmp_path) / LEDGER).close()
    found = printed(tmp_path, capsys)
    assert found["list"] == ["there are no keys yet: `takevoice house add NAME` makes one for a person"]
    assert found["queue"] == ["nothing waits, and nothing is held"]
    assert found["costs"] == ["nothing was billed yet"]
    assert found["house"][:3] == ["0 waiting or under way, 0 held", "0 answers made, 0 given again without a new request", "0 credits used or reserved today"]


def test_where_there_is_no_house_no_command_shows_an_empty_one(tmp_path: Path) -> None:
    """As at a station, whose house is elsewhere."""
    others = {"prune": (managing.prune, {"unused_for": None, "to": None, "yes": False}), "change": (managing.change, {"name": "anna", "project": "dune", "cap": None}), "revoke": (managing.revoke, {"name": "anna"})}
    for command, options in {**COMMANDS, **others}.values():
        with pytest.raises(ConfigError, match=r"there is no house in .*; run this on the house's server"):
            command(argparse.Namespace(state=tmp_path, **options))
    assert list(tmp_path.iterdir()) == []


CELLS = st.text(st.characters(codec="utf-8"), max_size=40)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=5), st.integers(20, 120))
def test_no_line_is_wider_than_the_terminal_but_for_single_words(rows: list[tuple[str, ...]], width: int) -> None:
    for line in "\n".join(table(("NAME", "PROJECT", "TODAY", ""), rows, ("TODAY",), width)).splitlines():
        longest = max((cell_len(word) for word in line.split(" ")), default=0)
        first = max(cell_len(row[0].encode("unicode_escape").decode()) for row in rows)
        assert cell_len(line) <= max(width, longest + 2 + len("project "), first)


def test_times_and_long_texts_in_short() -> None:
    assert [ago(each) for each in (0, 89, 90, 3599, 4800, 100_000, 400_000)] == ["0 s", "89 s", "2 min", "1 h 0 min", "1 h 20 min", "27 h 47 min", "4 days"]
    assert in_short(LONG, 10) == "xxxxxx…xxx"
    assert in_short("名前名前名前の長い人", 10) == "名前名…人"
    assert wrapped("one two three", 8, "  ") == ["  one", "  two", "  three"]
