"""Control surfaces of a running daemon, in raw OSC packets: what they ask for is done, shown to others, and outlasts a restart."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from osc.raw import Raw, message, raw
from support import BACKENDS, FAST, Command, make_take, wait_for
from takevoice.ledger import Ledger
from takevoice.paths import StateDir

pytestmark = pytest.mark.process


def port(command: Command) -> int:
    return int(json.loads((command.state / "osc.json").read_text("ascii"))["port"])


def rows(client: Raw, name: str, tags: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """The rows of a list, without addresses and request ids."""
    client.send(message(f"/takevoice/{name}", tags, *arguments))
    return [row[2:] for row in client.until("/takevoice/end")[:-1]]


def states(client: Raw) -> dict[int, str]:
    return {row[0]: row[1] for row in rows(client, "jobs", "s", "jobs")}


def test_held_takes_are_released_dropped_and_forgotten_before_the_eyes_of_another_surface(
    command: Command, folder: Path
) -> None:
    """Takes that were there before a daemon whose backend costs money are held."""
    command.plugin(BACKENDS / "gated.py")
    command.config(f'backend = "gated"\n{FAST}\n[plugins.gated]\npaid = true\n')
    for number in (1, 2, 3):
        make_take(folder / f"Anna_{number}.wav", 0.5, seed=number)
    with command.daemon(folder, "--osc-port", 0, existing=False), raw(port(command)) as a, raw(port(command)) as b:
        wait_for(lambda: list(states(a).values()) == ["held"] * 3)
        third, second, first = [row[0] for row in rows(a, "held", "s", "held")]
        b.send(message("/takevoice/subscribe", "s", "b"))
        b.until("/takevoice/paused")
        assert a.ask("/takevoice/forget", "si", "f", first)[:3] == ("/takevoice/fail", "f", "wrong_state")
        assert a.ask("/takevoice/release", "si", "r", first) == ("/takevoice/ok", "r")
        wait_for(lambda: states(a)[first] == "done")
        assert (folder / "Anna_1.ada.wav").exists()
        assert a.ask("/takevoice/drop", "si", "d", second) == ("/takevoice/ok", "d")
        assert a.ask("/takevoice/forget", "si", "f", second) == ("/takevoice/ok", "f")
        assert states(a) == {third: "held", first: "done"}
        b.send(message("/takevoice/sync", "s", "now"))
        seen = [reply[2:4] for reply in b.until("/takevoice/synced") if reply[0] == "/takevoice/job"]
        assert {(first, "queued"), (first, "done"), (second, "cancelled"), (second, "removed")} <= set(seen)


def test_a_pause_and_what_a_fader_set_outlast_a_restart(command: Command, folder: Path) -> None:
    command.plugin(BACKENDS / "gated.py")
    command.config(f'backend = "gated"\n{FAST}')
    fader = "/takevoice/track/Anna_1/stability"
    with command.daemon(folder, "--osc-port", 0), raw(port(command)) as surface:
        assert surface.ask("/takevoice/pause", "I") == ("/takevoice/ok", "")
        assert surface.ask(fader, "f", 0.4) == (fader, 0.4)
        make_take(folder / "Anna_1.wav", 0.5)
        wait_for(lambda: command.states() == {"Anna_1.wav": "queued"})
    with command.daemon(folder, "--osc-port", 0) as daemon, raw(port(command)) as surface:
        daemon.says("conversions are paused since")
        assert surface.ask("/takevoice/status", "s", "s")[2:4] == ("paused", 1)
        assert surface.ask(fader) == (fader, 0.4)
        assert command.states() == {"Anna_1.wav": "queued"}
        assert surface.ask("/takevoice/paused", "F") == ("/takevoice/paused", 0)
        wait_for(lambda: command.states() == {"Anna_1.wav": "done"})
    with command.daemon(folder, "--osc-port", 0), raw(port(command)) as surface:
        assert surface.ask("/takevoice/paused") == ("/takevoice/paused", 0)


def test_the_command_prints_a_list_to_its_end(command: Command, folder: Path) -> None:
    command.plugin(BACKENDS / "gated.py")
    command.config(f'backend = "gated"\n{FAST}')
    with command.daemon(folder, "--osc-port", 0):
        lines = command("osc", "/takevoice/voices", "v").stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["/takevoice/voices/row", "v", "ada"],
        ["/takevoice/voices/row", "v", "bea"],
        ["/takevoice/end", "v", "voices"],
    ]


def test_a_pause_does_not_stop_what_a_person_starts(command: Command, folder: Path) -> None:
    command.plugin(BACKENDS / "gated.py")
    command.config(f'backend = "gated"\n{FAST}')
    take = make_take(folder / "Anna_1.wav", 0.5)
    with closing(Ledger(StateDir(command.state).ledger)) as ledger:
        ledger.pause.begin()
    command("run", folder, "--once", "--existing")
    assert command.states() == {"Anna_1.wav": "done"}
    command("convert", take, "--voice", "bea")
    assert (folder / "Anna_1.bea.wav").exists()
    with closing(Ledger(StateDir(command.state).ledger)) as ledger:
        assert ledger.pause.since() is not None
