"""Whatever dies while takes are converted: each is converted, and each answer is the engine's.

`tests/bench/farm_kills.py` does the same for longer, at random.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import farm.desk
from farm.desk import Desk, application, request_for, serving
from farm.workers import worker
from postgres import Postgres
from support import Cli, make_take, wait_for
from takevoice import ConversionRequest, Take
from takevoice_plugins.farm.queue import ProcrastinateFarm
from takevoice_plugins.server.engine import LocalEngine

pytestmark = pytest.mark.process
TAKES = 12


@contextmanager
def gateway(desk: Desk, port: int, database: str) -> Iterator[subprocess.Popen[bytes]]:
    """A house's server as a process; it is killed at the end."""
    with (desk.folder / "gateway.log").open("ab") as log:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        line = [sys.executable, farm.desk.__file__, str(desk.folder), str(port), database]
        process = subprocess.Popen(line, stdout=log, stderr=log, env=env)
    try:
        wait_for(lambda: _answers(port) or process.poll() is not None)
        assert process.poll() is None, (desk.folder / "gateway.log").read_text()
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def check_answers(desk: Desk) -> None:
    """Each answer is what the engine makes of the take."""
    assert set(desk.column("state")) == {"done"}
    engine, request = LocalEngine(), ConversionRequest.model_validate(request_for("ada"))
    for key, rate, frames in zip(desk.column("key"), desk.column("rate"), desk.column("frames"), strict=True):
        take = Take(desk.folder / "takes" / key, frames, rate, 1, "WAV", "FLOAT")
        assert desk.answer(key) == b"".join(engine.convert(request, take))
    assert list((desk.folder / "parts").iterdir()) == []


def test_slot_database_server_and_worker_die_in_turn(cli: Cli, desk: Desk, database: str, database_server: Postgres, tmp_path: Path) -> None:
    for number in range(TAKES):
        desk.order(make_take(tmp_path / f"{number}.wav", 3.0, seed=number))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"

    def done() -> int:
        return desk.states().get("done", 0)

    def more_than(number: int) -> None:
        wait_for(lambda: done() > number or process.poll() is not None)

    with worker(cli, url, database, name="first") as first, worker(cli, url, database, name="second") as second:
        with gateway(desk, port, database) as process:
            more_than(0)
            wait_for(first.slots)[0].kill()
            before = done()
            more_than(before)
            database_server.kill()
            database_server.start()
            before = done()
            more_than(before)
        with gateway(desk, port, database) as process:
            before = done()
            more_than(min(before, TAKES - 2))
            wait_for(lambda: second.slots() or done() == TAKES)
            second.kill()
            wait_for(lambda: done() == TAKES, 90)
        assert "Traceback" not in first.log() + second.log(), first.log() + second.log()
        assert "slot 1 ended by itself" in first.log()
    check_answers(desk)


@pytest.mark.long
def test_a_frozen_worker_comes_too_late(
    cli: Cli, farm_quick: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path
) -> None:
    order = desk.order(make_take(tmp_path / "take.wav", 20.0))
    with serving(application(farm_quick)) as url, worker(cli, url, database, name="first") as first:
        farm_quick.submit(order)
        wait_for(lambda: desk.states() == {"running": 1})
        (slot,) = first.slots()
        os.kill(slot.pid, signal.SIGSTOP)
        with worker(cli, url, database, name="second") as second:
            wait_for(lambda: desk.states() == {"done": 1})
            os.kill(slot.pid, signal.SIGCONT)
            wait_for(lambda: "not wanted any more" in first.log())
            following = desk.order(make_take(tmp_path / "following.wav", 1.0))
            second.kill()
            farm_quick.submit(following)
            wait_for(lambda: desk.states() == {"done": 2})
        assert "Traceback" not in first.log(), first.log()
    assert desk.column("begun") == [2, 1]
    check_answers(desk)


@pytest.fixture
def farm_quick(database: str, desk: Desk) -> Iterator[ProcrastinateFarm]:
    """A farm that takes a worker for gone after a few seconds."""
    from takevoice_plugins.farm.database import checked

    running = ProcrastinateFarm(checked(database), desk, sweep=0.5, stalled=5.0)
    yield running
    running.close()


def test_a_connection_that_is_cut_in_the_answer_costs_no_second_conversion(
    cli: Cli, farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path
) -> None:
    order = desk.order(make_take(tmp_path / "take.wav", 10.0))
    with serving(application(farm)) as url, cutting(url, after=200_000, times=2) as cut, worker(cli, cut.url, database) as running:
        farm.submit(order)
        wait_for(lambda: desk.states() == {"done": 1})
        assert cut.times == 0
        assert "offered again" in running.log()
    assert desk.column("begun") == [1]
    check_answers(desk)


class cutting:  # noqa: N801 - reads as a statement
    """A way to a server that is cut `times` times, each time after the client has sent `after` bytes."""

    def __init__(self, url: str, after: int, times: int) -> None:
        self._target, self._after, self.times = int(url.rpartition(":")[2]), after, times
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> cutting:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._target))
                back = [server.dup(), client.dup()]
                threading.Thread(target=self._pass_on, args=[client, server, True], daemon=True).start()
                threading.Thread(target=self._pass_on, args=[*back, False], daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:
        passed = 0
        with source, target, suppress(OSError):
            while chunk := source.recv(65536):
                passed += len(chunk)
                if is_request and self.times and passed > self._after:
                    self.times -= 1
                    for each in (source, target):
                        each.shutdown(socket.SHUT_RDWR)
                    return
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
