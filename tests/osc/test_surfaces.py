"""The control surfaces: what they send is understood by the daemon's own table, and their formats are those documented."""

from __future__ import annotations

import csv
import json
import re
import runpy
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from takevoice.osc.addresses import ADDRESSES, REPLIES
from takevoice.osc.arguments import read_arguments
from takevoice.osc.routes import OscRoutes
from takevoice.osc.track_values import track_values
from takevoice.settings import check_overrides

FOLDER = Path(__file__).parents[2] / "integrations" / "osc"
SESSION = json.loads((FOLDER / "takevoice.open-stage-control.json").read_text("utf-8"))
LAYOUT = ElementTree.fromstring(zlib.decompress((FOLDER / "takevoice.tosc").read_bytes()))
WIDGETS = {"root", "panel", "button", "text", "input", "fader"}
PROPERTIES = {
    "type", "id", "layout", "widgets", "tabs", "address", "preArgs", "target", "typeTags", "bypass", "default", "label",
    "expand", "mode", "horizontal", "width", "height", "scroll", "onValue", "onCreate",
}  # fmt: skip
"""Of Open Stage Control's reference of properties."""
MODES = {"toggle", "push", "momentary", "tap"}


def widgets(widget: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield widget
    for each in widget.get("widgets", ()):
        yield from widgets(each)


ROUTES = OscRoutes()
for known in ADDRESSES:
    ROUTES.add(known, print)
ROUTES.expand(lambda: ["Lead Vox"], [each.key for each in track_values()])


def is_understood(spelled: str, arguments: list[Any]) -> None:
    """The daemon's own readers take the address, the arguments, and the value of a setting."""
    found = ROUTES.find(spelled)
    assert found
    for route in found:
        named, _ = read_arguments(route.address, arguments)
        if "value" in named:
            check_overrides({route.parts["key"]: named["value"]} if route.parts else {}, spelled)


def sent(script: str) -> Iterator[tuple[str, list[Any]]]:
    """The messages that a script of the session sends."""
    for call in re.findall(r"send\((.*?)\)(?=;|,|\Z)", script.replace("Date.now()", "'1'")):
        filled = re.sub(r"get\('track'\)|\bvalue\b", "'Lead%20Vox'", re.sub(r"get\('job'\)", "'12'", call))
        target, address, *arguments = next(csv.reader([re.sub(r"' \+ '", "", filled).replace(" + ''", "")], quotechar="'", skipinitialspace=True))
        assert target == "127.0.0.1:9870"
        yield address, list(arguments)


def test_the_files_are_those_that_the_script_writes() -> None:
    made = runpy.run_path(str(FOLDER / "make.py"))
    assert made["session"]() == SESSION
    assert made["layout"]().encode() == zlib.decompress((FOLDER / "takevoice.tosc").read_bytes())


def test_the_session_has_the_format_of_open_stage_control() -> None:
    assert (SESSION["createdWith"], SESSION["type"]) == ("Open Stage Control", "session")
    root = SESSION["content"]
    assert (root["type"], root["id"]) == ("root", "root")
    assert not (root["widgets"] and root["tabs"])
    assert len(list(sent(root["onCreate"]))) == 3
    buttons = [each for each in root["widgets"] if each["type"] == "button"]
    assert [each["label"] for each in buttons if "Date.now()" in each.get("onValue", "")] == ["Retry", "Release"]
    found = list(widgets(root))
    assert len({each["id"] for each in found}) == len(found)
    for each in found:
        assert each["type"] in WIDGETS and set(each) <= PROPERTIES
        assert each.get("mode", "toggle") in MODES
        assert each.get("address", "/").startswith("/")
        references = re.findall(r"@{(.*?)}", str(each))
        references = [word for word in references if each["type"] != "root"]
        assert set(references) <= {widget["id"] for widget in found}


def test_what_the_session_sends_and_shows_exists() -> None:
    filled = {"@{job}": "12"}
    for each in widgets(SESSION["content"]):
        for address, arguments in sent(each.get("onValue", "") + each.get("onCreate", "")):
            is_understood(address, arguments)
        if each["type"] in ("root", "panel") or each.get("bypass"):
            continue
        before = [filled.get(word, word) for word in each["preArgs"] or ()]
        if each["type"] == "text":
            assert each["address"] in REPLIES
        else:
            value = {"fader": [0.5], "input": ["george"], "button": [1]}[each["type"]]
            is_understood(each["address"].replace("@{track}", "Lead%20Vox"), before + ([] if each.get("mode") == "momentary" else value))


def test_what_the_layout_of_touchosc_sends_and_shows_exists() -> None:
    assert LAYOUT.tag == "lexml"
    nodes = list(LAYOUT.iter("node"))
    assert len({each.get("ID") for each in nodes}) == len(nodes)
    messages = list(LAYOUT.iter("osc"))
    assert messages
    for message in messages:
        address = "".join(str(each.text) for each in message.iterfind("path/partial/value"))
        given = [
            (each.findtext("type"), each.findtext("conversion"), each.findtext("value"))
            for each in message.iterfind("arguments/partial")
        ]
        if message.findtext("send") == "0":
            assert address in REPLIES
            continue
        kinds = {"FLOAT": struct.unpack(">f", struct.pack(">f", 0.4))[0], "BOOLEAN": True}
        is_understood(address, [value if kind == "CONSTANT" else kinds[str(how)] for kind, how, value in given])
