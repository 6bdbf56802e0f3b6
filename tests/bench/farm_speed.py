"""How fast a house with workers converts, and what it costs over the engine alone.

    python tests/bench/farm_speed.py [--takes 40] [--workers 1 2] [--quota 0] [--share 100]

With --quota 20, each worker has a fifth of a processor and no more, by a control group of the kernel (Linux, and root); server, database and
clients are not limited. With --share 20, its processes are stopped for 80 % of the time, which needs neither. Both are as slower machines would
be: so a machine with few processors shows whether anything but the workers limits the farm. Workers get a processor each where there are enough of them: one for each worker, and one for the server and the clients.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
from cpu_quota import limited
from farm_house import Clients, Household, cpu_seconds, engine_alone, household, machine, make_takes

TURN = 0.05  # seconds


def measured(house: Household, takes: list[Path], clients: int) -> tuple[float, float, float, list[float]]:
    """Return the seconds, the CPU seconds of the server and of the workers, and how long each take took."""
    server = house.server.process
    assert server is not None
    workers = [each.process.pid for each in house.workers.values()]
    before = cpu_seconds(server.pid), sum(map(cpu_seconds, workers))
    began = time.perf_counter()
    running = Clients(house, takes, clients)
    running.wait()
    seconds = time.perf_counter() - began
    return seconds, cpu_seconds(server.pid) - before[0], sum(map(cpu_seconds, workers)) - before[1], running.waits


def warm_up(house: Household, folder: Path, number: int) -> None:
    """Have takes converted until each worker has done some: one that still loads the engine is none."""
    for turn in range(50):
        takes = make_takes(folder, 4 * len(house.workers), 1.0 + number / 10 + turn / 500, 1.05 + number / 10)
        measured(house, takes, 2 * len(house.workers))
        at_work = [row for row in json.loads(house.server.cli("house", "workers", "--json").stdout) if row["done"]]
        if len(at_work) == len(house.workers):
            return
    raise RuntimeError("a worker does not begin")


def pin(house: Household, workers: int) -> bool:
    """Give each worker a processor of its own, if there are enough; return whether there are."""
    if (os.cpu_count() or 1) <= workers or not hasattr(psutil.Process, "cpu_affinity"):
        return False
    for number, each in enumerate(house.workers.values()):
        for process in (psutil.Process(each.process.pid), *each.slots()):
            process.cpu_affinity([number + 1])
    return True


@contextmanager
def slowed(house: Household, share: int) -> Iterator[None]:
    """Let the workers' slots run for this share of the time, in turns of 50 ms."""
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            slots = [slot for each in house.workers.values() for slot in each.slots()]
            for number, pause in ((signal.SIGSTOP, 1 - share / 100), (signal.SIGCONT, share / 100)):
                for slot in slots:
                    with suppress(psutil.Error):
                        slot.send_signal(number)
                ended.wait(TURN * pause)

    thread = threading.Thread(target=run)
    if share < 100:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if share < 100:
            thread.join()


@contextmanager
def limits(house: Household, quota: float) -> Iterator[None]:
    """Let each worker, its slots included, have no more than so many hundredths of a processor; 0: as much as there is."""
    with ExitStack() as stack:
        if quota:
            for name, each in house.workers.items():
                stack.enter_context(limited([each.process.pid, *(slot.pid for slot in each.slots())], quota, name))
        yield


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--takes", type=int, default=40)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--share", type=int, default=100)
    parser.add_argument("--quota", type=float, default=0.0)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as text:
        sets = []
        for number in range(len(options.workers) + 1):
            folder = Path(text) / f"takes{number}"
            folder.mkdir()
            # Different ones each time: what the house has converted once it does not convert again.
            sets.append(make_takes(folder, options.takes, shortest=5.0 + number / 100, longest=10.0))
        _, alone, alone_cpu = engine_alone(sets[0])
        each = options.takes
        print(f"engine alone: {1000 * alone / each:.0f} ms a take, {1000 * alone_cpu / each:.0f} ms of CPU")
        with household(Path(text)) as house:
            first = 0.0
            for number, workers in enumerate(options.workers):
                while len(house.workers) < workers:
                    house.start_worker(f"worker{len(house.workers)}")
                warm_up(house, Path(text), number)
                pinned = not options.quota and pin(house, workers)
                if not number:
                    _, server, work, waits = measured(house, sets[-1], 1)
                    print(
                        f"one at a time: {1000 * statistics.median(waits):.0f} ms a take (median); CPU a take: server "
                        f"{1000 * server / each:.0f} ms, worker {1000 * work / each:.0f} ms"
                    )
                with slowed(house, options.share), limits(house, options.quota):
                    seconds, server, work, _ = measured(house, sets[number], 4 * workers)
                first = first or each / seconds
                print(
                    f"{workers} worker{'s' if workers > 1 else ''}{' on processors of their own' if pinned else ''}"
                    f"{f' at {options.share} %' if options.share < 100 else ''}{f' with {options.quota:g} % of a processor each' if options.quota else ''}: "
                    f"{each / seconds:.2f} takes/s ({each / seconds / first:.2f} x); CPU a take: server "
                    f"{1000 * server / each:.0f} ms, workers {1000 * work / each:.0f} ms"
                )


if __name__ == "__main__":
    main()
