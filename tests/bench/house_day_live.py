"""Two days of a house at the limit of its caps, with real processes and real HTTP: is any cap exceeded?

    python tests/bench/house_day_live.py [SPEED] [PEOPLE] [LINES] [KILLS]

The house is `takevoice serve --house` as a process, unchanged. All that is sped up is the clock that says date and time, for this process
(fast_clock.c): two days take 2 * 86,400 / SPEED seconds, and midnight comes to the house as it does in life. The monotonic clock is the real one, so
everything that waits or times out does so in real seconds.

The people are processes that speak HTTP, with what a station does: they come back after Retry-After, send again what broke off, and try again what a cap
refused. They send their lines over the day, some of them all at once, some twice, some that colleagues send as well. House and people are killed
(SIGKILL). The account is a stand-in over HTTP, in the process of this script, written from the API's documents; some answers are lost on their way.

All lines together cost about three times what the caps allow. What the account has billed is compared with the caps of each person, project and day,
and with the house's own ledger. Then the same with an account whose price rises by half on the first day.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import math
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from plugins.house.conftest import line
from plugins.house.houses import VOICE, HouseProcess
from plugins.house.paid_account import PaidAccount
from takevoice_plugins.house.keys import Keys

DAY, DAYS = 86_400.0, 2
FIRST = datetime.datetime(2026, 3, 2)
PROJECTS = ("dune", "arrakis", "")
CROWDS = 3  # processes of people
SOURCE = Path(__file__).with_name("fast_clock.c")
SLOTS = 8
AGAIN = 4.0  # real seconds after which people try again what a cap refused


def fast_clock(folder: Path) -> Path | None:
    """Return the library with the fast clock, compiled; None where that cannot be done."""
    library = folder / "fast_clock.so"
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@dataclass(frozen=True)
class Plan:
    """What happens."""

    speed: float = 480.0
    people: int = 18
    lines: int = 60  # of each person on each day
    kills: int = 10
    dearer: float = 1.0  # by how much the price rises on the first day
    seed: int = 1
    clock: Path | None = None  # the library with the fast clock

    @property
    def length(self) -> float:
        """How long it takes, in real seconds."""
        return DAYS * DAY / self.speed


class Account(PaidAccount):
    """The stand-in, with the clock of the simulated days."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.began = plan, time.time()
        super().__init__()

    @property
    def clock(self) -> float:
        """By how many seconds its clock is ahead of this machine's."""
        return self.now() - time.time()

    @clock.setter
    def clock(self, seconds: float) -> None:
        pass

    def now(self) -> float:
        """The Unix time of the simulated days."""
        return FIRST.timestamp() + (time.time() - self.began) * self.plan.speed


class House(HouseProcess):
    """The house, with a faster clock."""

    def __init__(self, home: Path, account: Account, toml: str) -> None:
        super().__init__(home, account, f"slots = {SLOTS}\nhistory_wait = 0\n{toml}")
        self.simulated = account

    def start(self) -> None:
        """Start it at the time that it is now."""
        account = self.simulated
        self.env = {
            "LD_PRELOAD": str(account.plan.clock), "CLOCK_REAL": repr(account.began), "CLOCK_SHOWN": repr(FIRST.timestamp()),
            "CLOCK_SPEED": repr(account.plan.speed),
        }  # fmt: skip
        super().start()


# The people: this script, started with their schedule on standard input.


def people() -> None:
    """Send the lines of a schedule, each at its time, and print what became of each."""
    given = json.loads(sys.stdin.readline())
    asyncio.run(_all_lines(given))


async def _all_lines(given: Mapping[str, Any]) -> None:
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=200), trust_env=False) as client:
        await asyncio.gather(*(_line(client, given, *entry) for entry in given["lines"]))


async def _line(client: httpx.AsyncClient, given: Mapping[str, Any], number: int, at: float, key: str, seed: int, seconds: float) -> None:
    await asyncio.sleep(max(0.0, at - time.time()))
    sound = line(seed, seconds)
    while time.time() < given["until"]:
        try:
            answer = await client.post(
                f"{given['url']}/v1/speech-to-speech/{VOICE}", params={"output_format": "pcm_16000"},
                headers={"xi-api-key": key}, files={"audio": sound},
            )  # fmt: skip
        except httpx.HTTPError:
            await asyncio.sleep(0.3)
            continue
        if answer.status_code == 402:
            print(json.dumps([number, 402, ""]), flush=True)
            await asyncio.sleep(AGAIN)
        elif answer.status_code in (429, 503):
            await asyncio.sleep(min(5.0, float(answer.headers.get("retry-after", 1))))
        else:
            print(json.dumps([number, answer.status_code, answer.headers.get("takevoice-answer", "")]), flush=True)
            return


