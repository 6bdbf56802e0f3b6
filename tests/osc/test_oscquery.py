"""The description of the addresses, read by curl, against the words of the OSCQuery proposal."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from osc.clients import client, echo_routes
from support import Cli
from takevoice.osc.addresses import ADDRESSES, PAUSED, TRACK_VALUE
from takevoice.osc.description import CurrentValues, describe, host_info
from takevoice.osc.query_server import QueryServer
from takevoice.settings import TrackSettings

TYPE_TAGS = re.compile(r"[ifsbhtdScrmTFNI\[\]]*")  # those that the proposal and OSC 1.0 name
PER_ARGUMENT = ("EXTENDED_TYPE", "RANGE")
KEYS = {"FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "RANGE", "DESCRIPTION", "EXTENDED_TYPE", "OVERLOADS", "VALUE"}
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")


TRACKS = {
    "Lead Vox": {"stability": 0.4, "voice": "george", "use_speaker_boost": True, "seed": None, "channels": "1,2", "level": -23.0, "keep_tones": "auto"},
    "Ä/1": {"channels": 2, "level": "match", "keep_tones": True, "candidates": 3},
}


@pytest.fixture(scope="module")
def server() -> Iterator[QueryServer]:
    addresses = [*ADDRESSES, *(address for address, _ in echo_routes().handlers.values())]
    values = CurrentValues({PAUSED: False}, TRACKS)
    running = QueryServer(
        "127.0.0.1", 0, lambda: describe(addresses, values), host_info("takevoice on test", 9870)
    )
    running.start()
    yield running
    running.stop()


def curl(server: QueryServer, target: str, *options: str) -> tuple[int, str, Any]:
    """The status, the content type and the content of a GET request."""
    out = subprocess.run(
        ["curl", "-sg", "--max-time", "10", "-w", "\n%{http_code} %{content_type}", *options, f"http://127.0.0.1:{server.port}{target}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    body, _, facts = out.rpartition("\n")
    status, _, kind = facts.partition(" ")
    return int(status), kind, json.loads(body) if body else None


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for each in node.get("CONTENTS", {}).values():
        yield from nodes(each)


@needs_curl
def test_the_root_describes_every_address(server: QueryServer) -> None:
    status, kind, root = curl(server, "/")
    assert (status, kind, root["FULL_PATH"]) == (200, "application/json", "/")
    methods = {each["FULL_PATH"]: each for each in nodes(root) if "TYPE" in each}
    plain = {each.address: each for each in ADDRESSES if each.address != TRACK_VALUE}
    tracks = [f"/takevoice/track/{track}/{key}" for track in ("Lead%20Vox", "%C3%84%2F1") for key in TrackSettings.model_fields]
    assert set(methods) == {*plain, *tracks, "/test/echo"}
    for path, address in plain.items():
        node = methods[path]
        assert address.meaning in node["DESCRIPTION"]
        required = [each.name for each in address.arguments if not each.optional]
        if address.access == "rw":
            assert node["ACCESS"] == 3
        else:
            assert (node["ACCESS"], node["EXTENDED_TYPE"]) == (2, ["id", *required])
    assert methods["/takevoice/cancel"]["TYPE"] == "si"
    assert methods["/takevoice/cancel"]["RANGE"] == [None, {"MIN": 1}]
    assert [each["TYPE"] for each in methods["/takevoice/subscribe"]["OVERLOADS"]] == ["si", "sif"]


@needs_curl
def test_every_node_keeps_the_rules_of_the_proposal(server: QueryServer) -> None:
    root = curl(server, "/")[2]
    json_types = {"f": float, "i": int, "s": str, "T": bool}
    for node in nodes(root):
        assert set(node) <= KEYS
        assert node["ACCESS"] in (0, 2, 3)
        for name, child in node.get("CONTENTS", {}).items():
            assert child["FULL_PATH"] == f"{node['FULL_PATH'].rstrip('/')}/{name}"
        for form in (node, *node.get("OVERLOADS", ())) if "TYPE" in node else ():
            assert "CONTENTS" not in form or form is node
            assert TYPE_TAGS.fullmatch(form["TYPE"])
            assert all(len(form[key]) == len(form["TYPE"]) for key in PER_ARGUMENT if key in form)
            assert all(limits is None or set(limits) <= {"MIN", "MAX", "VALS"} for limits in form["RANGE"])
        if "VALUE" in node:
            assert node["ACCESS"] == 3
            assert [type(each) for each in node["VALUE"]] == [json_types[tag] for tag in node["TYPE"]]
    # A key that can have several types has that of its value, and the others as overloads.
    types = {
        (track, key): (node["TYPE"], [each["TYPE"] for each in node["OVERLOADS"]])
        for track in ("Lead%20Vox", "%C3%84%2F1")
        for key in ("channels", "level", "keep_tones")
        for node in [curl(server, f"/takevoice/track/{track}/{key}")[2]]
    }
    assert list(types.values()) == [
        ("s", ["i"]), ("f", ["s"]), ("s", ["T"]),
        ("i", ["s"]), ("s", ["f"]), ("T", ["s"]),
    ]  # fmt: skip
    # Each node is also found by its own address.
    for path in ("/takevoice", "/takevoice/track", "/takevoice/track/set", "/takevoice/convert/"):
        assert curl(server, path)[2]["FULL_PATH"] == path.rstrip("/")


@needs_curl
def test_single_attributes_and_errors(server: QueryServer) -> None:
    assert curl(server, "/takevoice/cancel?TYPE") == (200, "application/json", {"TYPE": "si"})
    assert curl(server, "/takevoice?TYPE")[2] == {}
    assert curl(server, "/takevoice/cancel?VALUE")[0] == 204
    assert curl(server, "/takevoice/cancel?COLOUR")[0] == 400
    for path in ("/takevoice/track/Lead%20Vox/stability", "/takevoice/track/Lead%2520Vox/stability"):
        assert curl(server, f"{path}?VALUE")[2] == {"VALUE": [0.4]}
        assert curl(server, f"{path}?RANGE")[2] == {"RANGE": [{"MIN": 0, "MAX": 1}]}
    assert curl(server, "/takevoice/track/Lead%20Vox/seed?VALUE")[2] == {}
    assert curl(server, "/takevoice/paused?VALUE")[2] == {"VALUE": [False]}
    assert curl(server, "/takevoice/cancle")[0] == 404
    assert curl(server, "/", "-X", "DELETE", "-o", "/dev/null")[0] == 501
    # A web page cannot read it by a name of its own for this machine.
    assert curl(server, "/", "-H", "Host: pages.example:80")[0] == 421
    assert curl(server, "/", "-H", "Host: localhost:9871")[0] == 200
    status, kind, info = curl(server, "/what/ever?HOST_INFO")
    assert (status, kind) == (200, "application/json")
    assert (info["NAME"], info["OSC_PORT"], info["OSC_TRANSPORT"]) == ("takevoice on test", 9870, "UDP")
    present = {key for node in nodes(curl(server, "/")[2]) for key in node} - {"FULL_PATH", "CONTENTS", "TYPE"}
    assert set(info["EXTENSIONS"]) == present


@needs_curl
def test_a_running_takevoice_describes_itself(cli: Cli, folder: Path) -> None:
    """The values are those of now: a track that is set over OSC appears with its setting."""
    cli.config("[osc]\nport = 0\nquery_port = 0\n")
    with cli.daemon(folder) as daemon:
        daemon.says("OSCQuery")
        (url,) = re.findall(r"OSCQuery\) at (http://127\.0\.0\.1:\d+)/", daemon.log())

        def get(target: str) -> Any:
            out = subprocess.run(["curl", "-sg", url + target], check=True, capture_output=True).stdout
            return json.loads(out) if out else None

        port = json.loads((cli.state / "osc.json").read_text())["port"]
        assert get("/?HOST_INFO")["OSC_PORT"] == port
        assert get("/takevoice/track/Anna/stability") is None
        with client(port) as udp:
            assert udp.ask("/takevoice/track/Anna/stability", 0.25).arguments == (0.25,)
        assert get("/takevoice/track/Anna/stability?VALUE") == {"VALUE": [0.25]}
        assert get("/takevoice/paused?VALUE") == {"VALUE": [False]}
    assert subprocess.run(["curl", "-s", url], capture_output=True).returncode == 7  # nothing listens any more
