"""Jobs as lists for those who look at them from outside: in parts, and all states at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from takevoice.jobs import Job, State
from takevoice.ledger.reader import Reader
from takevoice.ledger.rows import job_from_row

_STATES = {state.value: state for state in State}


class JobLists:
    """Reads the table of jobs."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def older(self, states: Iterable[State], before: int, limit: int) -> Sequence[Job]:
        """Return jobs in these states whose numbers are below `before` (0: all), newest first, at most `limit`."""
        wanted = [state.value for state in states]
        where = f"state IN ({','.join('?' * len(wanted))}) AND (? = 0 OR id < ?)"
        sql = f"SELECT * FROM jobs WHERE {where} ORDER BY id DESC LIMIT ?"
        return [job_from_row(row) for row in self._reader.rows(sql, [*wanted, before, before, limit])]

    def states(self) -> dict[int, State]:
        """Return the state of every job, by its number."""
        return {number: _STATES[state] for number, state in self._reader.tuples("SELECT id, state FROM jobs")}
