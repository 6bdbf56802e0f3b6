"""What a person can see and decide about the candidates of takes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.ledger.candidates import Mark
from takevoice.pipeline import decisions
from takevoice.pipeline.picking import BY_ITSELF, Picking
from takevoice.service.candidate_rows import CandidateRow, candidate_rows

log = logging.getLogger("takevoice")


class CandidateDesk:
    """Part of the office; usable from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        output_path: Callable[[Job], Path],
        on_decided: Callable[[Job], Job],
        on_picked: Callable[[Job, Path | None], None] = lambda *_: None,
    ) -> None:
        """`output_path` names the result of a take that has none; `on_decided` gets each job that has changed, `on_picked` a
        take's job whose result was picked, and its result before.
        """
        self._ledger, self._on_decided, self._on_picked = ledger, on_decided, on_picked
        self._picking = Picking(ledger, output_path)

    def of(self, job_id: int) -> Sequence[CandidateRow]:
        """Return the candidates of a take, by its job or that of one of them; raises UnknownJob."""
        return candidate_rows(self._ledger, self._ledger.jobs.get(job_id).family)

    def pick(self, job_id: int, by: str) -> tuple[Job, Path | None]:
        """Make a candidate the result of its take; returns the take's job, and its result before. `by`: who picked.

        Raises:
            TakevoiceError: it is no candidate, has no result, or the result cannot be written.
        """
        take, before = self._picking.pick(job_id, by)
        take = self._on_decided(take)
        self._on_picked(take, before)
        return take, before

    def is_picked_since(self, job_id: int, at: float) -> bool:
        """Return True if a person has picked a candidate of the same take after a Unix time: that choice stays.

        Raises:
            UnknownJob: there is no such job.
            WrongState: it is no candidate.
        """
        family = self._picking.candidate(job_id).family
        pick = self._ledger.candidates.pick(family)
        if pick is None or pick.by == BY_ITSELF or pick.at <= at:
            return False
        log.info("job %s: candidate %s was picked before job %s was, which stays the result", family, job_id, pick.job)
        return True

    def more(self, job_id: int, count: int) -> Job:
        """Have further candidates of a take made, by its job; raises UnknownJob, WrongState, or TakevoiceError when its file is gone."""
        return self._on_decided(decisions.more_candidates(self._ledger, job_id, count))

    def reject(self, job_id: int, rejected: bool = True) -> Job:
        """Mark a candidate as rejected, or take that back, as picking it does; its file stays. Raises UnknownJob."""
        job = self._picking.candidate(job_id)
        self._ledger.candidates.mark(job_id, replace(self.mark_of(job_id), rejected=rejected))
        return job

    def mark(self, job_id: int, *, stars: int | None = None, note: str | None = None) -> Job:
        """Give a candidate stars (0 to 5) or a note; raises UnknownJob."""
        job, mark = self._picking.candidate(job_id), self.mark_of(job_id)
        mark = replace(mark, stars=mark.stars if stars is None else stars, note=mark.note if note is None else note)
        self._ledger.candidates.mark(job_id, mark)
        return job

    def mark_of(self, job_id: int) -> Mark:
        """Return what people have noted about a candidate."""
        return self._ledger.candidates.marks([job_id]).get(job_id, Mark())
