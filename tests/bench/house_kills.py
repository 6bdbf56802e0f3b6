"""A house whose parts are killed at random while takes are converted: nothing lost, nothing held, nothing paid twice.

    python tests/bench/house_kills.py [TAKES] [LINES] [KILLS] [STATIONS] [FREE]

The stations (`takevoice run`, joined by `takevoice join`) convert TAKES paid takes of LINES different lines, in folders of
their own. With FREE, programs convert as many free takes meanwhile, by two workers and a database, which are killed, too.
A stand-in for the service, written from its documents, bills and keeps a history. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

import postgres
from farm.workers import Worker, worker
from plugins.house.conftest import line
from plugins.house.houses import HouseProcess
from plugins.house.paid_account import PaidAccount, running_paid_account
from plugins.house.test_stations import CONFIG
from support import Cli, Command
from takevoice_plugins.elevenlabs.pinned import pinned_context
from takevoice_plugins.house.certificate import own_certificate
from takevoice_plugins.house.keys import Keys

PAUSE = (0.3, 1.5)  # seconds between two kills
PATIENCE = 180.0  # seconds without a new result
WORKERS = 2


class Station:
    """A `takevoice run` that can be killed."""

    def __init__(self, home: Path, key: str, url: str) -> None:
        home.mkdir()
        self.command, self.key, self.folder = Command(home), key, home / "takes"
        self.folder.mkdir()
        self.command.config(CONFIG)
        env = {**os.environ, **self.command.env, "TAKEVOICE_HOUSE_KEY": key}
        subprocess.run([*self.command.command, "join", url, key], check=True, env=env, capture_output=True)
        self.start()

    def start(self) -> None:
        """Start it."""
        env = {**os.environ, **self.command.env, "TAKEVOICE_HOUSE_KEY": self.key}
        with (self.command.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command.command, "run", "--existing", self.folder], stdout=log, stderr=log, env=env
            )

    def kill(self) -> None:
        """Kill it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @property
    def results(self) -> int:
        """How many results it has published."""
        return sum(1 for _ in self.folder.glob("*.ada.wav"))


class Farm:
    """A database and workers that can be killed, and programs that have free takes converted."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self._home, self._stack = home, stack
        self.database = stack.enter_context(postgres.running())
        self.address = self.database.database()
        self._workers: dict[str, Worker] = {}
        self._answers: list[bool] = []
        self._threads = ThreadPoolExecutor(4)

    def start(self, house: HouseProcess, url: str, takes: int) -> None:
        """Start the workers, and begin to send takes."""
        self._url, self._key = url, Keys(house.database).add("studio", kind="worker")
        for number in range(WORKERS):
            self.start_worker(f"worker{number}")
        person = Keys(house.database).add("free")
        self._client = httpx.Client(verify=pinned_context(own_certificate(house.cli.state / "house").path), timeout=300)
        for number in range(takes):
            self._threads.submit(self._convert, house.url, person, number)

    def start_worker(self, name: str) -> None:
        """Start a worker, also one that was killed."""
        home = self._home / name
        home.mkdir(exist_ok=True)
        self._workers[name] = self._stack.enter_context(worker(Cli(home), self._url, self.address, name=name, key=self._key))

    def kill(self, kind: str, chance: random.Random) -> None:
        """Kill a worker, one of its slots, or the database; start it again if nothing else does."""
        name = chance.choice(sorted(self._workers))
        if kind == "database":
            self.database.kill()
            time.sleep(chance.uniform(0, 2))
            self.database.start()
        elif kind == "worker":
            self._workers[name].kill()
            self.start_worker(name)
        else:
            for slot in self._workers[name].slots()[:1]:
                os.kill(slot.pid, signal.SIGKILL)

    @property
    def done(self) -> int:
        """How many takes have their whole answer."""
        return sum(self._answers)

    def close(self) -> None:
        """Begin no more takes."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _convert(self, url: str, key: str, number: int) -> None:
        sound = line(10_000 + number, 2.0)
        while True:
            try:
                answer = self._client.post(
                    f"{url}/v1/speech-to-speech/local-george", params={"output_format": "pcm_16000"},
                    headers={"xi-api-key": key}, files={"audio": sound},
                )  # fmt: skip
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code not in (429, 503):
                self._answers.append(answer.status_code == 200 and len(answer.content) == 2 * 2 * 16_000)
                return
            time.sleep(0.5)


