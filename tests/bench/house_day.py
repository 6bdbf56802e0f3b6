"""A house's days at the limit of its caps, simulated: is any cap ever exceeded?

    python tests/bench/house_day.py [people] [lines of each] [seed]

The ledger, the caps and what becomes of requests are the house's own code; the clock, the people and the account are
simulated. There are two days, with work at midnight, too. All lines together would cost more than twice what the caps allow. Answers are lost, after they were billed or before; the service is busy, and refuses takes; the house is killed;
requests are held, and released or dropped by the owner; keys are revoked, and their people get new ones.
"""

from __future__ import annotations

import datetime
import hashlib
import heapq
import json
import math
import random
import sys
import tempfile
from collections import Counter, deque
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from takevoice_plugins.house.caps import RISE, CapExceeded, CapReached, Caps
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import Keys
from takevoice_plugins.house.price import PER_MINUTE, Price
from takevoice_plugins.house.requests import KEPT, MADE, UNFINISHED, Requests
from takevoice_plugins.house.rows import DOUBT, HELD, PAID, QUEUED, SENT, Row, Wanted

HOUR, DAYS = 3600.0, 2
MIDNIGHT = 24 * HOUR
FIRST = datetime.date(2026, 3, 2)
SLOTS = 15
SHARED = 0.2  # of the lines: others have them too
PROJECTS = ("dune", "arrakis", "")
KILLS = 48
UNLOGGED = "unlogged"  # the voice of requests without a trace in the history


@dataclass
class Bill:
    """What the account billed, by what the caps count; `released`: besides, as the owner sent it again."""

    by: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # day, kind, name
    released: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)


