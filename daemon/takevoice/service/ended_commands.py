"""The jobs that `takevoice convert` left behind when it was stopped or killed: the daemon continues with them."""

from __future__ import annotations

import time
from collections.abc import Callable

from takevoice.errors import TakevoiceError
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.decisions import DAEMON
from takevoice.pipeline.planning import Planner
from takevoice.system import place

GRACE = 30.0  # seconds in which a person can cancel what costs something after a Ctrl-C
WAITING = (State.FOUND, State.QUEUED)


class EndedCommands:
    """Takes over the jobs of commands that have ended: all of them at the start, later those that wait to be begun."""

    def __init__(
        self,
        ledger: Ledger,
        state: StateDir,
        planner: Planner,
        is_alive: Callable[[str], bool],
        on_taken: Callable[[], None],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`is_alive` returns True while a process works on an owner's jobs; `on_taken` is called when there are more jobs."""
        self._ledger, self._state, self._planner = ledger, state, planner
        self._is_alive, self._on_taken, self._now = is_alive, on_taken, now
        self._ended: dict[str, float] = {}  # when the end of each owner was seen

    def take_over_all(self) -> None:
        """Take over all jobs, also those that were being worked on: before anything else is begun. Raises LedgerError."""
        for owner in self._without_process():
            self._ledger.jobs.take_over(owner, DAEMON)
            place.remove(self._state.owner_lock(owner))

    def look(self) -> None:
        """Take over the jobs that wait; those of a command that may cost something `GRACE` seconds after its end.

        The other ones are recovered by `Session.recover_orphans`. Raises LedgerError.
        """
        ended, taken = self._without_process(), False
        self._ended = {owner: self._ended.get(owner, self._now()) for owner in ended}
        for owner, since in self._ended.items():
            if self._now() - since >= GRACE or not self._may_cost(owner):
                self._ledger.jobs.take_over(owner, DAEMON, WAITING)
                taken = True
        if taken:
            self._on_taken()

    def _without_process(self) -> list[str]:
        return [owner for owner in sorted(self._ledger.jobs.owners() - {DAEMON}) if not self._is_alive(owner)]

    def _may_cost(self, owner: str) -> bool:
        names = {job.backend for job in self._ledger.jobs.select(WAITING, owner=owner)}
        return any(self._is_paid(name) for name in names)

    def _is_paid(self, name: str) -> bool:
        """Return True for a paid backend, or one that is not known; without a name, for the one that would convert now."""
        try:
            backend = self._planner.backend_named(name) if name else self._planner.backend()
        except TakevoiceError:
            return True
        return backend is None or backend.paid
