"""What an earlier run left behind, when it was stopped or killed in the middle."""

from __future__ import annotations

from takevoice import audio
from takevoice.errors import AudioError, LedgerError, StorageError, UnknownJob
from takevoice.jobs import Job, State
from takevoice.pipeline.charges import unresolved_requests, what_to_do
from takevoice.pipeline.publishing import DefaultSteps
from takevoice.pipeline.segments import key_of
from takevoice.pipeline.services import Services, fault, log


def recover(context: Services, defaults: DefaultSteps) -> list[Job]:
    """Puts every unfinished job of the runner back on its way; returns those to be restored at once.

    A request to a paid backend whose outcome nobody knows is held for a person, never sent again by itself.
    """
    ledger = context.ledger
    ledger.forget_unsettled(context.runner)
    ledger.forget_refused()
    _sweep(context)
    to_restore = []
    for job in ledger.jobs((State.CONVERTING, State.RESTORING), runner=context.runner):
        try:
            now = _recovered(context, job, defaults)
        except LedgerError:
            raise  # nothing can be begun now
        except Exception as error:
            log.exception("job %s: could not be taken up again", job.id)
            _give_up(context, job, fault(job, error))
            continue
        if now.state is State.RESTORING:
            to_restore.append(now)
    return to_restore


def _give_up(context: Services, job: Job, text: str) -> None:
    if context.ledger.in_doubt(job.id):
        text = f"{text}; it may be paid for: {what_to_do(job)}"
        context.ledger.change(job.id, State.HELD, error_code="outcome_unknown", error=text)
    else:
        context.ledger.change(job.id, State.FAILED, error_code="bug", error=text)


def _recovered(context: Services, job: Job, defaults: DefaultSteps) -> Job:
    """Where the job goes on."""
    ledger = context.ledger
    if job.output is not None:
        defaults.sweep(job)
    if job.state is State.RESTORING and _is_published(context, job):
        return context.tell(ledger.change(job.id, State.DONE, detail="it was published before the end"))
    if job.state is State.RESTORING:
        return job
    ledger.account.give_back(job.id)
    lost = unresolved_requests(context, job)
    if job.id in ledger.asked_to_stop():
        return context.tell(ledger.change(job.id, State.CANCELLED, detail="by a person"))
    if context.work.answers(job, key_of(job)) is not None:
        return context.tell(
            ledger.change(job.id, State.RESTORING, progress=1.0, detail="what the backend sent is there")
        )
    if lost:
        text = f"{job.path}: takevoice ended while {job.backend} was converting it, so it may be paid for: {what_to_do(job)}"
        return context.tell(ledger.change(job.id, State.HELD, error_code="outcome_unknown", error=text))
    return context.tell(
        ledger.change(job.id, State.QUEUED, progress=0.0, detail="takevoice ended while it was converted")
    )


def _sweep(context: Services) -> None:
    """Removes the folders of jobs that ended just before their folder was removed; what was paid for stays until it is published."""
    for job_id in context.work.job_ids():
        try:
            state = context.ledger.job(job_id).state
        except UnknownJob:
            state = State.DONE
        if state is State.DONE or (state is State.CANCELLED and not context.ledger.has_paid(job_id)):
            context.work.remove(job_id)


def _is_published(context: Services, job: Job) -> bool:
    if job.output is None or not job.output.exists() or not context.ledger.is_announced(job):
        return False
    wanted = context.ledger.output_hash(job.id, job.output)
    try:
        return bool(wanted) and audio.audio_hash(audio.inspect(job.output)) == wanted
    except (AudioError, StorageError):
        return False
