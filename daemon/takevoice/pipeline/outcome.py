"""How a job ends, or that it waits: decided here and nowhere else, from the error and the facts. Pure.

What may have been paid for is never failed: it is held for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from takevoice.errors import (
    BackendBusy,
    BackendError,
    Cancelled,
    ClaimedElsewhere,
    LedgerError,
    LowCorrelation,
    MaybePaidElsewhere,
    NoAnswer,
    NotWritable,
    RenderedAgain,
    SpendingLimitExceeded,
    TakevoiceError,
    UnknownVoice,
    printable,
)
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State

GONE = "gone"
"""The code of a job whose file went away: it was deleted, renamed or moved."""


class Stage(Enum):
    """The step in which something went wrong."""

    INTAKE = "intake"
    WORK = "work"  # conversion or restoration


@dataclass(frozen=True)
class Facts:
    """What a decision depends on, besides the error."""

    stage: Stage = Stage.WORK
    unresolved: int = 0  # requests that were sent and have no answer
    cancel_requested: bool = False  # by a person
    file_gone: bool = False  # the take is not there any more
    voice_moved: bool = False  # the voice has another id now than when the job was planned
    wait_when_unavailable: bool = True  # takes may wait for a backend, or the ledger


@dataclass(frozen=True)
class Outcome:
    """The state that follows, and why. QUEUED means that the job waits and is tried again."""

    state: State
    code: str = ""
    text: str = ""
    trips_breaker: bool = False


def decide(job: Job, error: BaseException, facts: Facts) -> Outcome:
    """Return what follows from an error in a job's way.

    Raises nothing: an unexpected error is an outcome too (code "bug").
    """
    if _may_wait(error, facts):
        return _waiting(job, error, facts)
    if isinstance(error, UnknownVoice) and facts.voice_moved and not (facts.unresolved or facts.cancel_requested):
        return Outcome(State.FOUND, text="its voice has another id now; it is planned again")
    held = _held(job, error)
    if held is not None:
        return held
    failed = _failed(job, error)
    if facts.unresolved:
        return _maybe_paid(job, failed.text)
    if isinstance(error, RenderedAgain) and job.origin == "folder":
        what = f"{printable(job.path)}: it was rendered again before it was converted; the new version has a job of its own"
        return Outcome(State.CANCELLED, error.code, what)
    if facts.file_gone and not isinstance(error, BackendError):
        what = f"{printable(job.path)}: it was deleted, renamed or moved before it was converted"
        return Outcome(State.CANCELLED, GONE, what)
    return failed


def decide_after_restart(job: Job, *, answer_complete: bool, facts: Facts) -> Outcome:
    """Return what follows for a job that was converting when takevoice ended."""
    if facts.cancel_requested:
        return Outcome(State.CANCELLED, text="cancelled by a person")
    if answer_complete:
        return Outcome(State.RESTORING, text="the backend's answer is complete")
    if facts.unresolved:
        return _maybe_paid(
            job, f"{printable(job.path)}: takevoice ended while {job.backend} was converting it"
        )
    return Outcome(State.QUEUED, text="takevoice ended while it was converting")


def _may_wait(error: BaseException, facts: Facts) -> bool:
    if isinstance(error, Cancelled | BackendBusy | ClaimedElsewhere):
        return True  # a person ended it, or may end it; no room is no failure, however long it lasts
    if isinstance(error, NoAnswer):
        return facts.wait_when_unavailable
    if isinstance(error, LedgerError):
        return facts.stage is Stage.INTAKE and facts.wait_when_unavailable
    return isinstance(error, BackendError) and error.blocks and facts.wait_when_unavailable


def _waiting(job: Job, error: BaseException, facts: Facts) -> Outcome:
    trips = isinstance(error, BackendError) and error.blocks
    reason = getattr(error, "code", "")
    if isinstance(error, Cancelled):
        reason = "takevoice was stopped"
    elif isinstance(error, BackendBusy):
        reason = printable(f"{job.backend} is busy: {error}")
    elif isinstance(error, ClaimedElsewhere):
        reason = error.what
    elif isinstance(error, NoAnswer):
        reason = str(error)
    if facts.cancel_requested:
        return Outcome(State.CANCELLED, text="cancelled by a person", trips_breaker=trips)
    if facts.unresolved:
        held = _maybe_paid(job, f"{printable(job.path)}: {reason}")
        return Outcome(held.state, held.code, held.text, trips)
    return Outcome(State.QUEUED, text=reason, trips_breaker=trips)


def _held(job: Job, error: BaseException) -> Outcome | None:
    if isinstance(error, LowCorrelation | SpendingLimitExceeded | MaybePaidElsewhere):
        return Outcome(State.HELD, error.code, _line(job, error, HoldReason.of(error.code)))
    if isinstance(error, UnknownVoice) and job.origin == "folder":
        return Outcome(State.HELD, HoldReason.NO_VOICE.code, _line(job, error, HoldReason.NO_VOICE))
    if isinstance(error, NotWritable) and job.origin in ("folder", "file"):
        reason = HoldReason.UNWRITABLE
        return Outcome(State.HELD, reason.code, f"{printable(job.path)}: {error.rule}; {reason.hint(job.id)}")
    if isinstance(error, BackendError) and error.billed is None:
        paid = _maybe_paid(job, _line(job, error))
        return Outcome(State.HELD, error.code, paid.text)
    return None


def _failed(job: Job, error: BaseException) -> Outcome:
    if isinstance(error, TakevoiceError):
        return Outcome(State.FAILED, error.code, _line(job, error))
    what = f"{type(error).__name__}: {error}; this is a fault of takevoice, the log has the details"
    return Outcome(State.FAILED, "bug", printable(f"{printable(job.path)}: {what}"))


def _maybe_paid(job: Job, text: str) -> Outcome:
    reason = HoldReason.OUTCOME_UNKNOWN
    known = "" if "may have been billed" in text else "; it may be paid for"
    return Outcome(State.HELD, reason.code, f"{text}{known}{':' if known else ';'} {reason.hint(job.id)}")


def _line(job: Job, error: TakevoiceError, reason: HoldReason | None = None) -> str:
    """Return the error as one line, with the take's path unless that is in it already."""
    path = printable(job.path)
    text = str(error) if path in str(error) else f"{path}: {error}"
    return text if reason is None else f"{text}; {reason.hint(job.id)}"
