"""The description of the addresses, read by curl, against the words of the OSCQuery proposal."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from osc.clients import echo_routes
from takevoice.osc.addresses import ADDRESSES
from takevoice.osc.description import describe, host_info
from takevoice.osc.query_server import QueryServer

TYPE_TAGS = re.compile(r"[ifsbhtdScrmTFNI\[\]]*")  # those that the proposal and OSC 1.0 name
PER_ARGUMENT = ("EXTENDED_TYPE", "RANGE")
KEYS = {"FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "RANGE", "DESCRIPTION", "EXTENDED_TYPE", "OVERLOADS"}
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")


@pytest.fixture(scope="module")
def server() -> Iterator[QueryServer]:
    plugin = [address for address, _ in echo_routes().handlers.values()]
    running = QueryServer("127.0.0.1", 0, describe([*ADDRESSES, *plugin]), host_info("takevoice on test", 9870))
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
    assert set(methods) == {*(each.address for each in ADDRESSES), "/test/echo"}
    for address in ADDRESSES:
        node = methods[address.address]
        required = [each.name for each in address.arguments if not each.optional]
        assert node["EXTENDED_TYPE"] == ["id", *required]
        assert address.meaning in node["DESCRIPTION"]
    assert methods["/takevoice/cancel"]["TYPE"] == "si"
    assert methods["/takevoice/cancel"]["RANGE"] == [None, {"MIN": 1}]
    assert [each["TYPE"] for each in methods["/takevoice/subscribe"]["OVERLOADS"]] == ["si", "sif"]


@needs_curl
def test_every_node_keeps_the_rules_of_the_proposal(server: QueryServer) -> None:
    root = curl(server, "/")[2]
    for node in nodes(root):
        assert set(node) <= KEYS
        assert node["ACCESS"] in (0, 2)
        for name, child in node.get("CONTENTS", {}).items():
            assert child["FULL_PATH"] == f"{node['FULL_PATH'].rstrip('/')}/{name}"
        for form in (node, *node.get("OVERLOADS", ())) if "TYPE" in node else ():
            assert "CONTENTS" not in form or form is node
            assert TYPE_TAGS.fullmatch(form["TYPE"])
            assert all(len(form[key]) == len(form["TYPE"]) for key in PER_ARGUMENT)
            assert all(limits is None or set(limits) <= {"MIN", "MAX", "VALS"} for limits in form["RANGE"])
    # Each node is also found by its own address.
    for path in ("/takevoice", "/takevoice/track", "/takevoice/track/set", "/takevoice/convert/"):
        assert curl(server, path)[2]["FULL_PATH"] == path.rstrip("/")


@needs_curl
def test_single_attributes_and_errors(server: QueryServer) -> None:
    assert curl(server, "/takevoice/cancel?TYPE") == (200, "application/json", {"TYPE": "si"})
    assert curl(server, "/takevoice?TYPE")[2] == {}
    assert curl(server, "/takevoice/cancel?VALUE")[0] == 204
    assert curl(server, "/takevoice/cancel?COLOUR")[0] == 400
    assert curl(server, "/takevoice/cancle")[0] == 404
    assert curl(server, "/", "-X", "DELETE", "-o", "/dev/null")[0] == 501
    status, kind, info = curl(server, "/what/ever?HOST_INFO")
    assert (status, kind) == (200, "application/json")
    assert (info["NAME"], info["OSC_PORT"], info["OSC_TRANSPORT"]) == ("takevoice on test", 9870, "UDP")
    present = {key for node in nodes(curl(server, "/")[2]) for key in node} - {"FULL_PATH", "CONTENTS", "TYPE"}
    assert set(info["EXTENSIONS"]) == present
