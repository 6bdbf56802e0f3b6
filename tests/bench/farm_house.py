"""A house with a database and workers as processes, and clients that convert takes: what the farm's benches share."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

import postgres
from farm.workers import Worker, worker
from plugins.house.houses import HouseProcess
from signals import make_speech
from support import Cli, wait_for
from takevoice import ConversionRequest, Take
from takevoice_plugins.server.engine import LocalEngine

RATE = 48_000
REQUEST = ConversionRequest(voice_id="george", output_format="pcm_48000", model_id="eleven_multilingual_sts_v2")


def make_takes(folder: Path, number: int, shortest: float = 3.0, longest: float = 8.0) -> list[Path]:
    """Write different takes of speech-like sound, and return their paths."""
    takes = []
    for each in range(number):
        seconds = shortest + (longest - shortest) * each / max(1, number - 1)
        path = folder / f"{each:04}.wav"
        soundfile.write(path, make_speech(seconds, RATE, seed=each), RATE, "FLOAT")
        takes.append(path)
    return takes


def engine_alone(takes: Sequence[Path]) -> tuple[list[bytes], float, float]:
    """Return the engine's answers, and the seconds and the CPU seconds that it took for all of them."""
    engine, answers = LocalEngine(), []
    _convert(engine, takes[0])  # loads what it needs
    began, cpu = time.perf_counter(), time.process_time()
    for take in takes:
        answers.append(_convert(engine, take))
    return answers, time.perf_counter() - began, time.process_time() - cpu


def _convert(engine: LocalEngine, path: Path) -> bytes:
    frames = soundfile.info(path).frames
    return b"".join(engine.convert(REQUEST, Take(path, frames, RATE, 1, "WAV", "FLOAT")))


@dataclass
class Household:
    """A house, its database and its workers, which may die and be started again."""

    folder: Path
    database: postgres.Postgres
    address: str
    server: HouseProcess
    key: str
    worker_key: str
    workers: dict[str, Worker] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def start_worker(self, name: str, slots: int = 1) -> None:
        """Start a worker, also one that was killed."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        running = worker(Cli(home), self.server.url, self.address, slots=slots, name=name, key=self.worker_key)
        self.workers[name] = self._stack.enter_context(running)
        wait_for(lambda: self.workers[name].slots())

    def logs(self) -> str:
        """What all workers have logged."""
        return "".join(each.read_text("utf-8", "replace") for each in self.folder.glob("worker*/*.log"))


@contextmanager
def household(folder: Path) -> Iterator[Household]:
    """A house without a worker."""
    home = folder / "server"
    home.mkdir()
    with postgres.running() as database:
        address = database.database()
        server = HouseProcess(home, None, words=("--database", address))
        try:
            server.start()
            keys = [server.cli("house", "add", *words).stdout.strip() for words in (["anna"], ["studio", "--worker"])]
            running = Household(folder, database, address, server, *keys)
            with running._stack:
                yield running
        finally:
            server.close()


class Clients:
    """Programs that convert takes, each one after the other; a request that fails is sent again, as stations do."""

    def __init__(self, house: Household, takes: Sequence[Path], number: int, patience: float = 600.0) -> None:
        self._house, self._takes, self._patience = house, takes, patience
        self.answers: dict[Path, bytes] = {}
        self.waits: list[float] = []
        self.again, self._lock = 0, threading.Lock()
        self._threads = ThreadPoolExecutor(number)
        self._done = [self._threads.submit(self._convert, take) for take in takes]

    @property
    def done(self) -> int:
        """How many takes have their answers."""
        return len(self.answers)

    def wait(self) -> None:
        """Wait for all of them."""
        for each in self._done:
            each.result()
        self._threads.shutdown()

    def _convert(self, take: Path) -> None:
        began = time.monotonic()
        while time.monotonic() - began < self._patience:
            answer = self._sent(take)
            if answer is not None:
                with self._lock:
                    self.answers[take] = answer
                    self.waits.append(time.monotonic() - began)
                return
            with self._lock:
                self.again += 1
            time.sleep(0.3)
        raise AssertionError(f"{take.name}: no answer in {self._patience:.0f} s")

    def _sent(self, take: Path) -> bytes | None:
        try:
            answer = httpx.post(
                f"{self._house.server.url}/v1/speech-to-speech/{REQUEST.voice_id}",
                params={"output_format": REQUEST.output_format},
                data={"model_id": REQUEST.model_id},
                files={"audio": take.read_bytes()},
                headers={"xi-api-key": self._house.key},
                timeout=300,
                trust_env=False,
            )
        except httpx.HTTPError:
            return None
        if answer.status_code in (429, 503):
            return None
        assert answer.status_code == 200, answer.text
        return answer.content


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process and its children, those that have ended included."""
    process = psutil.Process(pid)
    times = [process.cpu_times(), *(each.cpu_times() for each in process.children(recursive=True))]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


def machine() -> str:
    """The machine, in words."""
    return f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
