"""A `takevoice convert` that is stopped or killed while a daemon runs: the daemon continues with its takes."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.paid import sent
from support import Command, make_take, wait_for
from takevoice.errors import BackendUnavailable
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.planning import Planner
from takevoice.service.ended_commands import GRACE, EndedCommands
from takevoice.voices import Backend


@pytest.mark.process
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of Unix")
@pytest.mark.parametrize("number", ["SIGINT", "SIGKILL"])
def test_a_running_daemon_continues_with_what_a_command_left(gated: Command, gate: Path, folder: Path, tmp_path: Path, number: str) -> None:
    takes = [make_take(folder / f"{n}.wav", 0.3, seed=n) for n in range(6)]
    watched = tmp_path / "Watched"
    watched.mkdir()
    with gated.daemon(watched):
        process = subprocess.Popen(
            [*gated.command, "convert", *takes], env=os.environ | gated.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        wait_for(lambda: sent(gate) and len(gated.states()) == 6)
        process.send_signal(getattr(signal, number))
        said = process.communicate(timeout=30)[1]
        gate.touch()
        wait_for(lambda: set(gated.states().values()) == {"done"})
    assert all(path.with_suffix(".ada.wav").exists() for path in takes)
    assert len(list(folder.iterdir())) == 2 * len(takes)
    assert ("6 takes are left: the running takevoice continues within half a minute, `takevoice cancel 1 2" in said) is (number == "SIGINT")


class World:
    """A ledger with a job of a command that has ended; `clock` is the time in seconds."""

    def __init__(self, state: StateDir, backend: Backend | None) -> None:
        self.clock, self.woken, self.backend = 0.0, 0, backend
        self.ledger = Ledger(state.ledger)
        planner = SimpleNamespace(backend=self.chosen, backend_named=lambda name: backend if backend and backend.name == name else None)
        self.commands = EndedCommands(
            self.ledger, state, cast(Planner, planner), lambda owner: owner == "command-alive", self.wake, now=lambda: self.clock
        )

    def chosen(self) -> Backend:
        if self.backend is None:
            raise BackendUnavailable("there is none")
        return self.backend

    def wake(self) -> None:
        self.woken += 1

    def add(self, owner: str, state: State, **fields: Any) -> int:
        return self.ledger.jobs.add(Path("/takes/a.wav"), state, origin="command", owner=owner, **fields).id

    def look(self) -> None:
        self.commands.look()

    def owner(self, job: int) -> str:
        return self.ledger.jobs.get(job).owner


FREE, PAID = Backend("mine", True, "for a test"), Backend("paid", True, "for a test", paid=True)


def test_what_costs_nothing_is_taken_over_at_once_but_not_of_a_command_that_is_alive(tmp_path: Path) -> None:
    world = World(StateDir(tmp_path), FREE)
    jobs = [world.add(owner, state, backend="mine") for owner in ("command-ended", "command-alive") for state in (State.FOUND, State.QUEUED)]
    being_converted = world.add("command-ended", State.CONVERTING)  # it is recovered first
    world.look()
    assert [world.owner(job) for job in jobs] == ["daemon", "daemon", "command-alive", "command-alive"]
    assert (world.owner(being_converted), world.woken) == ("command-ended", 1)


@pytest.mark.parametrize(("chosen", "named"), [(PAID, ""), (FREE, "gone"), (None, ""), (PAID, "paid")])
def test_what_may_cost_something_leaves_time_to_cancel_it(tmp_path: Path, chosen: Backend | None, named: str) -> None:
    world = World(StateDir(tmp_path), chosen)
    job = world.add("command-ended", State.QUEUED, backend=named)
    for seconds in (0.0, 1.0, GRACE - 1):
        world.clock = seconds
        world.look()
        assert (world.owner(job), world.woken) == ("command-ended", 0)
    world.clock = GRACE
    world.look()
    assert (world.owner(job), world.woken) == ("daemon", 1)


@pytest.mark.process
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of Unix")
def test_it_makes_the_other_candidates_and_the_result(gated: Command, gate: Path, folder: Path, tmp_path: Path) -> None:
    take, watched = make_take(folder / "take.wav", 0.3), tmp_path / "Watched"
    watched.mkdir()
    with gated.daemon(watched):
        line = [*gated.command, "convert", take, "--candidates", "ada,bea"]
        with subprocess.Popen(line, env=os.environ | gated.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            wait_for(lambda: sent(gate))
            process.kill()
        gate.touch()
        wait_for(lambda: [job["state"] for job in gated.jobs()] == ["done"] * 3)
    assert (folder / "take.ada.wav").exists()
    assert len(list((folder / "candidates").iterdir())) == 2
