"""The second half of a job: the answer is made to fit the original, and published."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from takevoice import audio
from takevoice.errors import BadResult, LowCorrelation, PluginError, printable
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State, Take
from takevoice.ledger import Ledger
from takevoice.pipeline.answer_store import AnswerStore
from takevoice.pipeline.elsewhere import Elsewhere, ResultElsewhere
from takevoice.pipeline.events import Events
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.originals import check_unchanged, earlier_result, original
from takevoice.pipeline.publishing import DefaultPublishing
from takevoice.pipeline.readings import Readings
from takevoice.pipeline.workdir import WorkDir
from takevoice.plugins import Plugins
from takevoice.settings import answer_key
from takevoice.system.fileid import version_of

if TYPE_CHECKING:
    from takevoice.audio import LevelSettings, Restored, Source

log = logging.getLogger("takevoice")

AUDIBLY = 0.5  # dB
SAID = 5  # silent places of one answer that are named


class Restoration:
    """Restores and publishes converted takes."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        plugins: Plugins,
        work: WorkDir,
        readings: Readings,
        publishing: DefaultPublishing,
        elsewhere: Elsewhere,
        retry_write: LedgerRetry,
    ) -> None:
        self._ledger, self._events, self._plugins, self._work = ledger, events, plugins, work
        self._readings, self._publishing, self._retry_write = readings, publishing, retry_write
        self._answers, self._elsewhere = AnswerStore(work), elsewhere

    def run(self, job: Job) -> Job | None:
        """Return the finished job; None when it has to be converted again, or takevoice stops.

        Raises:
            TakevoiceError: it cannot be restored or published, and why.
        """
        take = self._readings.take(job) or original(job)
        try:
            with ExitStack() as opened:
                source, placed = self._source(job, take, opened)
                check_unchanged(job)
                return self._publish(job, take, source, placed)
        except ResultElsewhere as found:
            self._readings.forget(job)
            self._elsewhere.finish(job, found.path)
            self._work.clear(job)
            return None
        except _AnswerMissing:
            detail = "the backend's answer is missing"
            self._retry_write(
                lambda: self._ledger.jobs.change(job.id, State.QUEUED, progress=0.0, detail=detail)
            )
            return None

    def _publish(self, job: Job, take: Take, source: Source, placed: Mapping[str, Any]) -> Job | None:
        self._elsewhere.check_before_publishing(job)
        # Its name is stored before the result gets it, and with it where the answer was placed.
        job = replace(job, **placed)
        job = replace(job, output=self._plugins.output_path(job))
        path = self._write(job, take, source)
        written = version_of(path)
        if written is None:
            raise PluginError("write_output", "returned a file that does not exist", where=str(path))
        if not self._ledger.outputs.hash_of(job.id, path):
            self._ledger.outputs.record(job, path, written, audio.inspect_hashed(path)[1])
        done = self._retry_write(
            lambda: self._ledger.jobs.change(job.id, State.DONE, output=path, error="", error_code="")
        )
        if done is not None:
            self._readings.forget(done)
            self._work.clear(done)
            self._elsewhere.claims.conclude(done)
            self._events.changed(done)
        return done

    def _write(self, job: Job, take: Take, source: Source) -> Path:
        """Write the result; its audio becomes a file of its own only where a plugin wants one."""
        if not self._plugins.replaces("write_output"):
            return self._publishing.write(job, take, source)
        return self._plugins.write_output(job, self._as_file(job, take, source))

    def _as_file(self, job: Job, take: Take, source: Source) -> Take:
        if isinstance(source, audio.TakeAudio):
            return source.take
        folder = self._work.folder(job)
        with audio.storage_errors(folder):
            return audio.write_take(source, take, folder / "restored.w64")

    def _source(self, job: Job, take: Take, opened: ExitStack) -> tuple[Source, Mapping[str, float]]:
        """Return the converted audio in the take's shape, and the job's fields that say where it was placed."""
        key = answer_key(job)
        segmentation, found = self._work.segmentation(job), self._work.answers(job, key)
        if segmentation is not None and not segmentation.segments:
            return audio.TakeAudio(take), {}  # silence, and nothing but tones, stay as they are
        if found is None:
            return audio.TakeAudio(self._earlier(job)), {}
        folder = self._work.folder(job)
        reading = self._readings.of(job, take)
        try:
            with audio.storage_errors(folder):
                restored = opened.enter_context(audio.restore(reading, *found, _level_settings(job), folder))
        except BadResult as error:
            self._discard(job, error.segment)
            raise
        placed = self._check_placement(job, restored)
        _log_level(job, restored)
        if not self._plugins.uses("restore_audio"):
            return restored, placed
        changed = self._plugins.restore_audio(job, take, self._as_file(job, take, restored))
        return audio.TakeAudio(_checked_shape(changed, take), restored.bits), placed

    def _discard(self, job: Job, segment: str) -> None:
        """Discard a bad answer. It is paid for all the same: like a lost one, it is asked for again by a person only."""
        key = answer_key(job)
        self._retry_write(lambda: self._ledger.charges.mark_spoilt(job.id, key, segment))
        self._answers.discard(job, segment or "*")
        self._work.mark_bad(job, f"{key}.{segment or '*'}")

    def _earlier(self, job: Job) -> Take:
        """Return another job's result for the same audio; without one, the job has lost its answer."""
        earlier = earlier_result(self._ledger, job)
        if earlier is not None:
            return earlier
        if not self._ledger.charges.has_sent(job.id):
            raise _AnswerMissing
        self._retry_write(lambda: self._ledger.charges.mark_spoilt(job.id, answer_key(job)))
        raise BadResult("the backend's answer is missing", where=str(job.path))

    def _check_placement(self, job: Job, restored: Restored) -> Mapping[str, float]:
        """Return where the answer was placed, as fields of the job; raises LowCorrelation when it does not resemble this take."""
        placement = restored.placement
        if placement is None:
            return {}
        placed = {
            "offset_ms": round(placement.offset, 2),
            "drift_ms": round(placement.drift, 2),
            "correlation": round(placement.correlation, 3),
        }
        if placement.remark:
            log.info("%s: %s", printable(job.path.name), placement.remark)
        approved = job.options.approves(HoldReason.LOW_CORRELATION, job.settings_hash)
        if not placement.alike and not approved:
            self._ledger.jobs.update(job.id, **placed)
            raise LowCorrelation(
                f"the answer does not resemble the take (correlation {placement.correlation:.2f}), so it is not published",
                where=str(job.path),
            )
        return placed


