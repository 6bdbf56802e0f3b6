"""What is lost when the parts of a house with workers are killed at random, while takes are converted.

    python tests/bench/farm_kills.py [--takes 60] [--kills 30] [--workers 2] [--seed 1]

Kills: a slot of a worker, a whole worker, the house's server, the database, and a worker that is frozen for longer than
its signs of life may be missing. Each is started again some seconds later. At the end every answer is compared with the
engine's.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

from farm_house import Clients, Household, engine_alone, household, machine, make_takes

KINDS = ("slot", "worker", "server", "database", "frozen")
WEIGHTS = (4, 3, 3, 2, 1)
FROZEN = 14.0  # seconds


def kill(house: Household, kind: str, choice: random.Random) -> None:
    """Kill one part; what does not come back by itself is started again."""
    name = choice.choice(sorted(house.workers))
    if kind in ("slot", "frozen"):
        slots = house.workers[name].slots()
        if not slots:
            return
        os.kill(slots[0].pid, signal.SIGKILL if kind == "slot" else signal.SIGSTOP)
        if kind == "frozen":
            time.sleep(FROZEN)
            os.kill(slots[0].pid, signal.SIGCONT)
    elif kind == "worker":
        house.workers[name].kill()
        time.sleep(choice.uniform(0, 2))
        house.start_worker(name)
    elif kind == "server":
        house.server.kill()
        time.sleep(choice.uniform(0, 2))
        house.server.start()
    else:
        house.database.kill()
        time.sleep(choice.uniform(0, 2))
        house.database.start()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    for name, default in (("takes", 60), ("kills", 30), ("workers", 2), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    choice, killed = random.Random(options.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        takes = make_takes(folder, options.takes)
        expected = dict(zip(takes, engine_alone(takes)[0], strict=True))
        with household(folder) as house:
            for number in range(options.workers):
                house.start_worker(f"worker{number}")
            began = time.monotonic()
            clients = Clients(house, takes, number=8)
            while sum(killed.values()) < options.kills and clients.done < len(takes):
                # Spread over the takes: as many kills as answers, by share.
                if sum(killed.values()) / options.kills <= (clients.done + 1) / len(takes):
                    kind = choice.choices(KINDS, WEIGHTS)[0]
                    kill(house, kind, choice)
                    killed[kind] += 1
                time.sleep(choice.uniform(0, 0.3))
            clients.wait()
            seconds, logs = time.monotonic() - began, house.logs()
        wrong = sum(clients.answers[take] != expected[take] for take in takes)
    converted = sum(" s to george, in " in line for line in logs.splitlines())
    late = logs.count("not wanted any more")
    print(f"{machine()}; {options.workers} workers with one slot each, 8 clients, {len(takes)} takes of 3 to 8 s, {seconds:.0f} s")
    print("killed: " + ", ".join(f"{killed[kind]} x {kind}" for kind in KINDS))
    print(f"answers: {clients.done} of {len(takes)}; other than the engine's: {wrong}; requests sent again: {clients.again}")
    print(f"answers taken from workers: {converted}; come too late: {late}; tracebacks: {logs.count('Traceback')}")
    assert clients.done == len(takes) and not wrong and "Traceback" not in logs


if __name__ == "__main__":
    main()
