from __future__ import annotations

from typing import Any

import pytest

from takevoice.osc.addresses import BY_ADDRESS
from takevoice.osc.arguments import (
    BadArguments,
    number,
    position,
    read_arguments,
    seconds,
    text,
    value,
    without_reply_port,
)


@pytest.mark.parametrize(("given", "wanted"), [(7, 7), (7.0, 7), ("7", 7), (" 12 ", 12)])
def test_a_whole_number_may_come_as_a_float_or_as_text(given: Any, wanted: int) -> None:
    assert number(given, "job") == wanted


@pytest.mark.parametrize("given", [0, -1, 1.5, "x", "", True, None, "1e3", float("nan"), float("inf")])
def test_what_is_no_whole_number_is_refused(given: Any) -> None:
    with pytest.raises(BadArguments, match="job must be an integer, 1 or more"):
        number(given, "job")


@pytest.mark.parametrize("given", [123456789012, "123456789012", 123456789012.0])
def test_a_position_is_kept_as_text(given: Any) -> None:
    assert position(given, "start") == "123456789012"


@pytest.mark.parametrize("given", ["1.5", 1.5, True, "", "abc", float("inf"), None])
def test_what_is_no_position_is_refused(given: Any) -> None:
    with pytest.raises(BadArguments):
        position(given, "start")


def test_seconds_text_and_values() -> None:
    assert (seconds("2.5", "s"), seconds(3, "s"), seconds(0, "s")) == (2.5, 3.0, 0.0)
    assert (text(7, "id"), text(7.0, "id"), text("x", "id")) == ("7", "7", "x")
    assert value(0.4000000059604645, "v") == 0.4
    assert (value((0.5,), "v"), value((2, ("Anna",)), "v")) == (0.5, (2, "Anna"))
    for wrong in (-1, "x", 1e9, None, float("nan")):
        with pytest.raises(BadArguments):
            seconds(wrong, "s")


def test_reply_port_is_taken_out_wherever_it_stands() -> None:
    assert without_reply_port(["id", "p", "reply_port", "9000", "voice", "x"]) == (
        ["id", "p", "voice", "x"],
        9000,
    )
    assert without_reply_port(["id", "p"]) == (["id", "p"], None)
    for wrong in (0, 70_000, "x"):
        with pytest.raises(BadArguments, match="reply_port must be an integer"):
            without_reply_port(["id", "reply_port", wrong])
    with pytest.raises(BadArguments, match="reply_port has no value"):
        without_reply_port(["id", "reply_port"])


@pytest.mark.parametrize(
    ("address", "given", "why"),
    [
        ("/takevoice/convert", [], "request id"),
        ("/takevoice/convert", ["", "/x"], "request id"),
        ("/takevoice/convert", ["x" * 201, "/x"], "request id"),
        ("/takevoice/convert", ["id"], "path is missing"),
        ("/takevoice/convert", ["id", True], "path must be text"),
        ("/takevoice/convert", ["id", "/x", "voice"], "the last key has no value"),
        ("/takevoice/cancel", ["id", "many"], "an integer"),
        ("/takevoice/version", ["id", 1], "too many"),
        ("/takevoice/subscribe", ["id", 70_000], "0 to 65535"),
    ],
)
def test_wrong_arguments_are_named_with_what_is_wanted(address: str, given: list[Any], why: str) -> None:
    with pytest.raises(BadArguments, match=why) as caught:
        read_arguments(BY_ADDRESS[address], given)
    assert f"{address} takes {BY_ADDRESS[address].usage}" in str(caught.value)


def test_arguments_by_name() -> None:
    assert read_arguments(BY_ADDRESS["/takevoice/subscribe"], ["me", 9000, "60"]) == (
        {"port": 9000, "seconds": 60.0},
        [],
    )
    assert read_arguments(BY_ADDRESS["/takevoice/convert"], [5, "/x", "stability", 0.4000000059604645]) == (
        {"path": "/x"},
        [("stability", 0.4)],
    )
    assert read_arguments(BY_ADDRESS["/takevoice/status"], []) == ({}, [])
