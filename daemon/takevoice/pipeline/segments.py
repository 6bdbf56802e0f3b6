"""The segments of a take at the backend: those of one take side by side, all takes' together within the limit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from takevoice import audio
from takevoice.errors import (
    AudioError,
    BackendBusy,
    Cancelled,
    ClaimedElsewhere,
    LedgerError,
    StorageError,
    printable,
)
from takevoice.jobs import Encoded, Job, Take
from takevoice.ledger import Ledger
from takevoice.ledger.charges import UNREPORTED, Received
from takevoice.pipeline.charges import Charges, FreeOfCharge, JobCharges, charged_for, may_be_billed
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.elsewhere import Elsewhere
from takevoice.pipeline.events import Events
from takevoice.pipeline.pacing import Pacing
from takevoice.pipeline.room import Room, size_of
from takevoice.pipeline.workdir import WorkDir
from takevoice.plugins import Plugins
from takevoice.request import OUTPUT_FORMATS
from takevoice.settings import answer_key, request_for

if TYPE_CHECKING:
    from takevoice.audio import Segment, Segmentation, TakeReading

log = logging.getLogger("takevoice")

PROGRESS_EVERY = 1.0  # seconds between two progress reports
WAIT = 0.2  # seconds between two checks whether to keep waiting for a slot


@dataclass(frozen=True)
class Stop:
    """Whether to stop a job: before another request begins, and while one is under way."""

    before_next: Callable[[], bool]
    while_waiting: Callable[[], bool]


class Converted(NamedTuple):
    """How many segments were converted, and those paid requests whose answers the next write for the job records."""

    segments: int
    unrecorded: Sequence[Received]


@dataclass(frozen=True)
class _Task:
    """The conversion of one take."""

    job: Job
    reading: TakeReading
    segmentation: Segmentation
    stop: Stop
    bill: JobCharges | FreeOfCharge
    progress: Callable[[Segment, Encoded, Take], Callable[[int], None]]
    ahead: bool = False  # of the moment when its file has settled


def _ignore(_size: int) -> None:
    """Do not report how far a conversion is."""


class Slots:
    """How many conversions may run at once, whichever takes they belong to."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._free = threading.Semaphore(number)

    def use(self, work: Callable[[], None], stop: Callable[[], bool]) -> None:
        """Do the work when a slot is free; raises Cancelled when `stop` returns True first."""
        while not self._free.acquire(timeout=WAIT):
            if stop():
                raise Cancelled("stopped before it began")
        try:
            work()
        finally:
            self._free.release()


