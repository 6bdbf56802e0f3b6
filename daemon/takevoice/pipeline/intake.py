"""From a finished file to a queued job: dropped into a watched folder, or requested by a person or a script."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from takevoice import audio
from takevoice.errors import AudioError, BackendBusy, BackendError, TakevoiceError, UnknownJob, printable
from takevoice.files import is_missing, unless_unreachable
from takevoice.holds import AT_INTAKE, REPLACEABLE_CODES, Approval, Hold, HoldReason
from takevoice.jobs import Disposition, Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.pipeline.advice import commands
from takevoice.pipeline.answer_store import AnswerStore
from takevoice.pipeline.answered import is_answered, request_key
from takevoice.pipeline.assessment import Assessor, Skipped
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.events import Events
from takevoice.pipeline.excerpts import cut_again
from takevoice.pipeline.existing import Existing
from takevoice.pipeline.families import Families
from takevoice.pipeline.hold_policy import HoldPolicy
from takevoice.pipeline.outcome import GONE, Facts, Outcome, Stage, decide
from takevoice.pipeline.pacing import Pacing
from takevoice.pipeline.planning import Plan, Planner
from takevoice.pipeline.prices import candidates_in_words, credits_in_words, sent_seconds
from takevoice.pipeline.renames import Renames
from takevoice.pipeline.withdrawal import withdraw
from takevoice.pipeline.workdir import WorkDir
from takevoice.settings import answer_key
from takevoice.system.fileid import FileVersion, version_of

log = logging.getLogger("takevoice")

_UNDECIDED: Mapping[str, Any] = MappingProxyType({})


class RetryLater(Exception):
    """The file cannot be taken up now, for a reason that has nothing to do with it; `__cause__` says which."""


class FileChanged(AudioError):
    """The file was written to again: it has to settle again."""

    code = "changed"


class Intake:
    """Takes up files, one at a time; used from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        planner: Planner,
        assessor: Assessor,
        existing: Existing,
        holds: HoldPolicy,
        work: WorkDir,
        breaker: CircuitBreaker,
        pacing: Pacing,
        families: Families,
        *,
        wait_when_unavailable: bool,
    ) -> None:
        self._families = families
        self._ledger, self._events, self._planner = ledger, events, planner
        self._assessor, self._existing, self._holds = assessor, existing, holds
        self._work, self._breaker, self._pacing = work, breaker, pacing
        self._answers, self._renames = AnswerStore(work), Renames(ledger)
        self._facts = Facts(Stage.INTAKE, wait_when_unavailable=wait_when_unavailable)

    def take_up(self, job: Job) -> Job | None:
        """Return the job as it continues: queued, held, failed or, with an approved answer, ready to be restored.

        None: it was withdrawn.

        Raises:
            RetryLater: the backend or the ledger is unavailable.
            FileChanged: the file was written to again meanwhile.
            UnknownJob: the job was cancelled meanwhile.
        """
        if job.has_candidates and not job.options.more:
            try:
                settled = self._families.take_up(job)
            except TakevoiceError as error:
                return self._end(job, None, self._outcome(job, error))
            if settled is not None:
                return settled
        return self._from_request(job) if job.is_requested or job.is_candidate else self._from_folder(job)

    def fail(self, job: Job, error: Exception) -> Job:
        """Fail a job that cannot be taken up; raises RetryLater when it may wait instead."""
        version = version_of(job.path)
        return self._end(job, version, self._outcome(job, error))

    def _from_folder(self, job: Job) -> Job | None:
        """Take up a file that appeared in a watched folder: it may be no take, be done already, or be held."""
        before, decided = version_of(job.path), _UNDECIDED
        track = self._ledger.jobs.get(job.id).options.track  # a program may have named it just now
        try:
            assessed = self._assessor.assess(job.path, track)
            if isinstance(assessed, Skipped):
                if assessed.disposition is Disposition.OWN_RESULT:
                    self._existing.note_result(job.path)
                self._withdraw(job, assessed, version_of(job.path))
                return None
            decided = assessed.draft.as_fields(assessed.audio_hash)
            plan = self._planner.complete(assessed.draft)
        except TakevoiceError as error:
            return self._failed(job, before, error, decided)
        self._pacing.lookup_answered(plan.backend.name)
        self._check_unchanged(job, before)
        self._existing.note_voice(plan.voice.name)
        done = self._assessor.converted_before(plan, assessed.audio_hash)
        if done is not None and not (done.is_result_gone and self._is_paid_for(plan, assessed.audio_hash)):
            self._withdraw(job, done, version_of(job.path))
            return None
        hold = self._hold_for(job, plan, assessed.audio_hash)
        if hold is not None and self._holds.is_approved(hold):
            job, hold = replace(job, options=replace(job.options, approvals=(Approval(hold.reason),))), None
        renamed = self._renames.job_of(job, before, plan.settings_hash, would_be_held=hold is not None)
        if renamed is not None:
            self._withdraw(job, Skipped(Disposition.JOB, f"job {renamed.id} has it", renamed))
            return None
        before_it = self._renames.held_as(job, before, assessed.audio_hash)
        if before_it is not None and hold is None:
            hold = self._hold_as(before_it, job)
        ready = self._queue(job, plan, assessed.audio_hash, before, hold)
        if before_it is not None and before_it.path != job.path:
            self._supersede(before_it, ready)
        self._ledger.job_files.cancel_older_held(job, REPLACEABLE_CODES, "it was rendered again")
        if hold is not None:
            self._holds.on_held(ready, hold)
        return ready

    def _from_request(self, job: Job) -> Job | None:
        """Take up a file that was asked for: nothing is excluded, but the same result is not made twice."""
        continued = self._continued(job)
        if continued is not None:
            return continued
        options = job.options
        try:
            cut_again(job)
        except TakevoiceError as error:
            return self._failed(job, None, error)
        before = version_of(job.path)
        try:
            plan = self._planner.plan(job.path, options)
            audio_hash = audio.audio_hash(plan.take)
        except TakevoiceError as error:
            return self._failed(job, before, error)
        self._pacing.lookup_answered(plan.backend.name)
        self._check_unchanged(job, before)
        self._existing.note_voice(plan.voice.name)
        if options.new_answer and not options.discard_received and _wants_another_result(job, plan):
            job = replace(job, options=replace(options, new_answer=False))
        if options.discard_received:
            self._answers.discard(job)
        if options.discard_received or _is_cut_otherwise(job, plan):
            self._work.discard_received(job)
        if not options.force and options.output is None and not job.is_candidate:
            done = self._existing.finished_with_output(job.path, audio_hash, plan, folder=options.output_folder, name=options.name)
            if done is not None:
                skipped = Skipped(Disposition.ALREADY_CONVERTED, "it is converted already", done)
                self._withdraw(job, skipped, version_of(job.path))
                return None
        if job.is_candidate:
            try:
                there = self._families.there_already(job, plan, audio_hash)
            except TakevoiceError as error:
                return self._failed(job, before, error)
            if there is not None:
                return there
        held = self._held_in_doubt(job, plan, audio_hash)
        if held is not None:
            why = f"its audio was sent before, as job {held.id}, which is held; {commands(held)}"
            self._withdraw(job, Skipped(Disposition.JOB, why, held))
            return None
        self._ledger.drops.lift(audio_hash, plan.settings_hash)
        return self._queue(job, plan, audio_hash, before, None)

    def _hold_for(self, job: Job, plan: Plan, audio_hash: str) -> Hold | None:
        """Return why a new take is held; what was paid for before, as a take that was copied, is not held for its price."""
        hold = self._holds.hold_for(job, plan)
        if hold is None or hold.reason is HoldReason.DEVICE:
            return hold
        return None if self._is_paid_for(plan, audio_hash) else hold

    def _hold_as(self, before_it: Job, job: Job) -> Hold | None:
        """Return why a take stays held that was held under another name, or that was only touched, and is not wanted in any
        case; one that waited for its voice has one now."""
        reason = HoldReason.of(before_it.error_code)
        if reason not in AT_INTAKE:
            return None
        if before_it.path != job.path:
            return Hold(reason, "held under its name before")
        hold = Hold(reason, "held before its file was written again with the same audio")
        return None if self._holds.is_approved(hold) or self._holds.asked_for else hold

    def _supersede(self, held: Job, by: Job) -> None:
        """End the job of a held take that is another job's under its new name."""
        why = f"{printable(held.path)}: it is {printable(by.path.name)} now, job {by.id}"
        with contextlib.suppress(UnknownJob):  # a person was quicker
            self._events.changed(self._ledger.job_files.cancel_without_file(held.id, GONE, why))

    def _is_paid_for(self, plan: Plan, audio_hash: str) -> bool:
        return is_answered(self._answers, plan, audio_hash)

    def _held_in_doubt(self, job: Job, plan: Plan, audio_hash: str) -> Job | None:
        """Return the held job that may have been billed for what a new request asks for; a person decides about it."""
        if job.attempt > 1 or plan.has_candidates or self._is_paid_for(plan, audio_hash):
            return None
        found = self._ledger.charges.unresolved_twin(audio_hash, request_key(plan))
        return self._ledger.jobs.get(found[0]) if found is not None and found[1] is State.HELD else None

    def _continued(self, job: Job) -> Job | None:
        """Return a released job as it continues with the answers that are there: nothing is planned again.

        None: it is not released, or nothing was received for it.
        """
        if not job.options.approvals or not job.is_planned:
            return None
        key = answer_key(job)
        if self._work.answers(job, key) is not None:
            state, detail = State.RESTORING, "its answer is used"
        elif self._work.has_any(job, key):
            state, detail = State.QUEUED, "the answers that are there are used"
        else:
            return None
        return self._events.changed(self._ledger.jobs.change(job.id, state, detail=detail))

    def _queue(
        self, job: Job, plan: Plan, audio_hash: str, version: FileVersion | None, hold: Hold | None
    ) -> Job:
        reason = hold.reason if hold else None
        family = self._families.begun(job, plan) if hold is None and (plan.has_candidates or job.options.more) else {}
        error = f"{printable(job.path)}: {hold.what}{_price(plan)}; {hold.reason.hint(job.id)}" if hold else ""
        return self._events.changed(
            self._ledger.jobs.complete_intake(
                job,
                State.HELD if hold else State.QUEUED,
                version,
                error_code=reason.code if reason else "",
                error=error,
                options=_for_a_new_answer(replace(job.options, more=0)),
                **(_planned(plan, audio_hash) if not job.options.more or not job.has_candidates else {}),
                **family,
            )
        )

    def _withdraw(self, job: Job, skipped: Skipped, version: FileVersion | None = None) -> None:
        """Take back a job; `version` of its file counts as dealt with."""
        withdraw(self._ledger, self._events, job, skipped.disposition, skipped.why, version, skipped.instead)
        self._answers.move_from(job.id)  # a job whose file was renamed may have some

    def _check_unchanged(self, job: Job, before: FileVersion | None) -> None:
        if version_of(job.path) != before:
            raise FileChanged("has changed while it was read", where=str(job.path))

    def _failed(
        self, job: Job, version: FileVersion | None, error: Exception, decided: Mapping[str, Any] = _UNDECIDED
    ) -> Job | None:
        outcome = self._outcome(job, error)
        if outcome.code == GONE:
            followed = self._renames.follow(job)
            if followed is not None:
                return self.take_up(followed)
        if outcome.code != HoldReason.NO_VOICE.code or outcome.state is not State.HELD:
            return self._end(job, version, outcome)
        held = self._end(job, version, outcome, decided)
        self._ledger.job_files.cancel_older_held(job, REPLACEABLE_CODES, "it was rendered again")
        self._holds.held.add(held, Hold(HoldReason.NO_VOICE, str(error)))
        return held

    def _outcome(self, job: Job, error: Exception) -> Outcome:
        """Decide what follows from an error; raises RetryLater when the job may wait."""
        error = unless_unreachable(error, job.path)
        was_there = job.version is not None or job.origin in ("osc", "file")  # a request is accepted for what is there only
        gone = was_there and is_missing(job.path)
        outcome = decide(job, error, replace(self._facts, file_gone=gone))
        if isinstance(error, BackendBusy):
            self._pacing.lookup_refused(self._planner.wanted_backend(), error)
        if outcome.trips_breaker and isinstance(error, BackendError):
            self._breaker.trip(self._planner.wanted_backend(), error)
        if outcome.state is State.QUEUED:
            raise RetryLater from error
        return outcome

    def _end(
        self, job: Job, version: FileVersion | None, outcome: Outcome, fields: Mapping[str, Any] = _UNDECIDED
    ) -> Job:
        if outcome.code == GONE:
            self._ledger.files.forget(job.path)
            if not self._ledger.charges.unresolved(job.id):
                self._answers.move_from(job.id)
        return self._events.changed(
            self._ledger.jobs.complete_intake(
                job, outcome.state, version, error_code=outcome.code, error=outcome.text, **fields
            )
        )