class Crowd:
    """A process of people, which can be killed; it goes on with what has no answer."""

    def __init__(self, url: str, lines: Sequence[Sequence[Any]], until: float) -> None:
        self.url, self.until, self.left = url, until, {entry[0]: entry for entry in lines}
        self.answers, self.refused = Counter[str](), set[int]()
        self.start()

    def start(self) -> None:
        """Start it."""
        self.process = subprocess.Popen([sys.executable, __file__, "people"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"url": self.url, "until": self.until, "lines": list(self.left.values())}) + "\n")
        self.process.stdin.close()
        self.reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self.reader.start()

    def _read(self, output: Any) -> None:
        with output:
            for text in output:
                try:
                    number, status, how = json.loads(text)
                except ValueError:
                    continue  # killed while it wrote
                if status == 402:
                    self.refused.add(number)
                else:
                    self.answers[how if status == 200 else str(status)] += 1
                    self.left.pop(number, None)

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def wait(self) -> None:
        """Wait until all of its lines have an answer or are refused at the end of the time."""
        self.process.wait()
        self.reader.join()


@dataclass
class Result:
    """What was billed, and what the house says of it."""

    took: float
    caps: Mapping[tuple[str, str], float]
    account: Account
    charges: Sequence[Any]
    audio: Mapping[str, tuple[str, str]]  # person and project, by the hash that the account has of the audio
    answers: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    unfinished: int = 0

    @property
    def days(self) -> list[str]:
        """The days that the house has charges for."""
        return sorted({row["day"] for row in self.charges})

    def ledger(self, day: str, kind: str, name: str) -> float:
        """The credits that the house counts."""
        column = {"house": None, "project": "project", "person": "person"}[kind]
        return sum(row["credits"] for row in self.charges if row["day"] == day and (column is None or row[column] == name))

    def billed(self, kind: str, name: str) -> int:
        """The credits that the account has billed in all days; a person's are those of lines that only they have."""

        def counts(audio: str) -> bool:
            person, project = self.audio[audio]
            return kind == "house" or (project if kind == "project" else person) == name

        return sum(each.credits for each in self.account.history if counts(each.audio))

    def excess(self) -> dict[tuple[str, str, str], float]:
        """What the ledger has above the caps, by day, kind and name."""
        found = {(day, *cap): self.ledger(day, *cap) - most for day in self.days for cap, most in self.caps.items()}
        return {what: over for what, over in found.items() if over > 1e-6}


class Days:
    """One run."""

    def __init__(self, plan: Plan, home: Path) -> None:
        self.plan, self.chance = plan, random.Random(plan.seed)
        self.home, self.audio = home, dict[str, tuple[str, str]]()
        names = [f"editor{number}" for number in range(plan.people)]
        self.names = {name: PROJECTS[number % 3] for number, name in enumerate(names)}
        demand = plan.people * plan.lines * 1.1 * 1000 / 60  # credits that the lines of a day cost, about
        self.caps = {("house", ""): math.floor(demand * 0.33), ("project", "dune"): math.floor(demand / 3 * 0.3)}
        self.caps |= {("project", "arrakis"): math.floor(demand / 3 * 0.35)}
        self.caps |= {("person", name): math.floor(demand / plan.people * 0.4) for name in names}

    def run(self) -> Result:
        """Run it."""
        with self._account() as account:
            caps = {kind: {name: cap for (of, name), cap in self.caps.items() if of == kind} for kind in ("house", "project", "person")}
            projects = ", ".join(f"{name} = {cap}" for name, cap in caps["project"].items())
            house = House(self.home, account, f"per_day = {caps['house']['']}\nprojects = {{ {projects} }}\n")
            try:
                keys = {name: Keys(house.database).add(name, project=project, cap=caps["person"][name]) for name, project in self.names.items()}
                house.start()
                return self._run(account, house, keys)
            finally:
                house.close()

    def _run(self, account: Account, house: House, keys: Mapping[str, str]) -> Result:
        began = time.time()  # some time of the first day: the house has started
        until = began + self.plan.length
        schedule = self._schedule(keys, began)
        crowds = [Crowd(house.url, schedule[number::CROWDS], until - 1) for number in range(CROWDS)]
        kills = self._disturb(account, house, crowds, began)
        for crowd in crowds:
            crowd.wait()
        self._settle(house)
        result = Result(time.time() - began, self.caps, account, self._charges(house), self.audio, kills=kills)
        result.unfinished = len(self._open(house))
        for crowd in crowds:
            result.answers += crowd.answers
            result.refused += len(crowd.left.keys() & crowd.refused)
        return result

    @contextmanager
    def _account(self) -> Iterator[Account]:
        account = Account(self.plan)
        account.slots, account.seconds = SLOTS, (0.02, 0.15)
        thread = threading.Thread(target=lambda: account.serve_forever(0.05), daemon=True)
        thread.start()
        try:
            yield account
        finally:
            account.shutdown()
            account.server_close()
            thread.join()

    def _schedule(self, keys: Mapping[str, str], began: float) -> list[tuple[int, float, str, int, float]]:
        """Lines with their number, time, key, sound and length; a quarter of them in the same second of a day, a fifth twice."""
        found = []
        rush = {day: self.plan.length * (day + self.chance.uniform(0.2, 0.7)) / DAYS for day in range(DAYS)}
        for person, project in self.names.items():
            for day in range(DAYS):
                for each in range(self.plan.lines):
                    shared = self.chance.random() < 0.15
                    name = f"{project} {day} {each}" if shared else f"{person} {day} {each}"
                    seed = int(sha256(name.encode()).hexdigest()[:12], 16)
                    seconds = 0.4 + seed % 15 * 0.1
                    self.audio[sha256(line(seed, seconds)).hexdigest()[:12]] = ("" if shared else person), project
                    usual = self.plan.length * (day + self.chance.random()) / DAYS
                    for _ in range(2 if self.chance.random() < 0.2 else 1):
                        at = rush[day] if self.chance.random() < 0.25 else usual
                        found.append((len(found), began + at * 0.93, keys[person], seed, seconds))
        return found

    def _disturb(self, account: Account, house: House, crowds: Sequence[Crowd], began: float) -> Counter[str]:
        """Kill, lose answers and raise the price, until the time is over; return the kills."""
        kills, left = Counter[str](), self.plan.kills
        moments = sorted(self.chance.uniform(0.05, 0.9) * self.plan.length for _ in range(left))
        while (now := time.time() - began) < self.plan.length:
            time.sleep(0.2)
            if self.plan.dearer > 1 and now > self.plan.length / DAYS * 0.3:
                account.price = 1000 * self.plan.dearer
            if self.chance.random() < 0.05:
                with account.changing:
                    account.cut = 1
            if moments and now > moments[0]:
                moments.pop(0)
                if self.chance.random() < 0.7:
                    kills["house"] += 1
                    house.kill()
                    house.start()
                else:
                    kills["people"] += 1
                    crowd = self.chance.choice(crowds)
                    crowd.kill()
                    crowd.start()
        return kills

    def _settle(self, house: House, patience: float = 90.0) -> None:
        """Wait until nothing is under way any more."""
        deadline = time.time() + patience
        while self._open(house) and time.time() < deadline:
            time.sleep(0.2)

    def _open(self, house: House) -> Sequence[Any]:
        return house.database.rows("SELECT content, state FROM requests WHERE state NOT IN ('done', 'refused')")

    def _charges(self, house: House) -> Sequence[Any]:
        sql = "SELECT day, project, credits, billed, (SELECT name FROM keys WHERE id = charges.key) AS person FROM charges"
        return [dict(row) for row in house.database.rows(sql)]