class SegmentConverter:
    """Has segments converted by the backend; each answer is stored as soon as it is complete."""

    def __init__(
        self,
        ledger: Ledger,
        plugins: Plugins,
        work: WorkDir,
        charges: Charges,
        breaker: CircuitBreaker,
        events: Events,
        slots: Slots,
        pacing: Pacing,
        elsewhere: Elsewhere,
        room: Room,
    ) -> None:
        self._elsewhere, self._room = elsewhere, room
        self._ledger, self._plugins, self._work, self._charges = ledger, plugins, work, charges
        self._breaker, self._events, self._slots, self._pacing = breaker, events, slots, pacing

    def convert(self, job: Job, reading: TakeReading, segmentation: Segmentation, stop: Stop) -> Converted:
        """Have those segments converted that have no answer yet.

        After a failure no other segment is begun, and those under way are finished.

        Raises:
            BackendBusy: a segment has to wait for the backend; those that have an answer keep it.
            ResultElsewhere: another machine has published the result meanwhile; nothing was sent.
            NotWritable: the state dir has no room for the answers of a paid backend; nothing was sent.
            TakevoiceError: a segment could not be converted, and why.
        """
        missing = self._missing(job, segmentation)
        bill, rate = self._charges.of_job(job), reading.take.sample_rate
        size = size_of(missing, rate, job.settings.output_format)
        with self._room.promise(size) if missing and bill.is_paid else nullcontext():
            bill.reserve(missing, rate)
            self._begin(job, missing)
            progress = _Progress(self._ledger, self._events, job, segmentation, missing)
            self._convert_all(_Task(job, reading, segmentation, stop, bill, progress.of), missing)
        return Converted(len(missing), bill.unrecorded)

    def _begin(self, job: Job, missing: Sequence[Segment]) -> None:
        if missing:
            log.info(
                "%s: %.1f s, converting to %s with %s (job %d)",
                printable(job.path.name),
                job.seconds,
                job.voice,
                job.backend,
                job.id,
            )

    def convert_ahead(self, job: Job, reading: TakeReading, segmentation: Segmentation, stop: Stop) -> None:
        """Do the same for a take that has not settled, with a backend that costs nothing: nothing is logged or stored but the answers."""
        task = _Task(job, reading, segmentation, stop, FreeOfCharge(), lambda *_: _ignore, ahead=True)
        self._convert_all(task, self._missing(job, segmentation))

    def _missing(self, job: Job, segmentation: Segmentation) -> Sequence[Segment]:
        key = answer_key(job)
        return [segment for segment in segmentation.segments if self._work.received(job, key, segment) is None]

    def _convert_all(self, task: _Task, segments: Sequence[Segment]) -> None:
        errors: list[Exception] = []

        def stop() -> bool:
            return bool(errors) or task.stop.before_next()

        _side_by_side(
            lambda segment: self._slots.use(lambda: self._convert_one(task, segment, stop), stop),
            segments,
            self._slots.number,
            f"job-{task.job.id}",
            errors,
        )
        # What may be paid for comes first; that others were not begun, or had no room, comes last.
        for error in sorted(errors, key=lambda e: (isinstance(e, Cancelled | BackendBusy | ClaimedElsewhere), not may_be_billed(e))):
            raise error

    def _convert_one(self, task: _Task, segment: Segment, stop: Callable[[], bool]) -> None:
        job, bill = task.job, task.bill
        if stop():
            raise Cancelled("stopped before it began")
        prepared = self._prepare(task, segment)
        with (
            self._pacing.turn(job, stop) as turn,
            self._work.receiving(job, answer_key(job), segment) as receiver,
        ):
            if not task.ahead:
                self._elsewhere.check_before_sending(job)
            bill.sending(segment)
            receiver.may_be_billed, sent = True, self._breaker.now()
            encoded, charged = None, UNREPORTED
            try:
                asking = replace(job, unusable=self._work.bad_answer(job, answer_key(job), segment))
                encoded = self._plugins.convert(asking, request_for(job.settings, job.voice_id), prepared)
                of_segment = task.progress(segment, encoded, prepared)
                charged = charged_for(encoded)
                receiver.store(encoded.chunks, encoded.output_format, of_segment, task.stop.while_waiting, charged)
                turn.max_concurrent = encoded.max_concurrent
            except Exception as error:
                # An error with the file itself, while there is no answer yet: nothing was sent.
                unsent = encoded is None and isinstance(error, AudioError | StorageError)
                receiver.may_be_billed = bill.failed(segment, error, unsent=unsent)
                raise
        bill.received(segment, charged)
        self._breaker.accepted(job.backend, job.id, sent)

    def _prepare(self, task: _Task, segment: Segment) -> Take:
        # A plugin may change what it is given, which must not be the original; and a file that settles is not kept open.
        copy = task.ahead or self._plugins.uses("prepare_audio")
        folder = self._work.folder(task.job)
        with audio.storage_errors(folder):
            sent = audio.write_segment(task.reading, task.segmentation, segment, folder, copy=copy)
        return self._plugins.prepare_audio(task.job, sent)


def _side_by_side(
    work: Callable[[Segment], None], segments: Sequence[Segment], number: int, name: str, errors: list[Exception]
) -> None:
    """Do the work for all segments, in threads that do not keep the process from ending; adds the errors that come."""
    waiting: SimpleQueue[Segment] = SimpleQueue()
    for segment in segments:
        waiting.put(segment)

    def run() -> None:
        while not errors:
            try:
                work(waiting.get_nowait())
            except Empty:
                return
            except Exception as error:
                errors.append(error)

    if len(segments) <= 1:
        run()
        return
    threads = [
        threading.Thread(target=run, name=f"{name}-{n}", daemon=True)
        for n in range(min(number, len(segments)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class _Progress:
    """Reports how far a conversion is, from the bytes received and the bytes expected."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        job: Job,
        segmentation: Segmentation,
        missing: Sequence[Segment],
    ) -> None:
        self._ledger, self._events, self._job = ledger, events, job
        self._lock = threading.Lock()
        self._frames = sum(segment.frames for segment in segmentation.segments)
        self._shares = {segment: float(segment not in missing) for segment in segmentation.segments}
        self._next = time.monotonic() + PROGRESS_EVERY

    def of(self, segment: Segment, encoded: Encoded, sent: Take) -> Callable[[int], None]:
        """Return a function to call with the number of bytes of a segment so far."""
        known = OUTPUT_FORMATS.get(encoded.output_format) or OUTPUT_FORMATS.get(
            self._job.settings.output_format
        )
        # A self-describing lossless answer: float samples at the take's own rate.
        rate = known.bytes_per_second if known else 4.0 * sent.sample_rate
        expected = max(1.0, rate * sent.seconds)
        return lambda size: self._note(segment, min(1.0, size / expected))

    def _note(self, segment: Segment, share: float) -> None:
        with self._lock:
            self._shares[segment] = share
            now = time.monotonic()
            if now < self._next:
                return
            self._next = now + PROGRESS_EVERY
            done = sum(share * segment.frames for segment, share in self._shares.items()) / self._frames
        try:
            job = self._ledger.jobs.update(self._job.id, progress=round(min(0.99, done), 3))
        except LedgerError as error:
            log.debug("%s", error)  # no reason to lose the answer
            return
        self._events.progress(job)
