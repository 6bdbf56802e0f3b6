"""Control surfaces: held jobs, lists, faders and buttons, pauses and feedback, as raw OSC packets to a running daemon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from osc.raw import Surface, message, port_of, surface
from support import BACKENDS, FAST, Command, make_take, wait_for

pytestmark = pytest.mark.process

CONFIG = f"""
backend = "gated"
{FAST}
[tracks."Lead Vox"]
voice = "bea"
stability = 0.25
[tracks."Drums*"]
enabled = false
[plugins.gated]
paid = true
"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A daemon whose backend costs money: the takes that were there before it are held."""
    command = Command(tmp_path_factory.mktemp("home"))
    command.plugin(BACKENDS / "gated.py")
    command.config(CONFIG)
    folder = command.home / "Exports"
    folder.mkdir()
    for number in range(1, 7):
        make_take(folder / f"Anna_{number}.wav", 0.5, seed=number)
    with command.daemon(folder, "--osc-port", 0, existing=False):
        wait_for(lambda: list(command.states().values()).count("held") == 6)
        yield command


@pytest.fixture
def a(studio: Command) -> Iterator[Surface]:
    with surface(port_of(studio.state)) as opened:
        yield opened


@pytest.fixture
def b(studio: Command) -> Iterator[Surface]:
    """A second surface, which has subscribed."""
    with surface(port_of(studio.state)) as opened:
        opened.send(message("/takevoice/subscribe", "s", "b"))
        opened.until("/takevoice/paused")
        yield opened


def held(a: Surface) -> list[int]:
    """The numbers of the held jobs, newest first."""
    return [row[1] for row in a.rows("/takevoice/held", "s", "h")[0]]


def state_of(a: Surface, job: int) -> str | None:
    rows = a.rows("/takevoice/jobs", "si", "j", job + 1)[0]
    return next((str(row[2]) for row in rows if row[1] == job), None)


def test_a_held_job_is_released_dropped_and_forgotten(a: Surface, b: Surface) -> None:
    first, second, *_ = held(a)
    assert a.ask("/takevoice/release", "si", "r", first) == ["/takevoice/ok", "r"]
    wait_for(lambda: state_of(a, first) == "done")
    assert a.ask("/takevoice/drop", "si", "d", second) == ["/takevoice/ok", "d"]
    assert state_of(a, second) == "cancelled"
    assert a.ask("/takevoice/forget", "si", "f", second) == ["/takevoice/ok", "f"]
    assert state_of(a, second) is None
    told = [(each[2], each[3]) for each in _seen(b) if each[0] == "/takevoice/job"]
    for change in ((first, "queued"), (first, "done"), (second, "cancelled"), (second, "removed")):
        assert change in told


def _seen(opened: Surface) -> list[list[Any]]:
    """All that has come to a surface until it asks now."""
    opened.send(message("/takevoice/sync", "s", "now"))
    return opened.until("/takevoice/synced")


@pytest.mark.parametrize("verb", ["release", "drop", "forget", "cancel", "retry"])
def test_a_job_that_is_not_there_is_answered(a: Surface, verb: str) -> None:
    assert a.ask(f"/takevoice/{verb}", "si", "x", 999)[:3] == ["/takevoice/fail", "x", "unknown_job"]
    missing = a.ask(f"/takevoice/{verb}", "s", "x")
    assert missing[:3] == ["/takevoice/fail", "x", "arguments"]
    assert f"/takevoice/{verb} takes id, job" in missing[3]


def test_a_held_job_cannot_be_forgotten(a: Surface) -> None:
    assert a.ask("/takevoice/forget", "si", "x", held(a)[0])[:3] == ["/takevoice/fail", "x", "wrong_state"]


def test_lists_come_in_parts_to_the_client_that_asks(a: Surface, b: Surface) -> None:
    whole, (_, name, following, total) = a.rows("/takevoice/held", "s", "all")
    assert (name, following, total) == ("held", "", len(whole))
    assert [row[2] for row in whole] == ["first_look"] * total
    found, after = [], ""
    for _ in range(total):
        rows, (_, _, after, counted) = a.rows("/takevoice/held", "ssi", "part", after or "0", 2)
        assert len(rows) <= 2
        assert counted == total
        found += [row[1:] for row in rows]
        if not after:
            break
    assert found == [row[1:] for row in whole]
    assert [each for each in _seen(b) if each[0].startswith("/takevoice/held")] == []


def test_voices_and_tracks_are_listed(a: Surface) -> None:
    rows, end = a.rows("/takevoice/voices", "s", "v")
    assert [(row[1], row[-1]) for row in rows] == [("ada", "gated"), ("bea", "gated")]
    assert end[1:] == ["voices", "", 2]
    rows, end = a.rows("/takevoice/voices", "ssi", "v", "", 1)
    assert ([row[1] for row in rows], end[2]) == (["ada"], "ada")
    rows, _ = a.rows("/takevoice/voices", "ss", "v", "ada")
    assert [row[1] for row in rows] == ["bea"]
    tracks = {row[1]: row[2:] for row in a.rows("/takevoice/tracks", "s", "t")[0]}
    assert tracks["Lead Vox"] == ["bea", 1]
    assert "Anna" in {name.partition("_")[0] for name in tracks}
    assert "Drums*" not in tracks