class Day:
    """The simulation."""

    def __init__(self, folder: Path, people: int, lines: int, seed: int, dearer: float = 1.0) -> None:
        self.dearer = dearer  # by how much the price rises in the morning of the first day
        self.chance, self.number, self.now = random.Random(seed), count(), 0.0
        self.people, self.lines, self.bill = people, lines, Bill()
        demand = people * lines * 5.0 * PER_MINUTE / 60 / DAYS  # credits that all lines of a day cost, about
        self.person_cap = math.floor(demand / people * 0.4)
        projects = {"dune": math.floor(demand / 3 * 0.3), "arrakis": math.floor(demand / 3 * 0.35)}
        self.caps = Caps(math.floor(demand * 0.33), projects, self.day)
        self.database = Database(folder / "house.sqlite3")
        self.database._connection.execute("PRAGMA synchronous = OFF")  # nothing is cut off here, and it is a hundred times as fast
        self.requests, self.keys, self.price = Requests(self.database, self.caps), Keys(self.database), Price()
        self.secrets = {name: self._new_key(name) for name in self._names()}
        self.waiting, self.at_cap = deque[Row](), list[Row]()
        self.under_way: dict[str, float] = {}
        self.accepted: dict[str, tuple[str, str, str]] = {}  # content: day, person, project
        self.again = set[str]()  # released by the owner
        self.answers = dict[str, int]()
        self.events: list[tuple[float, int, str, str]] = []

    def day(self) -> str:
        """The simulated date."""
        return (FIRST + datetime.timedelta(days=int(self.now // MIDNIGHT))).isoformat()

    def _names(self) -> list[str]:
        return [f"editor{number}" for number in range(self.people)]

    def _new_key(self, name: str) -> str:
        return self.keys.add(name, project=PROJECTS[int(name[6:]) % 3], cap=self.person_cap)

    def _at(self, when: float, what: str, which: str = "") -> None:
        heapq.heappush(self.events, (when, next(self.number), what, which))

    def run(self) -> Bill:
        """Simulate all hours."""
        for name in self.secrets:
            for _ in range(self.lines):
                self._at(self.chance.uniform(0, DAYS * MIDNIGHT), "line", name)
            for _ in range(DAYS):
                self._at(self.chance.uniform(0, DAYS * MIDNIGHT), "revoke", name)
        for _ in range(KILLS):
            self._at(self.chance.uniform(0, DAYS * MIDNIGHT), "kill")
        for half in range(DAYS * 48 + 2):
            self._at(half * HOUR / 2, "owner")
        while self.events:
            self.now, _, what, which = heapq.heappop(self.events)
            getattr(self, f"_on_{what}")(which)
            while self.waiting and len(self.under_way) < SLOTS:
                self._send(self.waiting.popleft())
        return self.bill

    def _on_line(self, name: str) -> None:
        key = self.keys.find(self.secrets[name])
        assert key is not None
        line = self.chance.randrange(self.lines) if self.chance.random() < SHARED else f"{name} {next(self.number)}"
        content = hashlib.sha256(f"{line} {key.project}".encode()).hexdigest()
        seconds = random.Random(content).uniform(0.3, 10)
        voice = UNLOGGED if self.chance.random() < 0.3 else "logged"
        wanted = Wanted(
            content, PAID, json.dumps({"voice_id": voice}), False, False, seconds, self.price.of(seconds), 48_000, 1, key.project, ""
        )  # fmt: skip
        try:
            claim = self.requests.claim(wanted, key, self.answers.get)
        except CapExceeded:
            self.bill.events["refused by a cap"] += 1
            return
        self.bill.events[claim.how] += 1
        if claim.how == MADE:
            self.accepted[content] = self.day(), name, key.project
            self.waiting.append(claim.row)
        elif claim.how == KEPT:
            self.requests.used(claim.row, key, key.project, claim.how)

    def _send(self, queued: Row) -> None:
        try:
            row = self.requests.sending(queued.content, self.price.of(queued.seconds))
        except CapReached:
            self.at_cap.append(queued)
            return
        except CapExceeded:
            self.bill.events["refused by a cap before it was sent"] += 1
            self.requests.refuse(queued.content, 402, "over_cap", "no")
            return
        if row is not None:
            self.under_way[row.content] = self.now
            self._at(self.now + 0.3 + 0.2 * row.seconds, "end", row.content)

    def _on_end(self, content: str) -> None:
        self.waiting.extend(self.at_cap)
        self.at_cap.clear()
        if self.under_way.pop(content, None) is None:
            return  # the house was killed meanwhile
        row = self.requests.get(content)
        assert row is not None
        luck = self.chance.random()
        if luck < 0.1:
            self._lost(row, billed=luck < 0.06)
        elif luck < 0.12:
            self.bill.events["busy"] += 1
            self._queue(self.requests.queue_again(content, SENT))
        elif luck < 0.13:
            self.bill.events["refused by the service"] += 1
            self.requests.refuse(content, 400, "invalid_audio", "no")
        else:
            self._finish(row, self._charge(row))

    def _charge(self, row: Row) -> int:
        """The account bills a conversion."""
        rise = self.dearer if self.now > MIDNIGHT / 3 else 1.0
        cost = math.ceil(row.seconds * PER_MINUTE * rise / 60)
        day, person, project = self.accepted[row.content]
        bills = self.bill.released if row.content in self.again else self.bill.by
        for kind, name in (("house", ""), ("person", person), ("project", project)):
            bills[day, kind, name] += cost
        return cost

    def _finish(self, row: Row, cost: int) -> None:
        self.answers[row.content] = 1
        self.price.learn(row.seconds, cost)
        self.requests.finish(row.content, f"u{next(self.number)}", cost, 1)

    def _lost(self, row: Row, *, billed: bool) -> None:
        """The answer was lost: the history has it, or it is sent again; without logging, it is held."""
        cost = self._charge(row) if billed else 0
        self.requests.doubt(row.content, "lost")
        if row.request["voice_id"] == UNLOGGED:
            self.bill.events["held"] += 1
            self.requests.hold(row.content, "no trace")
        elif billed:
            self.bill.events["found in the history"] += 1
            self._finish(row, cost)
        else:
            self.bill.events["sent again"] += 1
            self._queue(self.requests.queue_again(row.content, SENT, DOUBT, lost=True))

    def _queue(self, row: Row | None) -> None:
        if row is not None:
            self.waiting.append(row)

    def _on_kill(self, _: str) -> None:
        """All that was under way is billed or not, and the next server takes up what the ledger has."""
        self.bill.events["kill"] += 1
        self.waiting.clear()
        self.at_cap.clear()
        sent, self.under_way = set(self.under_way), {}
        self.requests = Requests(self.database, self.caps)
        self.price = Price(self.requests.billed_lately(20))
        for row in self.requests.in_states(UNFINISHED):
            if row.state == QUEUED:
                self.waiting.append(row)
            else:
                assert row.content in sent
                self._lost(row, billed=self.chance.random() < 0.5)

    def _on_revoke(self, name: str) -> None:
        self.keys.revoke(name)
        self.secrets[name] = self._new_key(name)

    def _on_owner(self, _: str) -> None:
        for row in self.requests.in_states((HELD,)):
            if self.chance.random() < 0.5:
                self.bill.events["dropped"] += 1
                self.requests.drop(row.content, "no")
            else:
                self.bill.events["released"] += 1
                self.again.add(row.content)
                self._queue(self.requests.release(row.content))

    def limits(self) -> dict[tuple[str, str], float]:
        """The caps, by kind and name."""
        assert self.caps.house is not None
        persons = {("person", name): float(self.person_cap) for name in self.secrets}
        return {("house", ""): self.caps.house, **{("project", name): cap for name, cap in self.caps.projects.items()}, **persons}


def simulate(folder: Path, people: int, lines: int, seed: int, dearer: float = 1.0) -> Day:
    """Simulate and check: no cap was exceeded, and the ledger counts everything that was billed."""
    day = Day(folder, people, lines, seed, dearer)
    with closing(day.database):
        bill, limits = day.run(), day.limits()
        for (date, kind, name), billed in bill.by.items():
            cap = limits.get((kind, name))
            assert cap is None or billed <= cap, f"{kind} {name}: {billed} of {cap} on {date}"
        [row] = day.database.rows("SELECT SUM(credits) AS credits FROM charges")
        billed = sum(cost for (_, kind, _), cost in (bill.by + bill.released).items() if kind == "house")
        assert billed <= row["credits"] + 1e-6, "the ledger has less than was billed"
        assert not day.waiting
        assert not day.requests.in_states(UNFINISHED)
    return day


def main(people: int = 50, lines: int = 1000, seed: int = 1) -> None:
    """Simulate and print."""
    for dearer in (1.0, 1.0 + RISE):
        print(f"the price {'is as documented' if dearer == 1 else f'rises by {RISE:.0%} on the first day'}:")
        with tempfile.TemporaryDirectory() as folder:
            _report(simulate(Path(folder), people, lines, seed, dearer), people, lines)


def _report(day: Day, people: int, lines: int) -> None:
    print(f"{people} people with {lines} lines each; {', '.join(f'{what}: {n}' for what, n in sorted(day.bill.events.items()))}")
    limits, dates = day.limits(), sorted({date for date, *_ in day.bill.by})
    for date in dates:
        for kind in ("house", "project", "person"):
            shares = [day.bill.by[date, kind, name] / cap for (of, name), cap in limits.items() if of == kind]
            print(f"  {date}: {kind}: {min(shares):.1%} to {max(shares):.1%} of the cap billed")
    print(f"  and {sum(n for (_, kind, _), n in day.bill.released.items() if kind == 'house'):,} credits that the owner released")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
