"""SIGSTOP and SIGCONT, as a laptop that sleeps: longer than every time that matters here, which are small."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugins.server.running import serving
from support import FAST, Cli, Daemon, make_take, wait_for
from takevoice import ConversionRequest, Take
from takevoice_plugins.server.engine import LocalEngine

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be suspended here"),
]
SLEEP = 3.0  # seconds; the request times out after 2, files settle after 0.2 and are given up after 1.5


class Gated(LocalEngine):
    """The engine behind the API: it answers when `gate` is set, and says when a take has arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.arrived = threading.Event(), threading.Semaphore(0)
        self.count = 0

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        self.count += 1
        self.arrived.release()
        self.gate.wait(20)
        yield from super().convert(request, take)


@contextmanager
def suspended(daemon: Daemon, seconds: float = SLEEP) -> Iterator[None]:
    """Suspend the daemon for so long, and what is done meanwhile."""
    daemon.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    yield
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    daemon.process.send_signal(signal.SIGCONT)


def test_a_file_that_is_copied_meanwhile_is_converted_once(gated: Cli, folder: Path) -> None:
    gated.config('backend = "gated"\n' + FAST.replace("give_up = 1.5", "give_up = 6.0"))
    whole = make_take(folder.parent / "whole.wav").read_bytes()
    with gated.daemon("--osc-port", "0", folder) as daemon:
        take = folder / "take.wav"
        take.write_bytes(whole[: len(whole) // 2])
        wait_for(lambda: gated.states() == {"take.wav": "settling"})
        with suspended(daemon, 7.0):
            pass
        with take.open("ab") as file:
            file.write(whole[len(whole) // 2 :])
        wait_for(lambda: gated.states() == {"take.wav": "done"})
        assert "never finished" not in daemon.log()
    assert [job["attempt"] for job in gated.jobs()] == [1]


@pytest.mark.service
def test_an_answer_that_comes_while_the_machine_sleeps_is_used(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sleeps longer than the request may take."""
    monkeypatch.setenv("ELEVENLABS_API_KEY", "k")
    engine = Gated()
    with serving(engine) as server:
        options = f'[plugins.elevenlabs]\nbase_url = "{server.url}"\ntimeout = 2\n'
        cli.config(f'backend = "elevenlabs"\n{FAST}[money]\nfirst_look = false\n{options}')
        with cli.daemon("--osc-port", "0", folder) as daemon:
            make_take(folder / "take.wav")
            assert engine.arrived.acquire(timeout=20)
            with suspended(daemon):
                engine.gate.set()
            wait_for(lambda: cli.states().get("take.wav") in ("done", "held", "failed"))
            assert cli.states() == {"take.wav": "done"}, daemon.log()
    assert engine.count == 1
    (job,) = cli.jobs()
    assert job["attempt"] == 1
