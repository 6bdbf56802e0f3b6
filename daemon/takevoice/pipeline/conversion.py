"""The first half of a job: the take goes to the backend, unless that is not needed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from takevoice import audio
from takevoice.errors import printable
from takevoice.jobs import Disposition, Job, Take
from takevoice.ledger import Ledger
from takevoice.ledger.charges import Received
from takevoice.pipeline.answer_store import AnswerStore
from takevoice.pipeline.elsewhere import Elsewhere, ResultElsewhere
from takevoice.pipeline.events import Events
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.originals import earlier_result, original
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.prices import sent_in_words
from takevoice.pipeline.readings import Readings
from takevoice.pipeline.room import Room
from takevoice.pipeline.segments import SegmentConverter, Stop
from takevoice.pipeline.withdrawal import withdraw
from takevoice.pipeline.workdir import WorkDir
from takevoice.settings import answer_key

if TYPE_CHECKING:
    from takevoice.audio import Segmentation, TakeReading

log = logging.getLogger("takevoice")

_NONE: Sequence[Received] = ()


class Conversion:
    """Has takes converted; afterwards the backend's answers are in the job's folder."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        planner: Planner,
        work: WorkDir,
        segments: SegmentConverter,
        readings: Readings,
        elsewhere: Elsewhere,
        retry_write: LedgerRetry,
        room: Room,
    ) -> None:
        self._ledger, self._events, self._planner, self._work = ledger, events, planner, work
        self._segments, self._readings, self._retry_write = segments, readings, retry_write
        self._answers, self._elsewhere, self._room = AnswerStore(work), elsewhere, room

    def run(self, job: Job, stop: Stop) -> Job | None:
        """Return the job, ready to be restored; None when it was withdrawn, has another machine's result, or takevoice stops.

        Raises:
            TakevoiceError: the take cannot be converted, and why; or it waits, and for what.
        """
        try:
            return self._run(job, stop)
        except ResultElsewhere as found:
            self._elsewhere.finish(job, found.path)
            self._work.clear(job)
            return None

    def _run(self, job: Job, stop: Stop) -> Job | None:
        take = original(job)
        self._elsewhere.begin(job)
        earlier = None if job.options.new_answer else earlier_result(self._ledger, job)
        if earlier is not None:
            twin = self._twin(job)
            if twin is not None:
                why = "it is converted already"
                withdraw(
                    self._ledger, self._events, job, Disposition.ALREADY_CONVERTED, why, job.version, twin
                )
                self._answers.move_from(job.id)
                self._elsewhere.claims.own.release(job)
                return None
            self._check_publishable(job, take)
            name = printable(job.path.name)
            log.info("%s: the same audio was converted before, and that result is used", name)
            detail, unrecorded = f"the same audio was converted before: {earlier.path}", _NONE
        else:
            detail, unrecorded = self._convert(job, take, stop)
        now = self._retry_write(
            lambda: self._ledger.jobs.complete_conversion(job.id, unrecorded, detail=detail)
        )
        return None if now is None else self._events.changed(now)

    def _convert(self, job: Job, take: Take, stop: Stop) -> tuple[str, Sequence[Received]]:
        """Have the take converted; returns a remark for the job's history, and the requests to record with it."""
        self._check_publishable(job, take)
        backend = self._planner.backend_named(job.backend)
        if backend is not None and backend.paid:
            with self._room.promise():
                pass  # how much it takes is known once the take is cut
        reading = self._readings.of(job, take)
        ahead = self._work.sent_ahead(job) is not None
        segmentation = self._segment(job, reading)
        if not segmentation.segments:
            return _nothing_sent(job, reading, segmentation), _NONE
        converted = self._segments.convert(job, reading, segmentation, stop)
        self._answers.keep(job.id)  # before the job moves on: others may be waiting for this answer
        if converted.segments:
            return "", converted.unrecorded
        return _converted_ahead(job) if ahead else "the backend's earlier answer is used", converted.unrecorded

    def _check_publishable(self, job: Job, take: Take) -> None:
        """Check that the result can be written, before anything is paid; raises TakevoiceError."""
        target = self._planner.published_to(job)
        wanted = job.settings.result_format
        if target is not None and not target.parent.exists() and self._planner.names.may_make(job, target.parent):
            # Its folder is made when it is published.
            target = next(folder for folder in target.parents if folder.exists()) / target.name
        audio.check_publishable(
            take, target, wanted if target is None else audio.format_named(target, job.path, wanted)
        )

    def _twin(self, job: Job) -> Job | None:
        """Return the job that has published this very file's result while this one was waiting."""
        options = job.options
        again = (options.force or job.attempt > 1) and not options.approvals  # a release asks for no other result
        if again or options.new_answer or options.is_placed or job.is_candidate:
            return None  # a person wants another result, or one of several
        done = self._ledger.jobs.done_with(job.audio_hash, job.settings_hash)
        others = (other for other in done if other.path == job.path and other.id != job.id)
        return next((other for other in others if options.name in ("", other.options.name)), None)

    def _segment(self, job: Job, reading: TakeReading) -> Segmentation:
        """Decide how the take is cut, and store it before anything is sent."""
        take, analysis = reading.take, reading.analysis
        backend = self._planner.backend_named(job.backend)
        limit = backend.max_seconds if backend else None
        segmentation = audio.segment_take(reading, job.settings.channels, limit, job.settings.keep_tones)
        self._discard_stale(job, segmentation)
        if self._answers.is_of_other_audio(job):
            self._answers.set_aside(job.id)
        stored = self._work.segmentation(job)
        if stored is not None and self._work.has_any(job, answer_key(job)) and _fits(stored, limit, take.sample_rate):
            segmentation = stored  # as an older version cut it, perhaps: what is paid for stays good
        tones = audio.kept_tones(analysis, job.settings.keep_tones, take.sample_rate)
        if tones and segmentation.segments:
            log.info("%s: tones kept: %s", printable(take.path.name), audio.in_words(tones, take.sample_rate))
        if segmentation.found and segmentation.segments and backend is not None:
            log.info("%s: %s", printable(take.path.name), sent_in_words(segmentation, take.sample_rate, backend.for_voices(job.voice_id)))
        if job.settings.channels == "mix" and analysis.differing:
            log.warning(
                '%s: its channels differ, and their mix is converted; set channels = "each", or the number of one',
                printable(take.path),
            )
        if len(segmentation.segments) > 1:
            log.info("%s is sent in %d segments", printable(take.path.name), len(segmentation.segments))
        paid = backend is not None and backend.paid
        self._work.keep_segmentation(job, segmentation, paid=paid)
        if paid:
            self._answers.give(job, segmentation)
        return segmentation

    def _discard_stale(self, job: Job, segmentation: Segmentation) -> None:
        """Discard what was made while the file settled, if something else is to be converted now: other audio, or cut otherwise."""
        sent = self._work.sent_ahead(job)
        if sent is None:
            return
        same = (sent.audio_hash, sent.audio_plugins) == (job.audio_hash, job.audio_plugins)
        if not same or self._work.segmentation(job) != segmentation:
            self._work.remove(job.id)


