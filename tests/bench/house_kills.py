"""A house of paid takes whose server and stations are killed at random: nothing lost, nothing held, nothing paid twice.

    python tests/bench/house_kills.py [TAKES] [LINES] [KILLS] [STATIONS]

The stations (`takevoice run`, joined by `takevoice join`) convert TAKES takes of LINES different lines, in folders of their own.
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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from plugins.house.conftest import line
from plugins.house.houses import HouseProcess
from plugins.house.paid_account import running_paid_account
from plugins.house.test_stations import CONFIG
from support import Command
from takevoice_plugins.house.keys import Keys

PAUSE = (0.3, 1.5)  # seconds between two kills
PATIENCE = 90.0  # seconds without a new result


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


def main(takes: int = 1000, lines: int = 400, kills: int = 200, count: int = 3) -> int:
    """Run it; return the exit code."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    chance, began = random.Random(7), time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="house-kills-"))
    (home / "house").mkdir()
    with running_paid_account() as account:
        account.seconds, account.slots = (0.2, 0.6), 5
        house = HouseProcess(home / "house", account, "history_wait = 0\n", ("--tls",))
        house.start()
        url = house.said[-1].split()[-2]
        stations = [Station(home / f"station{n}", Keys(house.database).add(f"editor{n}"), url) for n in range(count)]
        made = [home / f"line{n}.wav" for n in range(lines)]
        for n, path in enumerate(made):
            path.write_bytes(line(n, 1.0 + n % 3 * 0.5))
        placed, done, killed, changed = 0, 0, Counter[str](), time.monotonic()
        next_kill = time.monotonic() + 2
        try:
            while done < takes and time.monotonic() - changed < PATIENCE:
                due = takes if not kills else takes * (killed.total() + 3) // kills  # some for each kill
                while placed < min(takes, due, done + 60):
                    shutil.copy(made[placed % lines], stations[placed % count].folder / f"take{placed:04}.wav")
                    placed += 1
                if killed.total() < kills and time.monotonic() > next_kill:
                    if chance.random() < 0.65:
                        house.kill()
                        house.start()
                        killed["house"] += 1
                    else:
                        station = chance.choice(stations)
                        station.kill()
                        station.start()
                        killed["station"] += 1
                    next_kill = time.monotonic() + chance.uniform(*PAUSE)
                time.sleep(0.2)
                before, done = done, sum(station.results for station in stations)
                changed = time.monotonic() if done > before else changed
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
        try:
            time.sleep(3)
            states = Counter(job["state"] for station in stations for job in station.command.jobs())
            billed, twice = len(account.history), len(account.billed_twice)
            held = house.database.rows("SELECT content FROM requests WHERE state = 'held'")
        finally:
            for station in stations:
                station.kill()
            house.close()
    log = (home / "house" / "house.log").read_text()
    report = {
        "takes": takes, "lines": lines, "results": done, "jobs": dict(states), "billed": billed, "billed_twice": twice,
        "held_by_the_house": len(held), "kills": dict(killed), "from_the_history": log.count("found in the account's history"),
        "sent_again": log.count("so it is sent again"), "seconds": round(time.monotonic() - began),
    }  # fmt: skip
    print(json.dumps(report))
    good = states == Counter(done=takes) and done == takes and billed == min(lines, takes) and not twice and not held
    if good:
        shutil.rmtree(home)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
