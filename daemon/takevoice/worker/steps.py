"""The two halves of a conversion: with the backend, and back to the original's shape and place."""

from __future__ import annotations

import time
from collections.abc import Callable

from takevoice import audio
from takevoice.errors import AudioError, BadResult, PluginError
from takevoice.jobs import Encoded, Job, State, Take
from takevoice.request import OUTPUT_FORMATS
from takevoice.settings import request_for
from takevoice.watch import look
from takevoice.worker.context import Context, log

PROGRESS_EVERY = 1.0  # seconds between two notes of progress


def original(job: Job) -> Take:
    """The take as it was when its settings were decided.

    Raises:
        AudioError: it has changed, or cannot be read any more.
    """
    take = audio.inspect(job.path)
    if (
        job.fingerprint is not None
        and look(job.path) != job.fingerprint
        and audio.audio_hash(take) != job.audio_hash
    ):
        raise AudioError(
            "has changed since it was queued",
            where=str(job.path),
            hint="the new version gets a job of its own",
        )
    return take


def earlier_result(context: Context, job: Job) -> Take | None:
    """What another job has made of the same audio with the same settings, if it is still as it was made."""
    for done in context.ledger.done_with(job.audio_hash, job.settings_hash):
        if done.id != job.id and done.output is not None and done.output.exists():
            try:
                take = audio.inspect(done.output)
                if audio.audio_hash(take) == context.ledger.output_hash(done.id, done.output):
                    return take
            except AudioError:
                continue
    return None


def convert(context: Context, job: Job, stop: Callable[[], bool]) -> Job:
    """Has the take converted, unless that is not needed; the answer lies in the job's folder then.

    Raises:
        TakevoiceError: it cannot be done, and why.
    """
    take = original(job)
    detail = ""
    if context.work.received(job) is not None:
        detail = "what the backend sent before is still there"
    elif (earlier := earlier_result(context, job)) is not None:
        detail = f"the same audio was converted before: {earlier.path}"
    elif audio.silent(take):
        detail = "the take is silent: nothing is sent, and the result is silent too"
        log.warning(
            "%s: every sample is zero, so nothing is sent and the result is silent too; check the track's mute and routing",
            take.path,
        )
    else:
        folder = context.work.folder(job)
        prepared = context.plugins.prepare_audio(job, audio.to_mono(take, folder))
        encoded = context.plugins.convert(job, request_for(job.settings, job.settings["voice_id"]), prepared)
        progress = Progress(context, job, encoded, prepared)
        context.work.receive(job, encoded.chunks, encoded.output_format, progress, stop)
    return context.tell(context.ledger.change(job.id, State.RESTORING, progress=1.0, detail=detail))


def restore_and_publish(context: Context, job: Job) -> Job:
    """Makes the answer fit the original, and puts it in its place.

    Raises:
        TakevoiceError: it cannot be done, and why.
    """
    take = original(job)
    converted = _converted(context, job, take)
    # The name is stored before anything is written under it.
    job = context.ledger.update(job.id, output=context.plugins.output_path(job))
    path = context.plugins.write_output(job, converted)
    written = look(path)
    if written is None:
        raise PluginError("write_output", "said that it wrote a file that is not there", where=str(path))
    if not context.ledger.output_hash(job.id, path):
        context.ledger.remember_output(job.id, path, written, audio.audio_hash(audio.inspect(path)))
    job = context.ledger.change(job.id, State.DONE, output=path, error="", error_code="")
    context.work.clear(job)
    return context.tell(job)


def _converted(context: Context, job: Job, take: Take) -> Take:
    """The converted audio in the take's shape."""
    received = context.work.received(job)
    if received is None:
        # Made before for another take, or nothing to convert: digital silence stays as it is.
        return earlier_result(context, job) or take
    path, output_format = received
    try:
        restored = audio.restore(take, path, output_format, context.work.folder(job))
    except BadResult:
        context.work.forget_received(job)
        raise
    return _same_shape(context.plugins.restore_audio(job, take, restored), take)


def _same_shape(restored: Take, take: Take) -> Take:
    now = audio.inspect(restored.path)
    for name in ("frames", "sample_rate", "channels"):
        if getattr(now, name) != getattr(take, name):
            raise PluginError(
                "restore_audio",
                f"{name} became {getattr(now, name)}, the take has {getattr(take, name)}",
                where=str(take.path),
            )
    return now


class Progress:
    """Notes how far a conversion is, from the bytes that came and those to be expected."""

    def __init__(self, context: Context, job: Job, encoded: Encoded, audio: Take) -> None:
        self._context, self._job = context, job
        known = OUTPUT_FORMATS.get(encoded.output_format) or OUTPUT_FORMATS.get(
            str(job.settings["output_format"])
        )
        # A self-describing lossless answer: float samples at the take's own rate.
        rate = known.bytes_per_second if known else 4.0 * audio.sample_rate
        self._expected = max(1.0, rate * audio.seconds)
        self._next = time.monotonic() + PROGRESS_EVERY

    def __call__(self, size: int) -> None:
        """Called with the bytes so far."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PROGRESS_EVERY
            job = self._context.ledger.update(
                self._job.id, progress=round(min(0.99, size / self._expected), 3)
            )
            for observer in self._context.observers:
                observer(job)
