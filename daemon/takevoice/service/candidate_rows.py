"""The candidates of a take as rows for scripts, and news of what was picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.candidates import Mark, Pick

_NONE = Mark()


class CandidateRow(NamedTuple):
    """A candidate; `path` is empty until it is done, `picked` and `rejected` are 0 or 1."""

    job: int
    number: int
    path: str
    state: str
    picked: int
    stars: int
    rejected: int
    note: str
    voice: str
    seed: int


def candidate_rows(ledger: Ledger, family: int) -> Sequence[CandidateRow]:
    """Return the candidates of a take, by the number of its job, in their order."""
    jobs = sorted(ledger.candidates.of(family), key=lambda job: job.options.candidate)
    pick, marks = ledger.candidates.pick(family), ledger.candidates.marks([job.id for job in jobs])
    return [row_of(job, pick, marks.get(job.id, Mark())) for job in jobs]


def candidates_as_json(ledger: Ledger, job: Job) -> dict[str, Any]:
    """Return what the result of a take says about its candidates; nothing where it has none."""
    rows = [row._asdict() for row in candidate_rows(ledger, job.id)] if job.has_candidates else []
    return {"candidates": rows} if rows else {}


def row_of(job: Job, pick: Pick | None = None, mark: Mark = _NONE) -> CandidateRow:
    """Return a candidate as a row."""
    path = str(job.output) if job.output is not None and job.state is State.DONE else ""
    return CandidateRow(
        job.id,
        job.options.candidate,
        path,
        job.state.value,
        int(pick is not None and pick.job == job.id),
        mark.stars,
        int(mark.rejected),
        mark.note,
        job.voice,
        job.settings.seed or 0,
    )


class PickNews:
    """Notices what was picked, by whichever process."""

    def __init__(self, ledger: Ledger, on_picked: Callable[[Pick], None]) -> None:
        self._ledger, self._on_picked = ledger, on_picked
        self._seen = ledger.candidates.last_pick()

    def look(self) -> None:
        """Pass on the picks whose results have been placed since the last look. Raises LedgerError."""
        for pick in self._ledger.candidates.picks_after(self._seen):
            self._seen = pick.id
            self._on_picked(pick)
