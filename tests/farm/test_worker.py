"""Workers as processes: what they make, and what happens when they end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from farm.desk import Desk, application, request_for, serving
from farm.workers import worker
from signals import woman
from support import Cli, make_take, wait_for
from takevoice import ConversionRequest, Take
from takevoice_plugins.farm.queue import ProcrastinateFarm
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.server.engine import LocalEngine

pytestmark = pytest.mark.process


@pytest.fixture
def house(farm: ProcrastinateFarm, desk: Desk) -> Iterator[str]:
    """The URL of a house's server, as far as the farm needs one."""
    with serving(application(farm)) as url:
        yield url


def test_a_worker_makes_what_the_engine_makes(cli: Cli, house: str, farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    orders = [desk.order(make_take(tmp_path / f"{n}.wav", 1.0, seed=n), voice) for n, voice in enumerate(["ada", "george"])]
    broken = desk.order(make_take(tmp_path / "x.wav", 1.0), "a-voice-that-nobody-has")
    with worker(cli, house, database) as running:
        for order in (*orders, broken):
            farm.submit(order)
        wait_for(lambda: desk.states() == {"done": 2, "refused": 1} or running.process.poll() is not None)
        assert desk.states() == {"done": 2, "refused": 1}, running.log()
        wait_for(lambda: farm.roster.workers() and farm.roster.workers()[0]["done"] == 2)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0
    assert "Traceback" not in running.log()
    assert desk.column("message")[2].startswith("invalid_request: ")
    engine = LocalEngine()
    for order in orders:
        take = Take(desk.folder / "takes" / order.key, order.frames, order.sample_rate, 1, "WAV", "FLOAT")
        request = ConversionRequest.model_validate(request_for(order.request["voice_id"]))
        assert desk.answer(order.key) == b"".join(engine.convert(request, take))
    assert farm.roster.workers()[0]["state"] == "stopped"


def test_a_worker_gets_a_cloned_voice_from_the_house(
    cli: Cli, house: str, farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path
) -> None:
    """The worker's owner may have cloned voices, too: those are not the house's."""
    soundfile.write(tmp_path / "her.flac", woman(12.0, 48_000, seed=7), 48_000)
    her = learn("Her", [tmp_path / "her.flac"], "confirmed in a test")
    desk.voices.add(her)
    order = desk.order(make_take(tmp_path / "a.wav", 1.0), her.id)
    with worker(cli, house, database) as running:
        farm.submit(order)
        wait_for(lambda: desk.states() == {"done": 1} or running.process.poll() is not None)
        assert desk.states() == {"done": 1}, running.log()
    take = Take(desk.folder / "takes" / order.key, order.frames, order.sample_rate, 1, "WAV", "FLOAT")
    request = ConversionRequest.model_validate(request_for(her.id))
    assert desk.answer(order.key) == b"".join(LocalEngine(desk.folder).convert(request, take))
    assert not (cli.state / "voices").exists()


def test_a_worker_that_is_stopped_or_ends_leaves_its_take_to_others(
    cli: Cli, house: str, farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path
) -> None:
    with worker(cli, house, database) as running:
        wait_for(lambda: farm.roster.workers())
        order = desk.order(make_take(tmp_path / "a.wav", 30.0))
        farm.submit(order)
        wait_for(lambda: desk.states() == {"running": 1})
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
        assert desk.states() == {"done": 1} or farm.known([order.key]) == {order.key}
        assert "Traceback" not in running.log()
    with worker(cli, house, database) as running:
        (slot,) = wait_for(running.slots)
        running.process.kill()
        slot.wait(60)
