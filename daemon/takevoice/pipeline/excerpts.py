"""Takes that were cut out of a user's file: the excerpt goes when the job is done, and is cut again for another try."""

from __future__ import annotations

from takevoice.errors import StorageError, printable
from takevoice.files import is_missing, storage_error
from takevoice.jobs import Job, State


def cut_again(job: Job) -> None:
    """Cut a job's excerpt again if it is not there any more; nothing is done for a take that is a file of its own.

    Raises:
        TakevoiceError: the source is gone, cannot be read or has no such part, or the excerpt cannot be written.
    """
    part = job.options.part
    if part is None or not is_missing(job.path):
        return
    from takevoice import audio  # slow to load, and seldom needed by those who decide about jobs

    try:
        job.path.parent.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error("cannot be written", job.path.parent, error) from error
    audio.cut(part.path, job.path, start=part.start, length=part.length, handle=part.handle, channels=part.channels)


def check_retry(job: Job) -> None:
    """Make sure that a requested job that is done can be converted again: a try that cannot would cost it its result.

    Raises:
        StorageError: its file is gone.
        TakevoiceError: its excerpt cannot be cut again.
    """
    cut_again(job)
    if job.state is State.DONE and job.origin in ("osc", "file") and is_missing(job.path):
        raise StorageError(
            "is gone, so it cannot be converted again", where=str(job.source), hint="the job and its result stay as they are"
        )


def in_users_words(text: str, job: Job, called: str = "") -> str:
    """Return a text about a job with the user's own file, or what it is `called`, in place of the excerpt."""
    if job.options.part is None:
        return text
    return text.replace(str(job.path), called or str(job.source)).replace(printable(job.path), called or printable(job.source))


def name_of_excerpt(job: Job) -> str:
    """Return what an editor has named an excerpt, and its session or file: "Line 3 (Scene 12)"; empty for other takes."""
    options = job.options
    if options.part is None:
        return ""
    return f"{printable(options.name_of(job.path))} ({printable(options.session or options.part.path.name)})"
