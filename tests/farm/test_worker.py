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


def test_a_worker_makes_what_the_engine_makes(
    cli: Cli, house: str, farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path
) -> None:
    """With preset voices, and with a cloned one, which it gets from the house; stopped, it leaves its take to others."""
    soundfile.write(tmp_path / "her.flac", woman(12.0, 48_000, seed=7), 48_000)
    her = learn("Her", [tmp_path / "her.flac"], "confirmed in a test")
    desk.voices.add(her)
    voices = ["ada", "george", her.id, "a-voice-that-the-house-does-not-have"]
    orders = [desk.order(make_take(tmp_path / f"{n}.wav", 1.0, seed=n), voice) for n, voice in enumerate(voices)]
    with worker(cli, house, database) as running:
        for order in orders:
            farm.submit(order)
        wait_for(lambda: desk.states() == {"done": 3, "refused": 1} or running.process.poll() is not None)
        assert desk.states() == {"done": 3, "refused": 1}, running.log()
        wait_for(lambda: farm.roster.workers() and farm.roster.workers()[0]["done"] == 3)
        long = desk.order(make_take(tmp_path / "long.wav", 30.0))
        farm.submit(long)
        wait_for(lambda: desk.states().get("running"))
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
    assert "Traceback" not in running.log()
    assert desk.column("state")[4] == "done" or farm.known([long.key]) == {long.key}
    assert farm.roster.workers()[0]["state"] == "stopped"
    assert desk.column("message")[3].startswith("invalid_request: ")
    engine = LocalEngine(desk.folder)
    for order in orders[:3]:
        take = Take(desk.folder / "takes" / order.key, order.frames, order.sample_rate, 1, "WAV", "FLOAT")
        request = ConversionRequest.model_validate(request_for(order.request["voice_id"]))
        assert desk.answer(order.key) == b"".join(engine.convert(request, take))
    # Whoever owns the worker's machine may have cloned voices there, too.
    assert not (cli.state / "voices").exists()


def test_slots_end_with_their_worker(cli: Cli, house: str, database: str) -> None:
    with worker(cli, house, database, slots=2) as running:
        slots = wait_for(lambda: len(found := running.slots()) == 2 and found)
        running.process.kill()
        for slot in slots:
            slot.wait(60)