@pytest.mark.parametrize(
    ("address", "tags", "values", "code"),
    [
        ("/takevoice/jobs", "ss", ["id", "newest"], "arguments"),
        ("/takevoice/jobs", "sii", ["id", 0, 101], "arguments"),
        ("/takevoice/jobs", "sii", ["id", 0, 0], "arguments"),
        ("/takevoice/voices", "ss", ["id", "zoe"], "arguments"),
    ],
)
def test_a_part_that_cannot_be_is_refused(a: Surface, address: str, tags: str, values: list[Any], code: str) -> None:
    assert a.ask(address, tags, *values)[:3] == ["/takevoice/fail", "id", code]


def test_a_fader_sets_and_reads_one_value_and_others_hear_it(a: Surface, b: Surface) -> None:
    where = "/takevoice/track/Fader/stability"
    assert a.ask(where) == [where, ""]
    assert a.ask(where, "f", 0.4) == [where, 0.4]
    assert a.ask(where, "") == [where, 0.4]
    assert b.until(where)[-1] == [where, 0.4]
    assert a.ask("/takevoice/track/get", "sss", "id", "Fader", "stability")[-2:] == ["stability", 0.4]
    assert a.ask(where, "N") == [where, ""]
    assert b.until(where)[-1] == [where, ""]


def test_a_change_by_the_long_address_is_heard_by_all(a: Surface, b: Surface) -> None:
    assert a.ask("/takevoice/track/set", "sssf", "id", "Two words", "style", 0.5) == ["/takevoice/ok", "id"]
    assert b.until("/takevoice/track/Two%20words/style")[-1][1] == 0.5


def test_the_name_of_a_track_is_escaped_as_in_urls(a: Surface) -> None:
    for spelled in ("/takevoice/track/Lead%20Vox/voice", "/takevoice/track/Lead Vox/voice"):
        assert a.ask(spelled) == [spelled, "bea"]


@pytest.mark.parametrize(
    ("key", "tags", "values", "text"),
    [
        ("stabilty", "f", [0.4], "did you mean stability?"),
        ("stability", "f", [4.0], "1"),
        ("stability", "s", ["0,4"], "stability"),
        ("stability", "f", [float("nan")], "stability"),
        ("seed", "f", [7.5], "seed"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_and_the_reason(
    a: Surface, key: str, tags: str, values: list[Any], text: str
) -> None:
    answer = a.ask(f"/takevoice/track/Wrong/{key}", tags, *values)
    assert answer[:3] == ["/takevoice/fail", "", "config"]
    assert key in answer[3]
    assert text in answer[3]
    long = a.ask("/takevoice/track/set", f"sss{tags}", "id", "Wrong", key, *values)
    assert long[:3] == ["/takevoice/fail", "id", "config"]
    assert text in long[3]


def test_patterns_read_the_same_key_of_many_tracks(a: Surface) -> None:
    for name in ("Pair-1", "Pair-2"):
        a.ask(f"/takevoice/track/{name}/style", "f", 0.75)
    a.send(message("/takevoice/track/Pair-*/style"))
    assert sorted([a.receive(), a.receive()]) == [[f"/takevoice/track/Pair-{n}/style", 0.75] for n in (1, 2)]


@pytest.mark.parametrize("address", ["version", "status", "ping", "sync", "pause", "resume"])
def test_what_needs_no_arguments_answers_at_a_reply_port(studio: Command, a: Surface, address: str) -> None:
    with surface(port_of(studio.state)) as listening:
        a.send(message(f"/takevoice/{address}", "ssi", "id", "reply_port", listening.port))
        assert listening.receive()[1] == "id"


def test_a_button_pauses_and_every_subscriber_hears_it(a: Surface, b: Surface) -> None:
    assert a.ask("/takevoice/paused") == ["/takevoice/paused", 0]
    assert a.ask("/takevoice/pause", "I") == ["/takevoice/ok", ""]
    assert b.until("/takevoice/paused")[-1] == ["/takevoice/paused", 1]
    assert a.ask("/takevoice/status", "s", "id")[2] == "paused"
    assert a.ask("/takevoice/paused", "F") == ["/takevoice/paused", 0]
    assert b.until("/takevoice/paused")[-1] == ["/takevoice/paused", 0]
    assert a.ask("/takevoice/paused", "s", "maybe")[:3] == ["/takevoice/fail", "", "arguments"]


def test_a_pause_outlasts_a_restart(command: Command, folder: Path) -> None:
    command.plugin(BACKENDS / "gated.py")
    command.config(f'backend = "gated"\n{FAST}')
    with command.daemon(folder, "--osc-port", 0), surface(port_of(command.state)) as opened:
        assert opened.ask("/takevoice/pause", "s", "p") == ["/takevoice/ok", "p"]
        make_take(folder / "Anna_1.wav", 0.5)
        wait_for(lambda: command.states() == {"Anna_1.wav": "queued"})
    with command.daemon(folder, "--osc-port", 0) as daemon, surface(port_of(command.state)) as opened:
        daemon.says("conversions are paused since")
        assert opened.ask("/takevoice/status", "s", "s")[2:4] == ["paused", 1]
        assert command.states() == {"Anna_1.wav": "queued"}
        assert opened.ask("/takevoice/resume", "s", "r") == ["/takevoice/ok", "r"]
        wait_for(lambda: command.states() == {"Anna_1.wav": "done"})
    with command.daemon(folder, "--osc-port", 0), surface(port_of(command.state)) as opened:
        assert opened.ask("/takevoice/paused") == ["/takevoice/paused", 0]
