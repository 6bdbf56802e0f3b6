"""What a person decides about a job: retry, release, drop, cancel, forget, which is next. Stored; the owner of the job then acts on it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from takevoice.errors import WrongState
from takevoice.holds import Approval, HoldReason
from takevoice.jobs import Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.ledger.transitions import Revision
from takevoice.pipeline import excerpts
from takevoice.pipeline.advice import commands
from takevoice.reasons import split
from takevoice.settings import count_of
from takevoice.state_names import DAEMON as DAEMON
from takevoice.system.fileid import version_of

_WAITING = (State.FOUND, State.SETTLING, State.QUEUED)
_SETTLED = {
    HoldReason.ELSEWHERE.code: "the other machine has settled it",
    HoldReason.NO_VOICE.code: "its voice exists now",
}
"""What jobs are held for that may be settled without a person, and how."""


def retry(ledger: Ledger, job_id: int, owner: str = DAEMON, overrides: Mapping[str, Any] = MappingProxyType({})) -> Job:
    """Start a job again from its beginning, with the settings in force then, but for `overrides`. An excerpt that is gone is cut
    again.

    Raises:
        UnknownJob: there is no such job.
        WrongState: it is under way.
        TakevoiceError: its file is gone, or cannot be cut again; the job stays as it is.
    """
    before = ledger.jobs.get(job_id)
    if before.has_ended:
        excerpts.check_retry(before)
    if before.has_candidates and before.has_ended:
        if overrides:
            return ledger.jobs.revise(job_id, lambda job: _with_more(_with(job, overrides), owner, count_of(job.settings)))
        return _retry_candidates(ledger, before, owner)
    there = has_result(ledger, before)
    return ledger.jobs.revise(job_id, lambda job: _retried(_with(job, overrides), owner, other_settings=bool(overrides), there=there))


def has_result(ledger: Ledger, job: Job) -> bool:
    """Return True when a result that the job made is there."""
    return any(version_of(path) is not None for path in ledger.outputs.of(job.id))


def put_first(ledger: Ledger, job_id: int) -> Job:
    """Have a job that waits begun before all others, and its candidates.

    Raises:
        UnknownJob: there is no such job.
        WrongState: it does not wait for its turn.
    """
    now = time.time()
    job = ledger.jobs.revise(job_id, lambda job: _put_first(job, now))
    for each in ledger.candidates.of(job_id):
        if each.state in _WAITING and each.id != job_id:
            ledger.jobs.revise(each.id, lambda job: _put_first(job, now))
    return job


def more_candidates(ledger: Ledger, job_id: int, count: int, owner: str = DAEMON) -> Job:
    """Have further candidates of a take made, with the settings in force then; its result stays. Those of a take that has none yet
    get a job of their own, which is returned, and of which a person picks one.

    Raises:
        UnknownJob: there is no such job.
        WrongState: some are under way.
        TakevoiceError: its file is gone.
    """
    before = ledger.jobs.get(job_id)
    if not before.has_candidates:
        excerpts.check_retry(before)
        return first_candidates(ledger, before.path, before.options, count, owner)
    if not before.has_ended:
        raise WrongState(f"job {job_id} is {before.state}", hint="some of its candidates are on their way")
    excerpts.check_retry(before)
    return ledger.jobs.revise(job_id, lambda job: _with_more(job, owner, count))


def first_candidates(ledger: Ledger, path: Path, options: JobOptions, count: int, owner: str = DAEMON) -> Job:
    """Have candidates of a take made that has none, two at least; the result that is there stays until a person picks another one."""
    wanted = {**options.overrides, "candidates": max(2, count), "pick": "ask"}
    options = replace(options, overrides=wanted, output=None, force=False, approvals=(), discard_received=False, new_answer=False)
    return ledger.jobs.add(path, State.FOUND, origin="command", owner=owner, options=options)


def convert_with_new_settings(ledger: Ledger, job_id: int, owner: str = DAEMON) -> Job:
    """Have a take converted with the settings of now, which makes a result of its own; return the job.

    Raises:
        UnknownJob: there is no such job, or it is under way.
        TakevoiceError: its file is gone.
    """
    before = ledger.jobs.get(job_id)
    if not before.has_candidates:
        return retry(ledger, job_id, owner)
    # Its candidates and their result belong together; those in another voice get a family of their own.
    excerpts.check_retry(before)
    options = replace(before.options, force=True, approvals=(), more=0, discard_received=False, new_answer=False)
    return ledger.jobs.add(before.path, State.FOUND, origin="command", owner=owner, options=options)


def _retry_candidates(ledger: Ledger, take: Job, owner: str) -> Job:
    """Start those candidates again that came to nothing; where all are there, and the result, as many further ones."""
    failed = [each for each in ledger.candidates.of(take.id) if each.has_ended and each.state is not State.DONE]
    if not failed and has_result(ledger, take):
        return ledger.jobs.revise(take.id, lambda job: _with_more(job, owner, count_of(job.settings)))
    for each in failed:
        ledger.jobs.revise(each.id, lambda job: _retried(job, owner))
    return ledger.jobs.revise(take.id, lambda job: _restarted(job, owner, job.options, "retried"))


def _with_more(job: Job, owner: str, count: int) -> Revision:
    if not job.has_ended:
        raise WrongState(f"job {job.id} is {job.state}")
    return _restarted(job, owner, replace(job.options, force=True, approvals=(), more=count), f"{count} more candidates")


def release(ledger: Ledger, job_id: int, owner: str = DAEMON) -> Job:
    """Let a held job continue in spite of what it is held for.

    An answer that it is held for is approved: that answer is published, and nothing is sent.

    Raises:
        UnknownJob: there is no such job.
        WrongState: it is not held.
    """
    for each in ledger.candidates.of(job_id):
        if each.state is State.HELD:
            ledger.jobs.revise(each.id, lambda job: _released(job, owner))
    return ledger.jobs.revise(job_id, lambda job: _released(job, owner))


def drop(ledger: Ledger, job_id: int) -> Job:
    """End a held job and leave its take unconverted; raises UnknownJob, or WrongState when it is not held.

    Candidates of the take that are held too are dropped with it; files of candidates stay.
    """
    for each in ledger.candidates.of(job_id):
        if each.state is State.HELD:
            ledger.jobs.revise(each.id, _dropped)
    return ledger.jobs.revise(job_id, _dropped)


def lift(ledger: Ledger, job_id: int) -> Job:
    """Let a job continue that is held for what another machine may have paid, or for want of its voice: that is settled.

    No person is needed, and nothing is approved.

    Raises:
        UnknownJob: there is no such job.
        WrongState: it is not held for that.
    """
    return ledger.jobs.revise(job_id, _lifted)


def cancel(ledger: Ledger, job_id: int) -> Job:
    """Cancel a job: at once when it waits, else by asking its owner to stop.

    Raises:
        UnknownJob: there is no such job.
        WrongState: it has ended.
    """
    for each in ledger.candidates.of(job_id):
        if not each.state.final:
            ledger.jobs.revise(each.id, _cancelled)
    return ledger.jobs.revise(job_id, _cancelled)


def forget(ledger: Ledger, job_id: int) -> None:
    """Delete a job that came to nothing; its file counts as dealt with until it changes.

    Raises:
        UnknownJob: there is no such job.
        WrongState: it has not failed and is not cancelled, or something was sent for it.
    """

    def check(job: Job) -> None:
        if job.state not in (State.FAILED, State.CANCELLED):
            kept = "its entry keeps the take from being converted again"
            hint = kept if job.state is State.DONE else commands(job)
            raise WrongState(f"job {job.id} is {job.state}; only a failed or cancelled job is forgotten", hint=hint)
        if ledger.charges.has_sent(job.id):
            raise WrongState(f"job {job.id} is kept: something that may be paid for was sent for it")

    ledger.jobs.forget(job_id, check)


def _put_first(job: Job, now: float) -> Revision:
    if job.state not in _WAITING:
        hint = "" if job.state.final or job.state is not State.HELD else commands(job)
        raise WrongState(f"job {job.id} is {job.state} and does not wait for its turn", hint=hint)
    return Revision(None, fields={"options": replace(job.options, urgent=now)})


def _with(job: Job, overrides: Mapping[str, Any]) -> Job:
    """Return a job for which these settings are given with the request, too."""
    return replace(job, options=replace(job.options, overrides={**job.options.overrides, **overrides})) if overrides else job


def _retried(job: Job, owner: str, *, other_settings: bool = False, there: bool = True) -> Revision:
    if not job.has_ended:
        raise WrongState(f"job {job.id} is {job.state}", hint=_only("a finished or held job can be retried", job))
    bad_answer = job.error_code == HoldReason.LOW_CORRELATION.code
    # Of a job whose result is there, or whose answer is bad, another answer is wanted; else what was paid for is used.
    another = bad_answer or (there and (job.state is State.DONE or job.options.new_answer))
    new_answer = another and not other_settings
    options = replace(
        job.options, force=True, approvals=(), discard_received=bad_answer, new_answer=new_answer
    )
    return _restarted(job, owner, options, "retried")


def _released(job: Job, owner: str) -> Revision:
    if job.state is not State.HELD:
        raise WrongState(f"job {job.id} is {job.state}", hint=_only("a held job can be released", job))
    reason = HoldReason.of(job.error_code)
    approval = Approval(reason, job.settings_hash if reason.covers_answer else None)
    others = tuple(each for each in job.options.approvals if each.reason is not reason)
    releases = job.options.releases + 1
    options = replace(job.options, force=True, approvals=(*others, approval), discard_received=False, releases=releases)
    return _restarted(job, owner, options, "released")


def _only(what: str, job: Job) -> str:
    """Return why a decision is refused, and what helps instead."""
    return "; ".join(part for part in (f"only {what}", commands(job)) if part)


def _lifted(job: Job) -> Revision:
    why = _SETTLED.get(job.error_code)
    if job.state is not State.HELD or why is None:
        raise WrongState(f"job {job.id} is {job.state}")
    fields = {"error": "", "error_code": "", "progress": 0.0}
    return Revision(State.FOUND, why, fields)


def _restarted(job: Job, owner: str, options: JobOptions, detail: str) -> Revision:
    fields = {
        "options": options,
        "attempt": job.attempt + 1,
        "cancel_requested": False,
        "error": "",
        "error_code": "",
        "progress": 0.0,
        "owner": owner,
    }
    return Revision(State.FOUND, detail, fields, unresolved_as_lost=True)


def _dropped(job: Job) -> Revision:
    if job.state is not State.HELD:
        hint = "" if job.state.final else commands(job)
        raise WrongState(f"job {job.id} is {job.state}; only a held job can be dropped", hint=hint)
    return _cancelled(job)._replace(dropped=True)


def _cancelled(job: Job) -> Revision:
    if job.state.final:
        raise WrongState(f"job {job.id} is {job.state} already", hint="there is nothing to cancel")
    dropped = job.origin == "folder"  # a request that is cancelled says nothing about the take
    if job.state in (State.CONVERTING, State.RESTORING):
        return Revision(None, fields={"cancel_requested": True}, dropped=dropped)
    fields = {"error": split(job.error, job.id)[0]} if job.state is State.HELD else {}
    return Revision(State.CANCELLED, "by a person", fields, release_reserved=True, file_dealt_with=True, dropped=dropped)
