"""The two halves of a conversion: with the backend, and back to the original's shape and place."""

from __future__ import annotations

from takevoice import audio
from takevoice.audio import MIN_CORRELATION, LevelSettings, Restored, Segmentation
from takevoice.errors import AudioError, BadResult, LowCorrelation, PluginError, printable
from takevoice.jobs import Job, State, Take
from takevoice.pipeline.segments import Slots, Stop, convert_pieces, key_of
from takevoice.pipeline.services import Services, log
from takevoice.watch import look


def original(job: Job) -> Take:
    """The take as it was when its settings were decided.

    Raises:
        AudioError: it has changed, or cannot be read any more.
    """
    take = audio.inspect(job.path)
    if (
        job.version is not None
        and look(job.path) != job.version
        and audio.audio_hash(take) != job.audio_hash
    ):
        raise AudioError(
            "has changed since it was queued",
            where=str(job.path),
            hint="the new version gets a job of its own",
        )
    return take


def earlier_result(context: Services, job: Job) -> Take | None:
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


def convert(context: Services, job: Job, slots: Slots, going_on: Stop) -> Job | None:
    """Has the take converted, unless that is not needed; the answers lie in the job's folder then.

    None: this very file was converted meanwhile, so there is no job, or the next start has to go on with it.

    Raises:
        TakevoiceError: it cannot be done, and why.
    """
    take = original(job)
    detail = ""
    if (earlier := earlier_result(context, job)) is not None:
        twin = _twin(context, job)
        if twin is not None:
            log.info("%s is left alone: it is converted already", printable(job.path))
            context.drop(job, job.version, "known", "it is converted already", twin)
            return None
        detail = f"the same audio was converted before: {earlier.path}"
        log.info("%s: the same audio was converted before, and that result is used", printable(job.path.name))
    else:
        layout = _laid_out(context, job, take)
        if not layout.pieces:
            detail = "the take is silent: nothing is sent, and the result is silent too"
            log.warning(
                "%s: every sample is zero, so nothing is sent and the result is silent too; check the track's mute and routing",
                take.path,
            )
        elif not convert_pieces(context, job, take, layout, slots, going_on):
            detail = "what the backend sent before is still there"
    now = context.stored(lambda: context.ledger.change(job.id, State.RESTORING, progress=1.0, detail=detail))
    return None if now is None else context.tell(now)


def _twin(context: Services, job: Job) -> Job | None:
    """The job that has published this very file's result, while this one was waiting; asked for anew it is made anew."""
    if job.origin != "folder" or job.attempt > 1:
        return None
    done = context.ledger.done_with(job.audio_hash, job.settings_hash)
    return next((other for other in done if other.path == job.path and other.id != job.id), None)


def _laid_out(context: Services, job: Job, take: Take) -> Segmentation:
    """What is sent for the take, stored before anything is."""
    analysis = audio.analyse(take)
    backend = context.backend(job.backend)
    limit = backend.max_seconds if backend else None
    layout = audio.segment_take(take, analysis, job.settings["channels"], limit)
    if job.settings["channels"] == "mix" and analysis.differing:
        log.warning(
            '%s: its channels hold different things, and their mix is converted; set channels = "each", or the number of one',
            printable(take.path),
        )
    if len(layout.pieces) > 1:
        log.info("%s goes in %d pieces", printable(take.path.name), len(layout.pieces))
    context.work.keep_layout(job, layout)
    return layout


def restore_and_publish(context: Services, job: Job) -> Job | None:
    """Makes the answer fit the original, and puts it in its place.

    None: it has to be converted anew, or the next start has to note that it is done.

    Raises:
        TakevoiceError: it cannot be done, and why.
    """
    take = original(job)
    try:
        converted = _converted(context, job, take)
    except _Gone:
        detail = "what it was to be made from is not there any more"
        context.stored(lambda: context.ledger.change(job.id, State.QUEUED, progress=0.0, detail=detail))
        return None
    original(job)
    # The name is stored before anything is written under it.
    job = context.ledger.update(job.id, output=context.plugins.output_path(job))
    path = context.plugins.write_output(job, converted)
    written = look(path)
    if written is None:
        raise PluginError("write_output", "said that it wrote a file that is not there", where=str(path))
    if not context.ledger.output_hash(job.id, path):
        context.ledger.remember_output(job.id, path, written, audio.audio_hash(audio.inspect(path)))
    done = context.stored(
        lambda: context.ledger.change(job.id, State.DONE, output=path, error="", error_code="")
    )
    if done is not None:
        context.work.clear(done)
        context.tell(done)
    return done


class _Gone(Exception):
    """There is neither an answer nor an earlier result, and a new one costs nothing that was paid before."""


def _converted(context: Services, job: Job, take: Take) -> Take:
    """The converted audio in the take's shape."""
    layout, found = context.work.layout(job), context.work.answers(job, key_of(job))
    if layout is not None and not layout.pieces:
        return take  # digital silence stays as it is
    if found is None:
        earlier = earlier_result(context, job)
        if earlier is None and not context.ledger.has_paid(job.id):
            raise _Gone
        if earlier is None:
            raise BadResult(
                "what the backend sent is not there any more",
                where=str(job.path),
                hint=f"`takevoice retry {job.id}` converts it anew",
            )
        return earlier
    try:
        restored = audio.restore(take, *found, _finish(job), context.work.folder(job))
    except BadResult:
        context.work.forget_received(job)
        raise
    _check_place(context, job, restored)
    return _same_shape(context.plugins.restore_audio(job, take, restored.take), take)


def _finish(job: Job) -> LevelSettings:
    names = ("level", "true_peak", "room_tone")
    return LevelSettings(**{name: job.settings[name] for name in names})


def _check_place(context: Services, job: Job, restored: Restored) -> None:
    """Stores where the answer lay; raises LowCorrelation when it does not look like this take's."""
    found = restored.placement
    if found is None:
        return
    context.ledger.update(
        job.id,
        offset_ms=round(found.offset, 2),
        drift_ms=round(found.drift, 2),
        correlation=round(found.correlation, 3),
    )
    if found.correlation < MIN_CORRELATION and LowCorrelation.code not in job.settings.get("released", ()):
        raise LowCorrelation(
            f"the answer does not go with the take (correlation {found.correlation:.2f}), so it is not published",
            where=str(job.path),
            hint=f"`takevoice release {job.id}` publishes it all the same, `takevoice retry {job.id}` converts it anew",
        )


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