class _AnswerMissing(Exception):
    """There is neither an answer nor an earlier result, and nothing was paid for one."""


def _log_level(job: Job, restored: Restored) -> None:
    """Say when a result is quieter than it was to be, and why; and where it is silent."""
    for start, end in restored.holes[:SAID]:
        log.warning(
            "%s: the answer is silent from %.1f to %.1f s, where the take is not; listen to it",
            printable(job.path.name),
            start,
            end,
        )
    short = restored.level.short
    if short < AUDIBLY:
        return
    than = "its original" if job.settings.level == "match" else "asked for"
    if job.settings.level == "off":
        than, why = "the answer", "because its file holds nothing over full scale"
    elif restored.level.by_peaks:
        why = f"so that its peaks stay below {job.settings.true_peak:g} dBTP, or as high as they were (`true_peak`)"
    else:
        why = "because the answer is very quiet; listen to it"
    log.warning("%s is %.1f dB quieter than %s, %s", printable(job.path.name), short, than, why)


def _level_settings(job: Job) -> LevelSettings:
    settings = job.settings
    return audio.LevelSettings(settings.level, settings.true_peak, settings.room_tone, settings.keep_tones)


def _checked_shape(restored: Take, take: Take) -> Take:
    now = audio.inspect(restored.path)
    for name in ("frames", "sample_rate", "channels"):
        if getattr(now, name) != getattr(take, name):
            raise PluginError(
                "restore_audio",
                f"{name} became {getattr(now, name)}, the take has {getattr(take, name)}",
                where=str(take.path),
            )
    return now
