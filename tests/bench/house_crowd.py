"""A house with many stations at once: does any take fail, do the slots idle, who waits, and do the caps hold?

    python tests/bench/house_crowd.py [crowd] [slots] [fair] [caps]

crowd: 20 stations with 64 requests each at once. slots: 6 stations, an account with 5 slots. fair: one person with 160
takes, and four others who come three seconds later. caps: 20 stations against the caps of keys, a project and the house,
while the house is killed. The house is a process; the account is a stand-in, written from the API's documents; the
stations are clients that do what takevoice does: come back after Retry-After, and send again what broke off.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from plugins.house.conftest import line
from plugins.house.houses import VOICE, HouseProcess
from plugins.house.paid_account import PaidAccount, running_paid_account
from takevoice_plugins.house.keys import Keys


class Crowd:
    """Stations that send requests, and what became of these."""

    def __init__(self, house: HouseProcess) -> None:
        self.house, self.statuses = house, Counter[int]()
        self.waits: dict[str, list[float]] = {}
        self.refused: list[int] = []

    async def convert(self, client: httpx.AsyncClient, name: str, key: str, audio: bytes, patience: float = 900.0) -> int:
        """Send a take until it has its answer, or a refusal that is final; return the status."""
        began = time.monotonic()
        while time.monotonic() - began < patience:
            try:
                answer = await client.post(
                    f"{self.house.url}/v1/speech-to-speech/{VOICE}", params={"output_format": "pcm_16000"},
                    headers={"xi-api-key": key}, files={"audio": audio},
                )  # fmt: skip
            except httpx.HTTPError:
                self.statuses[0] += 1
                await asyncio.sleep(0.5)
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code not in (429, 503):
                self.waits.setdefault(name, []).append(time.monotonic() - began)
                if answer.status_code != 200:
                    self.refused.append(answer.status_code)
                return answer.status_code
            await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        return 0


@contextmanager
def house(account: PaidAccount, toml: str) -> Iterator[HouseProcess]:
    """A house as a process."""
    running = HouseProcess(Path(tempfile.mkdtemp(prefix="house-crowd-")), account, "history_wait = 0\n" + toml)
    running.start()
    try:
        yield running
    finally:
        running.close()


def client(connections: int) -> httpx.AsyncClient:
    """A client for that many requests at once."""
    limits = httpx.Limits(max_connections=connections)
    return httpx.AsyncClient(timeout=300, limits=limits, trust_env=False)


async def crowd(account: PaidAccount, stations: int = 20, each: int = 64) -> None:
    """Many stations with many requests each, at once."""
    account.slots, account.seconds = 15, (0.1, 0.3)
    with house(account, "slots = 15\n") as running:
        people = {f"editor{n}": Keys(running.database).add(f"editor{n}") for n in range(stations)}
        crowd, began = Crowd(running), time.monotonic()
        async with client(stations * each) as http:
            tasks = [crowd.convert(http, name, key, line(n * each + m, 0.8)) for n, (name, key) in enumerate(people.items()) for m in range(each)]
            results = Counter(await asyncio.gather(*tasks))
        took = time.monotonic() - began
    print(f"crowd: {stations} stations x {each} at once: results {dict(results)}, responses {dict(crowd.statuses)}, {took:.0f} s")
    print(f"  billed {len(account.history)}, twice {len(account.billed_twice)}, refused by the service {len(account.refused)}, slots used at most {account.most} of 15")
    print(f"  longest wait by station: {min(map(max, crowd.waits.values())):.0f} to {max(map(max, crowd.waits.values())):.0f} s")


async def slots(account: PaidAccount) -> None:
    """More stations than slots."""
    account.slots, account.seconds = 5, (0.4, 0.6)
    with house(account, "slots = 5\n") as running:
        people = [Keys(running.database).add(f"editor{n}") for n in range(6)]
        crowd, began = Crowd(running), time.monotonic()
        async with client(60) as http:
            results = Counter(await asyncio.gather(*(crowd.convert(http, str(n), people[n % 6], line(n, 0.8)) for n in range(60))))
        took = time.monotonic() - began
    print(f"slots: 6 stations, 5 slots, 60 takes of 0.5 s at the service: {dict(results)}; refused by the service {len(account.refused)}, {account.most} at once at most")
    print(f"  {took:.1f} s; with no slot idle it is {60 * 0.5 / 5:.1f} s")


async def fair(account: PaidAccount) -> None:
    """One person with many takes, and others who come later."""
    account.slots, account.seconds = 5, (0.9, 1.1)

    async def others(crowd: Crowd, http: httpx.AsyncClient, people: Sequence[str], first: int) -> list[float]:
        crowd.waits.clear()
        await asyncio.gather(*(crowd.convert(http, f"other{n}", key, line(first + n, 0.8)) for n, key in enumerate(people)))
        return [wait for n in range(len(people)) for wait in crowd.waits[f"other{n}"]]

    with house(account, "slots = 5\n") as running:
        keys = Keys(running.database)
        many, people = keys.add("many"), [keys.add(f"other{n}") for n in range(4)]
        crowd = Crowd(running)
        async with client(200) as http:
            alone = await others(crowd, http, people, 10_000)
            batch = [asyncio.create_task(crowd.convert(http, "many", many, line(n, 0.8))) for n in range(160)]
            await asyncio.sleep(3)
            rounds = [await others(crowd, http, people, 20_000 + 10 * turn) for turn in range(3)]
            meanwhile = [wait for waits in rounds for wait in waits]
            left = sum(not task.done() for task in batch)
            await asyncio.gather(*batch)
    print(f"fair: four others alone {statistics.median(alone):.2f} s (longest {max(alone):.2f}); beside 160 takes of one person ({left} of these left then)")
    print(f"  {statistics.median(meanwhile):.2f} s (longest {max(meanwhile):.2f}): delayed by {statistics.median(meanwhile) - statistics.median(alone):.2f} s (longest {max(meanwhile) - max(alone):.2f})")


async def _all(tasks: Sequence[asyncio.Task[int]], running: HouseProcess, patience: float = 600.0) -> Sequence[int]:
    """Return the results; after a while without an end, say what the house is doing, and give up."""
    _, late = await asyncio.wait(tasks, timeout=patience)
    if late:
        states = running.database.rows("SELECT state, code, COUNT(*) FROM requests GROUP BY 1, 2")
        sys.exit(f"{len(late)} requests have no answer after {patience:.0f} s; the house has {[tuple(row) for row in states]}")
    return [task.result() for task in tasks]


async def caps(account: PaidAccount) -> None:
    """A day at the limit of the caps, in which the house is killed."""
    account.slots, account.seconds = 15, (0.02, 0.1)
    with house(account, "slots = 15\nper_day = 3000\n[projects]\ndune = 1200\n") as running:
        keys, cap = Keys(running.database), 200
        people = [keys.add(f"editor{n}", project="dune" if n % 2 else "", cap=cap) for n in range(20)]
        crowd = Crowd(running)
        async with client(400) as http:
            tasks = [asyncio.create_task(crowd.convert(http, str(n % 20), people[n % 20], line(n, 0.6 + n % 7 * 0.2))) for n in range(600)]
            for _ in range(4):
                await asyncio.sleep(2)
                await asyncio.to_thread(running.kill)
                await asyncio.to_thread(running.start)
            results = Counter(await _all(tasks, running))
        rows = running.database.rows("SELECT key, project, SUM(credits) AS credits FROM charges GROUP BY 1, 2")
        by_key = Counter[int]()
        for row in rows:
            by_key[row["key"]] += row["credits"]
        dune = sum(row["credits"] for row in rows if row["project"] == "dune")
    billed = sum(each.credits for each in account.history)
    print(f"caps: 600 takes of 20 people, 4 kills of the house: {dict(results)}; billed twice {len(account.billed_twice)}")
    print(f"  billed {billed} (ledger {sum(by_key.values()):.0f}) of 3,000 of the house; dune {dune:.0f} of 1,200; a person at most {max(by_key.values()):.0f} of {cap}")
    assert billed <= 3000
    assert dune <= 1200
    assert max(by_key.values()) <= cap
    assert set(results) <= {200, 402}


PARTS = {"crowd": crowd, "slots": slots, "fair": fair, "caps": caps}


def main(names: Sequence[str]) -> None:
    """Measure and print."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for name in names or PARTS:
        with running_paid_account() as account:
            asyncio.run(PARTS[name](account))


if __name__ == "__main__":
    main(sys.argv[1:])
