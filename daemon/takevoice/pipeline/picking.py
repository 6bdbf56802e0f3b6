"""Picking a candidate: the choice is stored first, then the result is placed, whichever process does it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from takevoice import audio
from takevoice.errors import StorageError, WrongState, printable
from takevoice.jobs import Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.candidates import Mark, Pick
from takevoice.pipeline.placing import copy_new, is_same, place_copy, remove_leftovers
from takevoice.settings import CANDIDATES
from takevoice.settings.naming import candidate_name
from takevoice.system.fileid import version_of

log = logging.getLogger("takevoice")

BY_ITSELF = "takevoice"
"""Who picks where the settings say which one."""


class Picking:
    """Makes a candidate the result of its take."""

    def __init__(self, ledger: Ledger, output_path: Callable[[Job], Path]) -> None:
        """`output_path` names the result of a take that has none."""
        self._ledger, self._output_path = ledger, output_path

    def pick(self, job_id: int, by: str) -> tuple[Job, Path | None]:
        """Make a candidate the result of its take; returns the take's job, and its result before.

        Raises:
            UnknownJob: there is no such job, it is no candidate, or it has no result.
            StorageError: the result cannot be written.
        """
        chosen = self.candidate(job_id)
        if chosen.state is not State.DONE or chosen.output is None:
            raise WrongState(f"job {job_id} is {chosen.state}", hint="only a candidate that is done can be picked")
        if not chosen.output.exists():
            raise StorageError("is not there any more", where=str(chosen.output), hint=f"`takevoice retry {job_id}` makes it again")
        mark = self._ledger.candidates.marks([job_id]).get(job_id, Mark())
        if mark.rejected:
            self._ledger.candidates.mark(job_id, replace(mark, rejected=False))
        take = self._ledger.jobs.get(chosen.family)
        before = self._ledger.candidates.placed(take.id)
        return self.place(self.intend(take, chosen, by)), before

    def candidate(self, job_id: int) -> Job:
        """Return a candidate; raises UnknownJob when there is no such job, or it is none."""
        job = self._ledger.jobs.get(job_id)
        if not job.is_candidate:
            hint = f"`takevoice candidates {job_id}` lists its candidates" if job.has_candidates else "`takevoice candidates` lists all"
            raise WrongState(f"job {job_id} is no candidate", hint=hint)
        return job

    def intend(self, take: Job, chosen: Job, by: str) -> Pick:
        """Store a choice; a process that is killed before the result is placed has it placed later. Raises LedgerError."""
        return self._ledger.candidates.intend(take.id, chosen.id, by)

    def place(self, pick: Pick) -> Job:
        """Make the result of a choice a copy of it; returns the take's job. One at a time: quick choices would each name a file.

        Raises:
            StorageError: it cannot be read or written; a result that is there stays.
        """
        with self._ledger.candidates.placing:
            return self._place(pick)

    def _place(self, pick: Pick) -> Job:
        take, chosen = self._ledger.jobs.get(pick.family), self._ledger.jobs.get(pick.job)
        assert chosen.output is not None
        target = self._ledger.candidates.placed(take.id)
        replaces = take.settings.on_rerender == "replace" and not take.options.is_placed
        if target is None:
            target = self._output_path(take)
            if pick.by != BY_ITSELF or replaces:
                self._keep_older(take, target, _temp(pick, os.getpid()))
        digest = self._ledger.outputs.hash_of(chosen.id, chosen.output)

        def on_named(path: Path, contents: Path) -> None:
            version = version_of(contents)
            assert version is not None
            placed = {name: getattr(chosen, name) for name in ("offset_ms", "drift_ms", "correlation")}
            self._ledger.outputs.record(replace(take, **placed), path, version, digest)

        remove_leftovers(target.parent, _temp(pick, "*"))
        # An earlier version of the take has its candidates next to these: its result is a copy of one, too.
        earlier = [each.id for each in self._ledger.jobs.of(take.path) if replaces and each.has_candidates and each.id < take.id]
        ours = [path for family in (take.id, *earlier) for path in self._files(self._ledger.candidates.of(family))]
        path = place_copy(chosen.output, target, ours, _temp(pick, os.getpid()), on_named)
        detail = f"candidate {chosen.options.candidate} (job {chosen.id}) is its result"
        log.info("%s: %s", printable(path), detail)
        done = self._ledger.candidates.finish(pick, path, detail)
        newest = self._ledger.candidates.pick(take.id)
        # Another process may have picked meanwhile, and been quicker: its choice is the newer one.
        return self._place(newest) if newest is not None and newest.id > pick.id else done

    def of_result(self, take: Job, candidates: Sequence[Job]) -> Job | None:
        """Return the candidate that the result is a copy of, if there is a result: the ledger that knew it may be lost."""
        target = self._ledger.candidates.placed(take.id) or self._output_path(take)
        return next((each for each in candidates if each.output is not None and is_same(target, each.output)), None)

    def _files(self, candidates: Sequence[Job]) -> Sequence[Path]:
        """Return the files of all candidates, those of earlier tries included."""
        return [path for each in candidates for path in self._ledger.outputs.of(each.id) if path.parent.name == CANDIDATES]

    def _keep_older(self, take: Job, target: Path, temp_name: str) -> None:
        """Make a result that the take had before its candidates one of them, if it is as takevoice wrote it."""
        known = self._ledger.files.known(target)
        if known is None or known.disposition is not Disposition.OWN_RESULT or known.job is None:
            return
        older = next((each for each in self._ledger.jobs.of(take.path) if each.id == known.job), None)
        if older is None or older.family or known.version != version_of(target):
            return
        digest = self._ledger.outputs.hash_of(older.id, target)
        if not digest or audio.inspect_hashed(target)[1] != digest:
            return

        def on_named(path: Path, contents: Path) -> None:
            version = version_of(contents)
            assert version is not None
            self._ledger.outputs.record(older, path, version, digest)

        numbers = [each.options.candidate for each in self._ledger.candidates.of(take.id)]
        number = max(numbers, default=0) + 1
        wanted = target.parent / CANDIDATES / candidate_name(target.name, number)
        kept = copy_new(target, wanted, temp_name, on_named)
        options = replace(older.options, candidate=number)
        self._ledger.jobs.update(older.id, family=take.id, options=options, output=kept)


def _temp(pick: Pick, process: object) -> str:
    """Return the hidden name of a copy that is being made by a process: two may be making the same one."""
    return f".tv-pick-{pick.family}-{process}.part"
