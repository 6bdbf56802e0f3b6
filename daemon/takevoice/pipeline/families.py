"""Takes with several candidates: each candidate is a job, and so is the take, whose result is a copy of one of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from takevoice import audio
from takevoice.errors import printable
from takevoice.holds import HoldReason
from takevoice.jobs import ACTIVE, Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.pipeline.events import Events
from takevoice.pipeline.existing import candidates_of
from takevoice.pipeline.picking import BY_ITSELF, Picking
from takevoice.pipeline.planning import Plan, Planner
from takevoice.plugins import Plugins
from takevoice.settings import count_of, plain_name
from takevoice.system.fileid import version_of

log = logging.getLogger("takevoice")

WAITING = "its candidates are on their way"


class Families:
    """What the intake does with takes that have candidates, and with these; used from several threads."""

    def __init__(self, ledger: Ledger, events: Events, planner: Planner, plugins: Plugins) -> None:
        self._ledger, self._events, self._planner = ledger, events, planner
        self._picking = Picking(ledger, plugins.output_path)

    def begun(self, take: Job, plan: Plan) -> Mapping[str, Any]:
        """Return the fields of a take whose candidates begin: those that it has not got yet, or further ones."""
        there = {each.options.candidate for each in self._ledger.candidates.of(take.family)}
        last = max(there, default=0)
        wanted = range(last + 1, last + 1 + take.options.more) if take.options.more else range(1, count_of(plan.settings) + 1)
        missing = [number for number in wanted if number not in there]
        return {"family": take.id, "candidates": [_options(take.options, number) for number in missing]}

    def there_already(self, job: Job, plan: Plan, audio_hash: str) -> Job | None:
        """Return a candidate as done by a file that was made in this very way before the ledger knew of it; None when there is none.

        Raises:
            TakevoiceError: the file cannot be read, or the ledger not written.
        """
        if job.options.new_answer or job.options.discard_received:
            return None
        stem = plain_name(job.options.name) if job.options.name else job.path.stem
        folder = self._planner.output_path(plan, job.options).parent.parent
        path = candidates_of(folder, stem, audio_hash, plan.take.channels).get(plan.settings_hash)
        version = version_of(path) if path is not None else None
        if path is None or version is None:
            return None
        self._ledger.outputs.record(job, path, version, audio.inspect_hashed(path)[1])
        fields = {**plan.as_fields(audio_hash), "output": path, "progress": 1.0}
        detail = "it was there already"
        return self._events.changed(
            self._ledger.jobs.complete_intake(job, State.DONE, version_of(job.path), detail=detail, **fields)
        )

    def take_up(self, take: Job) -> Job | None:
        """Return a take with candidates as it continues: it waits for them, or has its result; None when it has none yet.

        Raises:
            TakevoiceError: the result cannot be written.
        """
        candidates = self._ledger.candidates.of(take.id)
        if not candidates:
            return None
        if any(each.state in ACTIVE for each in candidates):
            return self._end(take, State.QUEUED, detail=WAITING)
        done = [each for each in candidates if each.state is State.DONE and each.output is not None]
        if done:
            return self._settle(take, done, len(candidates))
        # None is there: the take shares the fate of one of them, and waits for a person rather than failing.
        by_state = {each.state: each for each in reversed(candidates)}
        one = next(by_state[state] for state in (State.HELD, State.FAILED, State.CANCELLED) if state in by_state)
        return self._end(take, one.state, error_code=one.error_code, error=_all_of(take, candidates, one))

    def _settle(self, take: Job, done: Sequence[Job], count: int) -> Job:
        pick = self._ledger.candidates.pick(take.id)
        if pick is None:
            chosen = self._picking.of_result(take, done) or self._chosen(take, done)
            if chosen is None:
                what = f"{printable(take.path)}: {_made(len(done), count)}: `takevoice pick JOB` uses one, `takevoice candidates {take.id}` lists them"
                return self._end(take, State.HELD, error_code=HoldReason.PICK.code, error=f"{what}; {HoldReason.PICK.hint(take.id)}")
            pick = self._picking.intend(take, chosen, BY_ITSELF)
        if pick.placed is not None and pick.placed.exists():
            return self._events.changed(self._ledger.candidates.finish(pick, pick.placed, ""))
        return self._events.changed(self._picking.place(pick))

    def _chosen(self, take: Job, done: Sequence[Job]) -> Job | None:
        """Return the candidate that the settings choose; None when a person is to pick one."""
        marks = self._ledger.candidates.marks([each.id for each in done])
        rejected = {number for number, mark in marks.items() if mark.rejected}
        fitting = [each for each in done if each.id not in rejected]
        if not fitting or (take.settings.pick == "ask" and not take.options.approves(HoldReason.PICK)):
            return None
        in_order = sorted(fitting, key=lambda each: each.options.candidate)
        if take.settings.pick != "closest":
            return in_order[0]
        return max(in_order, key=lambda each: -1.0 if each.correlation is None else each.correlation)

    def _end(self, take: Job, state: State, **fields: Any) -> Job:
        return self._events.changed(
            self._ledger.jobs.complete_intake(take, state, take.version, **{"error_code": "", "error": "", **fields})
        )


def _options(options: JobOptions, number: int) -> JobOptions:
    return replace(options, candidate=number, more=0, new_answer=False, discard_received=False)


def _made(done: int, count: int) -> str:
    return f"{done} candidates are there" if done == count else f"{done} of {count} candidates are there"


def _all_of(take: Job, candidates: Sequence[Job], one: Job) -> str:
    """Return why a take has no result: what became of its candidates, and the reason of one of them."""
    states = ", ".join(f"{count} {state}" for state, count in Counter(each.state for each in candidates).items())
    why = one.error.replace(f" {one.id}`", f" {take.id}`")
    return f"{why} (candidates: {states})" if one.state is not State.HELD else why
