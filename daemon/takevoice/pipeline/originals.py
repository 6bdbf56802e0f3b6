"""The take that a job converts, as long as it is still the one its settings were decided for."""

from __future__ import annotations

from takevoice import audio
from takevoice.errors import AudioError, RenderedAgain, StorageError
from takevoice.files import is_there
from takevoice.jobs import Job, Take
from takevoice.ledger import Ledger
from takevoice.system.fileid import version_of


def original(job: Job) -> Take:
    """Return the take of a planned job.

    Raises:
        RenderedAgain: it has changed since it was queued.
        AudioError: it cannot be read any more.
    """
    take = audio.inspect(job.path)
    check_unchanged(job)
    return take


def check_unchanged(job: Job) -> None:
    """Raise RenderedAgain when the take of a planned job has changed since it was queued; AudioError when it cannot be read."""
    if (
        job.version is not None
        and version_of(job.path) != job.version
        and audio.inspect_hashed(job.path)[1] != job.audio_hash
    ):
        raise RenderedAgain(
            "has changed since it was queued",
            where=str(job.path),
            hint="the new version gets a job of its own",
        )


def earlier_result(ledger: Ledger, job: Job) -> Take | None:
    """Return a result of the same audio and settings, of another job or another machine, if it is still as it was made."""
    jobs = ((done.output, done.id) for done in ledger.jobs.done_with(job.audio_hash, job.settings_hash) if done.id != job.id)
    made = [(path, ledger.outputs.hash_of(job_id, path)) for path, job_id in jobs if path is not None]
    for path, wanted in (*made, *ledger.outputs.seen(job.audio_hash, job.settings_hash)):
        if not is_there(path):
            continue
        try:
            take, found = audio.inspect_hashed(path)
        except (AudioError, StorageError):
            continue
        if found == wanted:
            return take
    return None