def check(result: Result) -> None:
    """Raise AssertionError if a cap was exceeded, or the ledger does not have what the account has billed."""
    days = len(result.days)
    assert result.unfinished == 0, f"{result.unfinished} requests have no end"
    billed = sum(each.credits for each in result.account.history)
    counted = sum(row["credits"] for row in result.charges)
    assert counted == billed, f"the account has billed {billed}, the house counts {counted}"
    assert not result.account.billed_twice
    assert not result.excess(), f"above the caps: {result.excess()}"
    for (kind, name), cap in result.caps.items():
        spent = result.billed(kind, name)
        assert spent <= days * cap, f"{kind} {name}: the account has billed {spent} in {days} days of {cap}"


def report(plan: Plan, result: Result) -> None:
    """Print what was reached."""
    history = result.account.history
    print(
        f"{plan.people} people, {len(result.audio)} different lines, {result.took:.0f} s, {len(result.days)} dates; kills: {dict(result.kills)}; "
        f"answers: {dict(result.answers)}; refused by a cap in the end: {result.refused}; billed: {len(history)} conversions, "
        f"{sum(each.credits for each in history):,} credits, none twice: {not result.account.billed_twice}; "
        f"the house counts {sum(row['credits'] for row in result.charges):,.0f}"
    )
    for day in result.days:
        shares = []
        for kind in ("house", "project", "person"):
            of = [result.ledger(day, kind, name) / cap for (each, name), cap in result.caps.items() if each == kind]
            shares.append(f"{kind} {min(of):.1%} to {max(of):.1%}" if len(of) > 1 else f"{kind} {of[0]:.1%}")
        print(f"  {day}: of the caps: {', '.join(shares)}")
    for (day, kind, name), over in sorted(result.excess().items()):
        print(f"  {day}: above the cap of {kind} {name}: {over:.0f} credits, {over / result.caps[kind, name]:.1%}")


def main(words: Sequence[str]) -> None:
    """Run both, and print."""
    kinds = (float, int, int, int)
    given = dict(zip(("speed", "people", "lines", "kills"), (kind(word) for kind, word in zip(kinds, words, strict=False)), strict=False))
    for dearer in (1.0, 1.5):
        with tempfile.TemporaryDirectory(prefix="house-day-", ignore_cleanup_errors=True) as home:
            clock = fast_clock(Path(home))
            if clock is None:
                sys.exit("the fast clock needs Linux and a C compiler")
            plan = Plan(**given, dearer=dearer, clock=clock)  # type: ignore[arg-type]
            result = Days(plan, Path(home)).run()
            print(f"{plan.speed:g} times as fast; the price {'is as documented' if dearer == 1 else f'rises by {dearer - 1:.0%} on the first day'}:")
            report(plan, result)
            check(result)


if __name__ == "__main__":
    people() if sys.argv[1:] == ["people"] else main([word for word in sys.argv[1:] if re.fullmatch(r"[\d.]+", word)])
