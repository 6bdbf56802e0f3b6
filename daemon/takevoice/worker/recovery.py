"""What an earlier run left behind, when it was stopped or killed in the middle."""

from __future__ import annotations

from takevoice import audio
from takevoice.errors import AudioError, StorageError
from takevoice.jobs import Job, State
from takevoice.worker.context import Context
from takevoice.worker.defaults import DefaultSteps
from takevoice.worker.requests import key_of


def recover(context: Context, defaults: DefaultSteps) -> list[Job]:
    """Puts every unfinished job of the runner back on its way; returns those to be restored at once.

    A request to a paid backend whose outcome nobody knows is held for a person, never sent again by itself.
    """
    ledger = context.ledger
    ledger.forget_unsettled(context.runner)
    paid = {backend.name for backend in context.plugins.backends() if backend.paid}
    _sweep(context)
    to_restore = []
    for job in ledger.jobs((State.CONVERTING, State.RESTORING), runner=context.runner):
        if job.output is not None:
            defaults.temp(job).unlink(missing_ok=True)
        if job.state is State.RESTORING and _is_published(context, job):
            context.tell(ledger.change(job.id, State.DONE, detail="it was published before the end"))
        elif job.state is State.RESTORING:
            to_restore.append(job)
        elif context.work.answers(job, key_of(job)) is not None:
            to_restore.append(
                context.tell(
                    ledger.change(
                        job.id, State.RESTORING, progress=1.0, detail="what the backend sent is there"
                    )
                )
            )
        elif job.backend in paid:
            text = f"{job.path}: takevoice ended while {job.backend} was converting it, so it may be paid for; `takevoice retry {job.id}` sends it again"
            context.tell(ledger.change(job.id, State.HELD, error_code="outcome_unknown", error=text))
        else:
            context.tell(
                ledger.change(
                    job.id, State.QUEUED, progress=0.0, detail="takevoice ended while it was converted"
                )
            )
    return to_restore


def _sweep(context: Context) -> None:
    """Removes the folders of jobs that ended just before their folder was removed."""
    ended = {job.id for job in context.ledger.jobs((State.DONE, State.CANCELLED))}
    for job_id in context.work.job_ids():
        if job_id in ended:
            context.work.remove(job_id)


def _is_published(context: Context, job: Job) -> bool:
    if job.output is None or not job.output.exists():
        return False
    wanted = context.ledger.output_hash(job.id, job.output)
    try:
        return bool(wanted) and audio.audio_hash(audio.inspect(job.output)) == wanted
    except (AudioError, StorageError):
        return False
