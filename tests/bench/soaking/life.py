"""An hour in the life of two workstations, at random: what people, programs, networks and accidents do to them."""

from __future__ import annotations

import collections
import contextlib
import heapq
import itertools
import random
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

from account import TOO_MANY

from .account import SoakAccount
from .machines import Machine
from .nas import Nas
from .people import People
from .takes import Folder, SlowWriter, Take, Takes

EVERY = {
    "burst": 24.0,
    "slow_take": 15.0,
    "rename_young": 5.0,
    "rename_busy": 6.0,
    "rename_old": 12.0,
    "move": 9.0,
    "delete": 15.0,
    "edit_config": 70.0,
    "break_config": 130.0,
    "suspend": 25.0,
    "kill": 45.0,
    "restart": 110.0,
    "request": 12.0,
    "convert": 16.0,
    "decide": 45.0,
    "share_hangs": 80.0,
    "share_leaves": 120.0,
    "account_refuses": 150.0,
}
"""Seconds between two of each, on average."""
OVER = ("done", "failed", "cancelled", "held")


class Life:
    """Lets things happen, and counts them in `counts`."""

    def __init__(
        self,
        machines: Sequence[Machine],
        folders: Sequence[Folder],
        nas: Nas,
        account: SoakAccount,
        seed: int,
        pace: float,
    ) -> None:
        """The last folder is on the share; the first machine alone watches the first folder. `pace`: how much more often than in
        `EVERY` things happen."""
        self.machines, self.folders, self.nas, self.account = machines, folders, nas, account
        self.chance, self.takes = random.Random(seed), Takes()
        self.counts: collections.Counter[str] = collections.Counter()
        self.people = People(self.takes, self.chance, self.counts)
        self.steady: Machine | None = None  # is not ended for a while
        self._later: list[tuple[float, int, Callable[[], Any]]] = []
        self._numbers = itertools.count()
        self._every = {name: every / pace for name, every in EVERY.items()}
        self._next = dict.fromkeys(EVERY, 0.0)
        self._measured = 0.0

    def begin(self) -> None:
        """Draw when each thing happens first."""
        now = time.monotonic()
        self._next = {name: now + self.chance.expovariate(1 / every) for name, every in self._every.items()}

    def tick(self, *, quiet: bool = False) -> None:
        """Let happen what is due; `quiet`: begin nothing new."""
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            heapq.heappop(self._later)[2]()
        for machine in self.machines:
            machine.tick()
            if now - self._measured > 5:
                machine.measure()
        self._measured = now if now - self._measured > 5 else self._measured
        for name, at in self._next.items():
            if at <= now and not quiet:
                self._next[name] = now + self.chance.expovariate(1 / self._every[name])
                if getattr(self, name)() is not False:
                    self.counts[name] += 1

    def calm(self) -> None:
        """Bring everything back: the share, the daemons, a good config, an account without faults."""
        while self._later:
            heapq.heappop(self._later)[2]()
        self.nas.come()
        self.account.refusal = None
        self.account.faults = {}
        for machine in self.machines:
            machine.resume()
            machine.set_voice(machine.voice)
            machine.start()

    # What programs do.

    def burst(self) -> None:
        """Render up to 40 takes."""
        folder, renamed = self._folder(), self.chance.random() < 0.5
        many = self.chance.random() < 0.4
        for number in range(self.chance.randint(6, 40) if many else self.chance.randint(1, 6)):
            self._in(0.03 * number, lambda: self.takes.render(folder, renamed=renamed))

    def slow_take(self) -> None:
        """Render one take slowly."""
        writer = SlowWriter(self.takes, self._folder(), self.chance.random() < 0.5, self.chance.randint(3, 12))

        def step() -> None:
            if writer.step():
                self._in(self.chance.uniform(0.1, 1.5), step)

        step()

    # What people do.

    def rename_young(self) -> bool:
        """Rename a take that has hardly arrived."""
        return self._move(self._take(0, 1.0), other_folder=False)

    def rename_busy(self) -> bool:
        """Rename a take that is probably being converted."""
        return self._move(self._take(1.0, 6.0), other_folder=False)

    def rename_old(self) -> bool:
        """Rename a take that is probably done."""
        return self._move(self._take(20.0, 1e6), other_folder=False)

    def move(self) -> bool:
        """Move a take to another folder: mostly a young one."""
        return self._move(self._take(*self.chance.choice([(0, 1.0), (1.0, 6.0), (1.0, 6.0), (20.0, 1e6)])), other_folder=True)

    def delete(self) -> bool:
        """Delete a take."""
        take = self._take(*self.chance.choice([(0, 1.0), (1.0, 6.0), (20.0, 1e6)]))
        if take is not None:
            self.takes.delete(take)
        return take is not None

    def edit_config(self) -> None:
        """Choose the other voice: on one machine, or on both."""
        voice = "bea" if self.machines[0].voice == "ada" else "ada"
        for machine in self.machines if self.chance.random() < 0.7 else [self.chance.choice(self.machines)]:
            self._in(self.chance.uniform(0, 2), lambda machine=machine: machine.set_voice(voice))  # type: ignore[misc]

    def break_config(self) -> None:
        """Save a config that is wrong, and mend it."""
        machine = self.chance.choice(self.machines)
        machine.break_config(self.chance.randrange(100))
        self._in(self.chance.uniform(1, 6), lambda: machine.set_voice(machine.voice))

    def request(self) -> bool:
        """Request a take over OSC that a folder has too."""
        return self._with_wanted(self.people.request)

    def convert(self) -> bool:
        """Convert a take with a command."""
        return self._with_wanted(self.people.convert)

    def decide(self) -> bool:
        """Release or drop what is held at one machine."""
        machine = self.chance.choice(self.machines)
        if not machine.suspended:
            self.people.decide(machine, all_released=False)
        return not machine.suspended

    # What happens to them.

    def suspend(self) -> bool:
        """SIGSTOP for 1 to 15 seconds."""
        machine = self.chance.choice(self.machines)
        if machine.suspended or not machine.wanted:
            return False
        machine.suspend()
        self._in(self.chance.uniform(1, 15), machine.resume)
        return True

    def kill(self) -> bool:
        """SIGKILL, and a start soon after."""
        return self._end(signal.SIGKILL, self.chance.choice([0.0, 1.0, 10.0]))

    def restart(self) -> bool:
        """A clean stop, and a start soon after."""
        return self._end(signal.SIGTERM, self.chance.choice([0.0, 5.0]))

    def share_hangs(self) -> bool:
        """Let the share hang for a while."""
        return self._share(self.nas.hang, self.chance.uniform(2, 25))

    def share_leaves(self) -> bool:
        """Unmount the share for a while, or let its server go."""
        killed = self.chance.random() < 0.4
        return self._share(lambda: self.nas.leave(killed=killed), self.chance.uniform(1, 25))

    def account_refuses(self) -> None:
        """Let the account refuse everything for a while."""
        self.account.refusal = TOO_MANY
        self._in(self.chance.uniform(2, 10), lambda: setattr(self.account, "refusal", None))

    # Parts of these.

    def _in(self, seconds: float, do: Callable[[], Any]) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._numbers), do))

    def _folder(self) -> Folder:
        folder = self.chance.choice(self.folders)
        return folder if self.chance.random() < 0.6 else folder / f"scene{self.chance.randint(1, 2)}"

    def _take(self, youngest: float, oldest: float) -> Take | None:
        """A take that has had its name for about so long (seconds)."""
        now = time.time()
        fitting = [take for take in self.takes.alive() if youngest <= now - take.place.since <= oldest]
        return self.chance.choice(fitting) if fitting else None

    def _move(self, take: Take | None, *, other_folder: bool) -> bool:
        if take is None:
            return False
        here = take.place.folder
        others = [each for each in self.folders if each.real not in (here.real, *here.real.parents)]
        self.takes.move(take, self.chance.choice(others) if other_folder else here)
        return True

    def _with_wanted(self, do: Callable[[Machine, Take], None]) -> bool:
        machine = self.chance.choice(self.machines)
        take = self._take(0, self.chance.choice([1.0, 5.0, 300.0]))
        if take is None or take.writing:  # no one wants half a take
            return False
        do(self.machines[0] if self.folders[0].real in take.path.parents else machine, take)
        return True

    def _end(self, number: int, pause: float) -> bool:
        machine = self.chance.choice(self.machines)
        if machine is self.steady or machine.suspended or not machine.wanted:
            return False
        machine.end(number)
        self._in(pause, machine.start)
        return True

    def _share(self, goes: Callable[[], None], seconds: float) -> bool:
        if self.nas.away:
            return False
        goes()
        self._in(seconds, self.nas.come)
        return True


def is_idle(machine: Machine) -> bool:
    """Whether all its jobs are over, or held, and no command is running."""
    with contextlib.suppress(AssertionError):
        return not machine.asked and all(job["state"] in OVER for job in machine.jobs())
    return False
