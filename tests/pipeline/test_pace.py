"""The pace at an account: simulated programs that share one and cannot talk to each other, in virtual time."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Sequence

import pytest

from takevoice.pipeline.pace import FIRST, LONGEST, LONGEST_ASKED, Pace

PREPARING = (0.03, 0.12)  # seconds before a request is sent
REFUSING = 0.05  # seconds until a refusal is there
SEEDS = range(5)


class Program:
    """One that converts its takes, four at once at most, as its pace allows."""

    def __init__(self, world: World, takes: int, starts: float) -> None:
        self.world, self.left, self.busy = world, takes, 0
        self.pace = Pace(world.random.random)
        self.served: list[float] = []  # when
        self.refused = 0
        world.at(starts, self.look)

    def look(self) -> None:
        if not self.left or self.busy == 4:
            return
        delay = self.pace.delay(self.world.now)
        if delay == 0:
            self.left, self.busy = self.left - 1, self.busy + 1
            self.pace.begin()
            self.world.at(self.world.random.uniform(*PREPARING), self.send)
            self.look()
        elif delay < math.inf:
            self.world.at(delay + 1e-6, self.look)

    def send(self) -> None:
        began = self.world.now
        if self.world.admit():
            seconds = self.world.random.uniform(*self.world.seconds)
            self.world.at(seconds, lambda: self.accept(began))
        else:
            self.world.at(REFUSING, lambda: self.refuse(began))

    def accept(self, began: float) -> None:
        self.world.under_way -= 1
        self.busy -= 1
        self.served.append(self.world.now)
        if self.world.says_slots:
            self.pace.allow_at_most(self.world.slots)
        self.pace.accept(began, self.world.now)
        self.look()

    def refuse(self, began: float) -> None:
        self.busy, self.left, self.refused = self.busy - 1, self.left + 1, self.refused + 1
        self.pace.refuse(began, self.world.now)
        self.look()


class World:
    """An account and the programs that use it."""

    def __init__(
        self,
        slots: int,
        takes: Sequence[int],
        *,
        seed: int,
        seconds: tuple[float, float] = (2.0, 4.0),
        says_slots: bool = True,
        closed_until: float = 0.0,
        starts: Sequence[float] = (),
    ) -> None:
        self.slots, self.seconds, self.says_slots = slots, seconds, says_slots
        self.closed_until, self.now, self.under_way = closed_until, 0.0, 0
        self.random = random.Random(seed)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        begins = starts or [self.random.uniform(0, 0.3) for _ in takes]
        self.programs = [Program(self, number, at) for number, at in zip(takes, begins, strict=True)]

    def at(self, delay: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + delay, next(self._order), what))

    def admit(self) -> bool:
        free = self.now >= self.closed_until and self.under_way < self.slots
        self.under_way += free
        return free

    def run(self) -> World:
        while self._events:
            self.now, _, what = heapq.heappop(self._events)
            what()
        assert not any(program.left or program.busy for program in self.programs)
        return self

    @property
    def refused(self) -> float:
        """The share of the requests that was refused."""
        refused = sum(program.refused for program in self.programs)
        return refused / (refused + sum(len(program.served) for program in self.programs))

    @property
    def ended(self) -> float:
        return max(program.served[-1] for program in self.programs)

    def fairness(self, since: float = 0.0) -> float:
        """Jain's index of what each got while all had takes: 1 is equal shares, 1/n is one that gets everything."""
        until = min(program.served[-1] for program in self.programs)
        got = [sum(since <= at <= until for at in program.served) for program in self.programs]
        return sum(got) ** 2 / (len(got) * sum(each * each for each in got))


def average(worlds: Sequence[World], what: Callable[[World], float]) -> float:
    return sum(map(what, worlds)) / len(worlds)


@pytest.mark.parametrize("says_slots", [True, False])
def test_three_programs_on_two_slots_are_refused_seldom(says_slots: bool) -> None:
    worlds = [
        World(2, [12] * 3, seed=seed, seconds=(0.4, 0.8), says_slots=says_slots).run() for seed in SEEDS
    ]
    assert max(world.refused for world in worlds) < 0.3
    assert average(worlds, lambda world: world.ended) < 2 * 36 * 0.6 / 2


@pytest.mark.parametrize(("slots", "programs"), [(2, 2), (2, 3), (5, 3), (5, 6)])
def test_programs_that_work_for_long_get_fair_shares_of_nearly_everything(slots: int, programs: int) -> None:
    worlds = [World(slots, [100] * programs, seed=seed).run() for seed in SEEDS]
    assert max(world.refused for world in worlds) < 0.3
    assert average(worlds, World.fairness) > 0.75
    possible = 100 * programs * 3.0 / slots
    assert average(worlds, lambda world: world.ended) < possible / 0.75


def test_one_that_comes_later_gets_its_share() -> None:
    worlds = [World(2, [100, 40], seed=seed, starts=(0.0, 30.0)).run() for seed in SEEDS]
    assert average(worlds, lambda world: world.fairness(since=30.0)) > 0.7


def test_one_alone_uses_the_whole_account_and_is_never_refused_when_it_is_told_the_limit() -> None:
    (program,) = (world := World(2, [100], seed=1).run()).programs
    assert program.refused == 0
    assert world.ended < 150 / 0.9


def test_one_alone_that_is_told_nothing_finds_most_of_the_limit() -> None:
    world = World(3, [100], seed=1, says_slots=False).run()
    assert world.refused < 0.15
    assert world.ended < 100 / 0.7


def test_when_the_others_stop_one_grows_to_the_whole_account() -> None:
    world = World(4, [20, 20, 100], seed=3).run()
    first, second, last = world.programs
    alone = max(first.served[-1], second.served[-1]) + 30
    busy = [at for at in last.served if at > alone]
    assert len(busy) / (busy[-1] - alone) > 0.8 * 4 / 3.0


def test_a_closed_account_is_asked_less_and_less_often_and_work_begins_soon_after() -> None:
    world = World(2, [6], seed=1, closed_until=3600.0).run()
    assert world.programs[0].refused < 200
    assert world.programs[0].served[0] < 3600 + LONGEST + 5
    assert world.ended < 3600 + LONGEST + 25


def test_what_the_account_asks_to_wait_is_waited_for() -> None:
    pace = Pace(lambda: 0.0)
    pace.begin()
    pace.refuse(0.0, 1.0, retry_after=20.0)
    assert pace.delay(1.0) == 20.0
    pace.begin()
    pace.accept(21.0, 22.0)
    pace.begin()
    pace.refuse(30.0, 31.0, retry_after=math.inf)
    assert pace.delay(31.0) == LONGEST_ASKED
    pace.hurry()
    assert pace.delay(31.0) == 0.0


def test_requests_that_were_refused_together_count_as_one_refusal() -> None:
    pace = Pace(lambda: 0.5)
    pace.allow_at_most(8)
    pace.start_with(8)
    for _ in range(8):
        pace.begin()
    for _ in range(4):
        pace.refuse(0.0, 1.0)
    assert pace.share == 2.0  # half of those that are being served


def test_a_limit_is_kept_from_the_first_request_on() -> None:
    pace = Pace()
    pace.allow_at_most(1)
    assert FIRST > 1
    assert pace.delay(0.0) == 0
    pace.begin()
    assert pace.delay(0.0) == math.inf
