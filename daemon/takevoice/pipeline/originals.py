"""The take that a job converts, as long as it is still the one its settings were decided for."""

from __future__ import annotations

from takevoice import audio
from takevoice.errors import AudioError
from takevoice.jobs import Job, Take
from takevoice.ledger import Ledger
from takevoice.system.fileid import version_of


def original(job: Job) -> Take:
    """Return the take of a planned job.

    Raises:
        AudioError: it has changed since it was queued, or cannot be read any more.
    """
    take = audio.inspect(job.path)
    check_unchanged(job)
    return take


def check_unchanged(job: Job) -> None:
    """Raise AudioError when the take of a planned job has changed since it was queued, or cannot be read any more."""
    if (
        job.version is not None
        and version_of(job.path) != job.version
        and audio.inspect_hashed(job.path)[1] != job.audio_hash
    ):
        raise AudioError(
            "has changed since it was queued",
            where=str(job.path),
            hint="the new version gets a job of its own",
        )


def earlier_result(ledger: Ledger, job: Job) -> Take | None:
    """Return the result of another job for the same audio and settings, if it is still as that job made it."""
    for done in ledger.jobs.done_with(job.audio_hash, job.settings_hash):
        if done.id != job.id and done.output is not None and done.output.exists():
            try:
                take, found = audio.inspect_hashed(done.output)
                if found == ledger.outputs.hash_of(done.id, done.output):
                    return take
            except AudioError:
                continue
    return None