class Run:
    """One run; see the top of this file."""

    def __init__(self, home: Path, account: PaidAccount, count: int, free: int, stack: ExitStack) -> None:
        self.home, self.account, self.free = home, account, free
        self.farm = Farm(home, stack) if free else None
        words, toml = ("--tls",), "history_wait = 0\n"
        if self.farm is not None:
            words, toml = (*words, "--database", self.farm.address), toml + 'free = ["local"]\n'
        (home / "house").mkdir()
        self.house = HouseProcess(home / "house", account, toml, words)
        self.house.start()
        url = self.house.said[-1].split()[-2]
        self.stations = [Station(home / f"station{n}", Keys(self.house.database).add(f"editor{n}"), url) for n in range(count)]
        if self.farm is not None:
            self.farm.start(self.house, url, free)
        self.killed, self.chance = Counter[str](), random.Random(7)

    @property
    def results(self) -> int:
        """How many takes have their results, free ones included."""
        return self.paid + (self.farm.done if self.farm is not None else 0)

    @property
    def paid(self) -> int:
        """How many results the stations have published."""
        return sum(station.results for station in self.stations)

    def kill_one(self) -> None:
        """Kill something, and start it again."""
        kinds = {"house": 65, "station": 35} if self.farm is None else {"house": 45, "station": 25, "worker": 10, "slot": 10, "database": 10}
        kind = self.chance.choices(list(kinds), list(kinds.values()))[0]
        if kind == "house":
            self.house.kill()
            self.house.start()
        elif kind == "station":
            station = self.chance.choice(self.stations)
            station.kill()
            station.start()
        elif self.farm is not None:
            self.farm.kill(kind, self.chance)
        self.killed[kind] += 1

    def convert(self, takes: int, made: list[Path], kills: int) -> None:
        """Have the stations convert takes, and kill meanwhile, until all is there or nothing more comes."""
        placed, done, changed, next_kill = 0, 0, time.monotonic(), time.monotonic() + 2
        while done < takes + self.free and time.monotonic() - changed < PATIENCE:
            # Spread over the takes, also on a slow machine: some takes for each kill, and some results before the next one.
            due = takes if not kills else takes * (self.killed.total() + 3) // kills
            is_due = self.killed.total() < kills and self.killed.total() * (takes + self.free) <= kills * (done + 1)
            while placed < min(takes, due, self.paid + 60):
                shutil.copy(made[placed % len(made)], self.stations[placed % len(self.stations)].folder / f"take{placed:04}.wav")
                placed += 1
            if is_due and time.monotonic() > next_kill:
                self.kill_one()
                next_kill = time.monotonic() + self.chance.uniform(*PAUSE)
            time.sleep(0.2)
            before, done = done, self.results
            changed = time.monotonic() if done > before else changed

    def report(self) -> dict[str, object]:
        """Return what came out."""
        states = Counter(job["state"] for station in self.stations for job in station.command.jobs())
        held = self.house.database.rows("SELECT content FROM requests WHERE state = 'held'")
        log = (self.home / "house" / "house.log").read_text()
        return {
            "results": self.paid, "jobs": dict(states), "billed": len(self.account.history), "billed_twice": len(self.account.billed_twice),
            "held_by_the_house": len(held), "free_answers": self.farm.done if self.farm is not None else 0, "kills": dict(self.killed),
            "from_the_history": log.count("found in the account's history"), "sent_again": log.count("so it is sent again"),
            "tracebacks": log.count("Traceback"),
        }  # fmt: skip

    def close(self) -> None:
        """End all of it."""
        if self.farm is not None:
            self.farm.close()
        for station in self.stations:
            station.kill()
        self.house.close()


def main(takes: int = 1000, lines: int = 400, kills: int = 200, count: int = 3, free: int = 0) -> int:
    """Run it; return the exit code."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    home, began = Path(tempfile.mkdtemp(prefix="house-kills-")), time.monotonic()
    made = [home / f"line{n}.wav" for n in range(lines)]
    for n, path in enumerate(made):
        path.write_bytes(line(n, 1.0 + n % 3 * 0.5))
    with running_paid_account() as account, ExitStack() as stack:
        account.seconds, account.slots = (0.2, 0.6), 5
        run = Run(home, account, count, free, stack)
        stack.callback(run.close)
        _until_interrupted(lambda: run.convert(takes, made, kills))
        time.sleep(3)
        found = run.report()
    print(json.dumps({"takes": takes, "lines": lines, "free": free, **found, "seconds": round(time.monotonic() - began)}))
    wanted = {"results": takes, "jobs": {"done": takes}, "billed": min(lines, takes), "billed_twice": 0, "held_by_the_house": 0, "free_answers": free, "tracebacks": 0}
    good = all(found[name] == value for name, value in wanted.items())
    if good:
        shutil.rmtree(home)
    # Threads may still wait for answers.
    sys.stdout.flush()
    os._exit(0 if good else 1)


def _until_interrupted(work: Callable[[], None]) -> None:
    try:
        work()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
