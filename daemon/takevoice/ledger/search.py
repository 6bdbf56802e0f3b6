"""Questions about many jobs at once: lists, counts, and sums of what is to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from takevoice.jobs import ACTIVE, Job, State
from takevoice.ledger.counting import copies, wanted_channels
from takevoice.ledger.filters import JobFilter
from takevoice.ledger.reader import Reader
from takevoice.ledger.rows import job_from_row

_AT_ONCE = 500  # numbers in one query
_FEW = 2000  # jobs that are looked through one by one
_UNDER_WAY = (State.CONVERTING, State.RESTORING)


class Waiting(NamedTuple):
    """Jobs that are alike in what is sent for them; `seconds` is the sum of what is left of them.

    `copies` says how often each is converted: a take that is to get candidates once for each, one that has them not at all,
    as they are jobs themselves.
    """

    state: State
    code: str  # why they are held; empty otherwise
    backend: str
    wanted: str  # the setting `channels`, as JSON
    channels: int  # of the takes
    copies: int
    jobs: int
    seconds: float


class Worked(NamedTuple):
    """A conversion that is done: how long its audio is, and when it was begun and ended (Unix times)."""

    backend: str
    seconds: float
    began: float
    ended: float


class TrackSum(NamedTuple):
    """The jobs of a track that are in one state."""

    track: str
    state: State
    jobs: int
    seconds: float


class TrackResults(NamedTuple):
    """The newest results of the takes of a track that are by one voice."""

    track: str
    voice: str
    voice_id: str
    results: int


class Search:
    """Reads the table of jobs; nothing is written."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def jobs(self, which: JobFilter, limit: int = -1, offset: int = 0) -> Sequence[Job]:
        """Return the jobs, newest first, without the first `offset`; `limit` -1 is all of them."""
        where, values = which.where()
        sql = f"SELECT * FROM jobs WHERE {where} ORDER BY id DESC LIMIT ? OFFSET ?"
        if which.has_index:  # the + has SQLite not go through the jobs themselves
            sql = f"SELECT * FROM jobs WHERE id IN (SELECT id FROM jobs WHERE {where} ORDER BY +id DESC LIMIT ? OFFSET ?) ORDER BY id DESC"
        return [job_from_row(row) for row in self._reader.rows(sql, [*values, limit, offset])]

    def page(self, which: JobFilter, limit: int) -> tuple[Sequence[Job], dict[State, int]]:
        """Return the newest of the jobs, newest first, and how many there would be in each state if none were asked for.

        Where the counts are not kept, few jobs that match are found in one look, and many at once from the newest on.
        """
        any_state = which.in_any_state()
        if any_state.counted() is not None:
            return self.jobs(which, limit), self.counts(any_state)
        where, values = any_state.where()
        found = self._reader.tuples(f"SELECT id, state FROM jobs WHERE {where} LIMIT {_FEW + 1}", values)
        if len(found) <= _FEW:
            states = {state.value for state in which.states or State}
            newest = sorted((number for number, state in found if state in states), reverse=True)[:limit]
            return self._numbered(newest), {State(state): number for state, number in Counter(state for _, state in found).items()}
        if which.states:
            return self.jobs(which, limit), self.counts(any_state)
        rows = self._reader.rows(f"SELECT * FROM jobs NOT INDEXED WHERE {where} ORDER BY id DESC LIMIT ?", [*values, limit])
        return [job_from_row(row) for row in rows], self.counts(any_state)

    def _numbered(self, numbers: Sequence[int]) -> Sequence[Job]:
        marks = ",".join("?" * len(numbers))
        sql = f"SELECT * FROM jobs WHERE id IN ({marks}) ORDER BY id DESC"
        return [job_from_row(row) for row in self._reader.rows(sql, numbers)] if numbers else []

    def numbers(self, which: JobFilter) -> Sequence[int]:
        """Return the numbers of the jobs, oldest first."""
        where, values = which.where()
        return [row[0] for row in self._reader.tuples(f"SELECT id FROM jobs WHERE {where} ORDER BY id", values)]

    def counts(self, which: JobFilter) -> dict[State, int]:
        """Return how many of the jobs are in each state."""
        kept = which.counted()
        if kept is not None:
            rows = self._reader.tuples(f"SELECT state, SUM(jobs) FROM {kept[0]} GROUP BY state", kept[1])
        else:
            where, values = which.where()
            by = "+state" if which.has_index else "state"  # by the index of `jobs`
            rows = self._reader.tuples(f"SELECT state, COUNT(*) FROM jobs WHERE {where} GROUP BY {by}", values)
        return {State(state): number for state, number in rows}

    def takes(self) -> dict[State, int]:
        """Return how many jobs of takes are in each state: neither candidates nor auditions."""
        sql = "SELECT state, SUM(jobs) FROM job_counts WHERE kind = 'take' GROUP BY state"
        return {State(state): number for state, number in self._reader.tuples(sql)}

    def waiting(self, states: Iterable[State] = (*ACTIVE, State.HELD)) -> Sequence[Waiting]:
        """Return what is to come, in sums. Jobs of which the length is unknown count with 0 seconds."""
        alike = "state, code, backend, wanted, channels, copies"
        kept = f"""SELECT {alike}, SUM(jobs), TOTAL(CASE WHEN sample_rate > 0 THEN 1.0 * frames / sample_rate END)
                   FROM waiting_counts WHERE state IN ({{}}) GROUP BY {alike}"""
        # Those under way are few, and each of them has its progress.
        under_way = f"""SELECT state, '' AS code, backend, {wanted_channels("jobs")} AS wanted, channels, {copies("jobs")} AS copies, COUNT(*),
                        TOTAL(CASE WHEN sample_rate > 0 THEN (1.0 - progress) * frames / sample_rate END)
                        FROM jobs WHERE state IN ({{}}) GROUP BY {alike}"""
        found = []
        for sql, are_under_way in ((kept, False), (under_way, True)):
            names = [state.value for state in states if (state in _UNDER_WAY) is are_under_way]
            rows = self._reader.tuples(sql.format(",".join("?" * len(names))), names) if names else []
            found += [Waiting(State(state), code, backend, str(wanted), *sums) for state, code, backend, wanted, *sums in rows]
        return found

    def worked(self, limit: int) -> Sequence[Worked]:
        """Return the newest conversions that are done; results that were reused are none."""
        sql = """SELECT * FROM (SELECT backend, 1.0 * frames / sample_rate,
                   (SELECT MAX(at) FROM history WHERE job = jobs.id AND state = 'converting') AS began, changed
                 FROM jobs WHERE state = 'done' AND sample_rate > 0 ORDER BY id DESC LIMIT ?) WHERE began IS NOT NULL"""
        return [Worked(*row) for row in self._reader.tuples(sql, (limit,))]

    def tracks(self) -> Sequence[TrackSum]:
        """Return the jobs of all tracks that takes were met for, by name and state; auditions are none."""
        sql = """SELECT track, state, SUM(jobs), TOTAL(CASE WHEN sample_rate > 0 THEN 1.0 * frames / sample_rate END)
                 FROM track_counts WHERE track <> '' AND kind <> 'audition' GROUP BY track, state"""
        return [TrackSum(track, State(state), *sums) for track, state, *sums in self._reader.tuples(sql)]

    def last_changes(self) -> Mapping[str, float]:
        """Return when a job of each track has changed last, as Unix times; auditions are none."""
        sql = """SELECT track, (SELECT changed FROM jobs WHERE jobs.track = met.track AND origin <> 'audition' ORDER BY changed DESC LIMIT 1)
                 FROM (SELECT DISTINCT track FROM track_counts WHERE track <> '' AND kind <> 'audition') AS met"""
        return dict(self._reader.tuples(sql))

    def results(self) -> Sequence[TrackResults]:
        """Return by which voices the newest result of each take is, by track; candidates and auditions are no results."""
        sql = "SELECT track, voice, voice_id, COUNT(*) FROM newest_results GROUP BY track, voice, voice_id"
        return [TrackResults(*row) for row in self._reader.tuples(sql)]

    def spent(self, job_ids: Collection[int]) -> dict[int, float]:
        """Return the credits that were sent for each of these jobs; those without any are left out."""
        numbers, found = list(job_ids), dict[int, float]()
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first : first + _AT_ONCE]
            marks = ",".join("?" * len(some))
            sql = f"SELECT job, SUM(credits) FROM sends WHERE job IN ({marks}) AND state <> 'reserved' GROUP BY job"
            found.update(self._reader.tuples(sql, some))
        return found
