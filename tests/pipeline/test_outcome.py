"""Every way in which a job can end, as a table: what may have been paid for is never failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from takevoice.errors import (
    AudioError,
    BackendError,
    BackendUnavailable,
    BadResult,
    Cancelled,
    LedgerError,
    LowCorrelation,
    NoAnswer,
    PluginError,
    SpendingLimitExceeded,
    StorageError,
    UnknownVoice,
)
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.pipeline.charges import OutcomeUnknown
from takevoice.pipeline.outcome import Facts, Stage, decide, decide_after_restart

JOB = Job(7, Path("/exports/take.wav"), State.CONVERTING, backend="paid")


class NoCredits(BackendError):
    code = "quota_exceeded"
    blocks = True


class ServerError(BackendError):
    code = "server_error"
    billed = None


WORK, INTAKE = Facts(), Facts(Stage.INTAKE)
SENT = Facts(unresolved=1)
CANCELLED = Facts(cancel_requested=True)
IN_A_HURRY = Facts(wait_when_unavailable=False)

CASES = [
    # error, facts, state, code, trips the breaker
    (Cancelled("stopped"), WORK, State.QUEUED, "", False),
    (Cancelled("stopped"), CANCELLED, State.CANCELLED, "", False),
    (Cancelled("stopped"), SENT, State.HELD, "outcome_unknown", False),
    (LowCorrelation("unlike"), WORK, State.HELD, "not_alike", False),
    (SpendingLimitExceeded("too much"), WORK, State.HELD, "cap", False),
    (NoCredits("none"), WORK, State.QUEUED, "", True),
    (NoCredits("none"), CANCELLED, State.CANCELLED, "", True),
    (NoCredits("none"), SENT, State.HELD, "outcome_unknown", True),
    (NoCredits("none"), IN_A_HURRY, State.FAILED, "quota_exceeded", False),
    (NoCredits("none"), INTAKE, State.QUEUED, "", True),
    (NoAnswer("the share is gone"), WORK, State.QUEUED, "", False),
    (NoAnswer("the share is gone"), CANCELLED, State.CANCELLED, "", False),
    (NoAnswer("the share is gone"), SENT, State.HELD, "outcome_unknown", False),
    (NoAnswer("the share is gone"), IN_A_HURRY, State.FAILED, "no_answer", False),
    (OutcomeUnknown("was sent before"), WORK, State.HELD, "outcome_unknown", False),
    (ServerError("500"), WORK, State.HELD, "server_error", False),
    (BadResult("noise"), WORK, State.FAILED, "bad_result", False),
    (BadResult("noise"), SENT, State.HELD, "outcome_unknown", False),
    (UnknownVoice("who?"), INTAKE, State.HELD, "unknown_voice", False),
    (BackendUnavailable("no key"), INTAKE, State.QUEUED, "", True),
    (BackendUnavailable("no key"), IN_A_HURRY, State.FAILED, "backend_unavailable", False),
    (AudioError("broken"), INTAKE, State.FAILED, "audio", False),
    (StorageError("full"), WORK, State.FAILED, "storage", False),
    (StorageError("full"), SENT, State.HELD, "outcome_unknown", False),
    (LedgerError("locked"), INTAKE, State.QUEUED, "", False),
    (LedgerError("locked"), Facts(Stage.INTAKE, wait_when_unavailable=False), State.FAILED, "ledger", False),
    (LedgerError("locked"), WORK, State.FAILED, "ledger", False),
    (LedgerError("locked"), SENT, State.HELD, "outcome_unknown", False),
    (PluginError("house", "raised"), WORK, State.FAILED, "plugin", False),
    (ValueError("a bug"), WORK, State.FAILED, "bug", False),
    (ValueError("a bug"), SENT, State.HELD, "outcome_unknown", False),
]


@pytest.mark.parametrize(("error", "facts", "state", "code", "trips"), CASES)
def test_what_follows_from_an_error(
    error: Exception, facts: Facts, state: State, code: str, trips: bool
) -> None:
    outcome = decide(JOB, error, facts)
    assert (outcome.state, outcome.code, outcome.trips_breaker) == (state, code, trips)


@pytest.mark.parametrize(("error", "facts"), [case[:2] for case in CASES if case[2] is State.HELD])
def test_a_held_job_tells_the_ways_out_once(error: Exception, facts: Facts) -> None:
    text = decide(JOB, error, facts).text
    assert text.count("`takevoice release 7`") == 1
    assert text.count("`takevoice drop 7`") == 1
    assert text.startswith(f"{JOB.path}: ")


def test_that_a_request_may_be_paid_for_is_said_once() -> None:
    assert "; it may be paid for: `takevoice release 7`" in decide(JOB, OutcomeUnknown("was sent"), WORK).text
    text = decide(JOB, OutcomeUnknown("was sent", hint="it may have been billed; check your account"), WORK).text
    assert text == f"{JOB.path}: was sent; it may have been billed; check your account; {HoldReason.OUTCOME_UNKNOWN.hint(7)}"


@pytest.mark.parametrize(("error", "facts"), [case[:2] for case in CASES if case[2] is State.FAILED])
def test_a_failed_job_names_its_take_once_and_in_one_line(error: Exception, facts: Facts) -> None:
    text = decide(JOB, error, facts).text
    assert text.count(str(JOB.path)) == 1
    assert text.isprintable()


@pytest.mark.parametrize(
    ("complete", "facts", "state", "code"),
    [
        (True, WORK, State.RESTORING, ""),
        (True, SENT, State.RESTORING, ""),
        (True, CANCELLED, State.CANCELLED, ""),
        (False, WORK, State.QUEUED, ""),
        (False, SENT, State.HELD, "outcome_unknown"),
        (False, Facts(unresolved=1, cancel_requested=True), State.CANCELLED, ""),
    ],
)
def test_what_follows_after_a_restart(complete: bool, facts: Facts, state: State, code: str) -> None:
    outcome = decide_after_restart(JOB, answer_complete=complete, facts=facts)
    assert (outcome.state, outcome.code) == (state, code)