def _converted_ahead(job: Job) -> str:
    """Log that the conversion was made before the file had settled; returns a remark for the job's history."""
    name = printable(job.path.name)
    log.info("%s: %.1f s, converted to %s with %s while it settled (job %d)", name, job.seconds, job.voice, job.backend, job.id)
    return "it was converted while its file settled"


def _nothing_sent(job: Job, reading: TakeReading, segmentation: Segmentation) -> str:
    """Say why nothing is sent of a take; returns a remark for the job's history."""
    if segmentation.found:
        tones = audio.kept_tones(reading.analysis, job.settings.keep_tones, reading.take.sample_rate)
        log.info(
            "%s is nothing but tones, which are kept: nothing is sent (%s)",
            printable(reading.take.path),
            audio.in_words(tones, reading.take.sample_rate),
        )
        return "the take is nothing but tones, which are kept: nothing is sent"
    if reading.analysis.is_silent:
        why = "every sample is zero, so nothing is sent and the result is silent too"
        check = "the track's mute and routing"
    else:
        why = "the channels that are to be converted hold nothing but silence, so nothing is sent and the result is a copy"
        check = "the setting `channels` (`takevoice explain` shows what it leads to)"
    log.warning("%s: %s; check %s", printable(reading.take.path), why, check)
    return why


def _fits(segmentation: Segmentation, max_seconds: float | None, sample_rate: int) -> bool:
    """Return True if no segment is longer than the backend takes."""
    return max_seconds is None or all(
        segment.frames <= max_seconds * sample_rate for segment in segmentation.segments
    )