def _is_cut_otherwise(job: Job, plan: Plan) -> bool:
    """Return True when the answers that are there are to other segments: to a mix, say, instead of each channel."""
    before, now = ("auto" if each.channels == "mix" else each.channels for each in (job.settings, plan.settings))
    return job.is_planned and before != now


def _price(plan: Plan) -> str:
    """Return what a take costs, for the reason that it is held for."""
    cost = credits_in_words(plan.backend, [sent_seconds(plan.settings, plan.take.seconds, plan.take.channels)])
    return f" ({candidates_in_words(plan.settings)}{cost})" if cost else ""


def _planned(plan: Plan, audio_hash: str) -> Mapping[str, Any]:
    """Return what is decided about a job; a take that has its result keeps that when further candidates are made."""
    return {**plan.as_fields(audio_hash), "answer_key": "" if plan.has_candidates else request_key(plan)}


def _wants_another_result(job: Job, plan: Plan) -> bool:
    """Return True when a person has changed the settings since: what was paid for is good for the new ones too."""
    return job.is_planned and job.settings_hash != plan.settings_hash


def _for_a_new_answer(options: JobOptions) -> JobOptions:
    """Return the options without approvals that were given to an earlier answer."""
    approvals = tuple(each for each in options.approvals if each.answer_key is None)
    return replace(options, approvals=approvals)
