"""docs/server.md says what the code does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import takevoice_plugins.server
from takevoice_plugins.server import HOST, PORT
from takevoice_plugins.server.aliases import DOCUMENTED
from takevoice_plugins.server.app import create_app
from takevoice_plugins.server.engine import LocalEngine
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.upload import HIGHEST, LOWEST, MAX_CHANNELS
from takevoice_plugins.server.voices import Search

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "server.md").read_text("utf-8")
PACKAGE = Path(takevoice_plugins.server.__file__).parent


def table(heading: str) -> list[list[str]]:
    rows = PAGE.partition(heading)[2].partition("|---")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_every_refusal_is_listed() -> None:
    told = {code for _, code, _ in table("## Errors") if code}
    text = "".join(path.read_text("utf-8") for path in PACKAGE.glob("*.py"))
    made = set(re.findall(r'"code": "(\w+)"', text))  # of a connection that is refused before there is a request
    for node in ast.walk(ast.parse(text.replace("from __future__ import annotations", ""))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"Problem": 2, "refused_audio": 0}.get(node.func.id)
            if place is not None and isinstance(node.args[place], ast.Constant):
                made.add(node.args[place].value)
    assert told == made


def test_every_address_is_listed() -> None:
    listed = "".join(row[0] for row in table("## Endpoints"))
    for path in create_app(LocalEngine(), Limits()).openapi()["paths"]:
        assert path in listed.replace(", ...", ", /v1/voice-changer/{voice_id}")


def test_figures() -> None:
    limits = Limits()
    assert f"[--host {HOST}] [--port {PORT}]" in PAGE
    assert f"{limits.upload / 1e6:.0f} MB" in PAGE
    assert f"less than {limits.shortest:g} seconds" in PAGE
    assert f"longer than {limits.longest:g} seconds" in PAGE
    assert f"stalled for {limits.stall_timeout:g} seconds" in PAGE
    assert f"{limits.fields / 1e3:g} kB" in PAGE
    assert f"The server has {limits.connections} connections" in PAGE
    assert f"{limits.header_timeout:g} seconds for the headers" in PAGE
    assert f"{limits.slowest_upload / 1e3:g} kB a second" in PAGE
    assert f"The {len(DOCUMENTED)} voices" in PAGE
    assert f"{MAX_CHANNELS} channels of {LOWEST / 1e3:g} to {HIGHEST / 1e3:g} kHz" in PAGE


@pytest.mark.parametrize("name", [name for name in Search.model_fields if name != "collection_id"])
def test_every_way_to_search_is_listed(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE)
