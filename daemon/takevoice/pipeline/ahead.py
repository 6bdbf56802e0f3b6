"""What is done for a take while its file settles: everything that can be thrown away.

The take is read and assessed, and a backend that costs nothing converts it. None of it counts: once the file has settled,
everything is decided again from what it holds then, and an answer that is there already is used if it is to the same audio,
sample by sample, and to the same request.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

from takevoice.errors import Cancelled, printable
from takevoice.jobs import Job, Take
from takevoice.ledger import Ledger
from takevoice.pipeline.assessment import Assessor, Skipped
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.hold_policy import HoldPolicy
from takevoice.pipeline.pacing import Pacing
from takevoice.pipeline.planning import Draft, Planner
from takevoice.pipeline.readings import Readings
from takevoice.pipeline.segments import SegmentConverter, Stop
from takevoice.pipeline.workdir import WorkDir
from takevoice.plugins import Plugins
from takevoice.system.fileid import version_of

log = logging.getLogger("takevoice")

LONGEST = 60.0  # seconds of audio, in all channels: what a settled take may have to wait for
FOR_FINISHED = ("accept_file", "track_name", "prepare_audio")
"""Hooks that are called for files that are finished; where a plugin has one of them, nothing is done before that."""


class WorkAhead:
    """Does ahead what it can for one take at a time, in any thread. The job is not changed, and no error is reported."""

    def __init__(
        self,
        ledger: Ledger,
        plugins: Plugins,
        planner: Planner,
        assessor: Assessor,
        holds: HoldPolicy,
        work: WorkDir,
        readings: Readings,
        segments: SegmentConverter,
        breaker: CircuitBreaker,
        pacing: Pacing,
    ) -> None:
        self._ledger, self._plugins, self._planner, self._assessor = ledger, plugins, planner, assessor
        self._holds, self._work, self._readings, self._segments = holds, work, readings, segments
        self._breaker, self._pacing = breaker, pacing
        self._made: dict[int, Job] = {}  # as they were planned, until they are claimed or discarded
        self._lock = threading.Lock()

    def run(self, job: Job, stop: Stop) -> bool:
        """Do what can be done for a job whose file is likely to be finished, in `job.version`; returns False when it was stopped."""
        if job.id in self._made or self._work.path_of(job.id).exists():
            return True
        try:
            self._run(job, stop)
        except Cancelled:
            self.discard(job.id)
            return False
        except Exception as error:  # the file is judged when it has settled
            log.debug("%s: nothing is done ahead: %s", printable(job.path), error, exc_info=True)
            self.discard(job.id)
        return True

    def claimed(self, job_id: int) -> None:
        """Note that the job's own conversion begins: what was made for it is in its hands."""
        with self._lock:
            self._made.pop(job_id, None)

    def discard(self, job_id: int) -> None:
        """Discard what was made for a job that is not claimed yet."""
        with self._lock:
            planned = self._made.pop(job_id, None)
        if planned is not None:
            self._readings.forget(planned)
            self._work.remove(job_id)

    def _run(self, job: Job, stop: Stop) -> None:
        if any(self._plugins.uses(hook) for hook in FOR_FINISHED):
            return
        assessed = self._assessor.assess(job.path)
        if isinstance(assessed, Skipped) or self._is_held(job, assessed.draft):
            return
        draft, audio_hash = assessed.draft, assessed.audio_hash
        if _seconds(draft.take) > LONGEST or version_of(job.path) != job.version:
            return
        known = replace(job, audio_hash=audio_hash)
        with self._lock:
            self._made[job.id] = known
        self._readings.of(known, draft.take)
        if stop.before_next():
            raise Cancelled("stopped before it began")
        if self._is_free(draft):
            self._convert(job, draft, audio_hash, stop)

    def _convert(self, job: Job, draft: Draft, audio_hash: str, stop: Stop) -> None:
        if len(draft.conversions) > 1:
            return  # its candidates have jobs of their own, once it has settled
        plan = self._planner.complete(draft)
        planned = replace(job, **plan.as_fields(audio_hash))
        if self._assessor.converted_before(plan, audio_hash) is not None or not self._reserve(planned):
            return
        reading = self._readings.of(planned, draft.take)
        segmentation = self._planner.segmentation_of(draft, reading)
        if not segmentation.segments or version_of(job.path) != job.version:
            return
        self._work.keep_segmentation(planned, segmentation, paid=False, ahead=True)
        self._segments.convert_ahead(planned, reading, segmentation, stop)

    def _is_held(self, job: Job, draft: Draft) -> bool:
        return self._holds.hold_for(job, draft) is not None

    def _is_free(self, draft: Draft) -> bool:
        """Return True for a backend that costs nothing and has room now."""
        unready = (*self._breaker.open_backends(), *self._pacing.without_room())
        return not draft.backend.paid and draft.backend.name not in unready

    def _reserve(self, planned: Job) -> bool:
        """Return True when no other take's result will do for this one; it is the one then for others."""
        key = (planned.audio_hash, planned.settings_hash)
        if self._ledger.jobs.is_made(*key):
            return False
        with self._lock:
            others = (other for other in self._made.values() if other.id != planned.id)
            if any((other.audio_hash, other.settings_hash) == key for other in others):
                return False
            self._made[planned.id] = planned
            return True


def _seconds(take: Take) -> float:
    return take.seconds * take.channels
