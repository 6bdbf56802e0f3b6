from __future__ import annotations

import re
from pathlib import Path

import pytest

from osc.clients import client, serving
from takevoice import errors
from takevoice.osc import packets
from takevoice.osc.addresses import ADDRESSES, CODES, REPLIES, Address
from takevoice.osc.routes import OscRoutes
from takevoice.osc.subscriptions import MAX_SUBSCRIBERS
from takevoice.osc.tcp import MAX_CONNECTIONS
from takevoice.osc.track_values import track_values
from takevoice.service.osc.result_files import KEPT
from takevoice.settings import Osc, TrackSettings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "osc.md").read_text("utf-8")


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.address)
def test_every_address_is_documented_as_it_is(address: Address) -> None:
    assert f"| `{address.address}` | {address.usage} | {address.access} | {address.reply} | {address.meaning} |" in PAGE


def test_the_keys_of_tracks_are_documented_with_their_types_and_ranges() -> None:
    documented = re.findall(r"^\| `([a-z_]+)` \| ([a-zA-Z/, ]+) \| (.*?) ?\|$", PAGE, re.MULTILINE)
    wanted = [(v.key, ", ".join(v.type_tags).replace("T", "T/F"), v.range) for v in track_values()]
    assert [row for row in documented if row[0] in TrackSettings.model_fields] == wanted
    assert [v.key for v in track_values()] == list(TrackSettings.model_fields)


def test_every_reply_and_code_is_documented() -> None:
    for reply, arguments in REPLIES.items():
        assert f"| `{reply}` | {arguments} |" in PAGE
    for code, meaning in CODES.items():
        assert f"| `{code}` | {meaning} |" in PAGE


def test_the_codes_of_jobs_are_documented() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.code for kind in kinds if issubclass(kind, errors.TakevoiceError)} - {"error"}
    held = (DOCS / "money.md").read_text("utf-8").partition("## Why a job is held")[2]
    assert [code for code in codes if f"`{code}`" not in PAGE + held] == []


def test_no_address_is_documented_that_is_not_there() -> None:
    known = {address.address for address in ADDRESSES} | set(REPLIES)
    assert set(re.findall(r"/takevoice/[a-z/]+[a-z]", PAGE)) <= known | {"/takevoice/track/Anna/stability"}


def test_every_key_of_the_config_is_documented() -> None:
    example = PAGE[PAGE.index("[osc]\n") :]
    for key in Osc.model_fields:
        assert re.search(rf"^{key} = ", example, re.MULTILINE), key


def test_the_limits_are_those_of_the_code() -> None:
    for limit in (packets.MAX_REPLY, packets.MAX_MESSAGE, packets.MAX_PACKET, packets.MAX_ARGUMENTS):
        assert f" {limit} " in PAGE.replace("\n", " ")
    assert f"{MAX_CONNECTIONS} TCP connections, {MAX_SUBSCRIBERS} subscribers" in PAGE
    assert f"The newest {KEPT} are kept" in PAGE


def test_the_plugin_of_the_page_works() -> None:
    names: dict[str, object] = {}
    exec(PAGE.partition("```python\n")[2].partition("```")[0], names)
    routes = OscRoutes()
    names["register_osc"](routes)  # type: ignore[operator]
    with serving(routes) as server, client(server.port) as udp:
        assert udp.ask("/mine/hello", "id", "you").arguments == ("id", "hello you")
