"""The pieces of a take at the backend: those of one take side by side, all takes' together within the limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from takevoice import audio
from takevoice.audio import Segment, Segmentation
from takevoice.errors import Cancelled, LedgerError, printable
from takevoice.jobs import Encoded, Job, Take
from takevoice.pipeline.charges import JobCharges, in_doubt
from takevoice.pipeline.services import Services, log
from takevoice.request import OUTPUT_FORMATS
from takevoice.settings import request_for, request_hash

PROGRESS_EVERY = 1.0  # seconds between two notes of progress
WAIT = 0.2  # seconds between two looks whether to go on waiting for a slot


class Slots:
    """How many conversions there may be at once, whatever they belong to."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._free = threading.Semaphore(number)

    def use(self, work: Callable[[], None], stop: Callable[[], bool]) -> None:
        """Does the work when there is a free slot; raises Cancelled when `stop` says so first."""
        while not self._free.acquire(timeout=WAIT):
            if stop():
                raise Cancelled("stopped before it was begun")
        try:
            work()
        finally:
            self._free.release()


def key_of(job: Job) -> str:
    """Says for which request something was received."""
    return request_hash(job.backend, request_for(job.settings, job.settings["voice_id"]))


@dataclass(frozen=True)
class Stop:
    """Whether to go on with a job: `begin` with another request, `wait` for one that is under way."""

    begin: Callable[[], bool]
    wait: Callable[[], bool]


def convert_pieces(
    context: Services, job: Job, take: Take, layout: Segmentation, slots: Slots, going_on: Stop
) -> int:
    """Has those pieces converted that were not received yet; returns how many. Each is kept as soon as it is there.

    After a failure no other piece is begun, and those under way are finished.

    Raises:
        TakevoiceError: a piece could not be converted, and why.
    """
    conversion = _Conversion(context, job, take, layout, going_on)
    errors = _side_by_side(
        lambda piece: conversion.convert(piece, slots), conversion.missing, slots.number, f"job-{job.id}"
    )
    # What may be paid for comes first; that others were not begun comes last.
    for error in sorted(errors, key=lambda error: (isinstance(error, Cancelled), not in_doubt(error))):
        raise error
    return len(conversion.missing)


def _side_by_side(
    work: Callable[[Segment], None], pieces: Sequence[Segment], number: int, name: str
) -> list[Exception]:
    """Does the work for all pieces, in threads that do not keep the process from ending; returns what went wrong."""
    waiting: SimpleQueue[Segment] = SimpleQueue()
    for piece in pieces:
        waiting.put(piece)
    errors: list[Exception] = []

    def run() -> None:
        while not errors:
            try:
                work(waiting.get_nowait())
            except Empty:
                return
            except Exception as error:
                errors.append(error)

    if len(pieces) <= 1:
        run()
        return errors
    threads = [
        threading.Thread(target=run, name=f"{name}-{n}", daemon=True) for n in range(min(number, len(pieces)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


class _Conversion:
    """One job's pieces at the backend."""

    def __init__(self, context: Services, job: Job, take: Take, layout: Segmentation, going_on: Stop) -> None:
        self._context, self._job, self._take, self._layout = context, job, take, layout
        self._going_on, self._key = going_on, key_of(job)
        self.missing = [
            piece for piece in layout.pieces if context.work.received(job, self._key, piece) is None
        ]
        self._progress = Progress(context, job, layout, self.missing)
        self._bill = JobCharges(context, job, self._key)
        self._bill.reserve(self.missing, take.sample_rate)
        if self.missing:
            log.info(
                "%s: %.1f s, converting to %s with %s (job %d)",
                printable(job.path.name),
                job.seconds,
                job.voice,
                job.backend,
                job.id,
            )

    def convert(self, piece: Segment, slots: Slots) -> None:
        """Has one piece converted, when there is a free slot."""
        slots.use(lambda: self._convert(piece), self._going_on.begin)

    def _convert(self, piece: Segment) -> None:
        context, job = self._context, self._job
        if self._going_on.begin():
            raise Cancelled("stopped before it was begun")
        # What a plugin may change must not be the original.
        copy = context.plugins.uses("prepare_audio")
        sent = audio.write_segment(self._take, self._layout, piece, context.work.folder(job), copy=copy)
        prepared = context.plugins.prepare_audio(job, sent)
        self._bill.sending(piece)
        try:
            self._receive(piece, prepared)
        except Exception as error:
            self._bill.failed(piece, error)
            raise
        self._bill.received(piece)
        context.closed.open(job.backend)
        context.closed.taken(job.id)
        sent.path.unlink(missing_ok=True)

    def _receive(self, piece: Segment, prepared: Take) -> None:
        request = request_for(self._job.settings, self._job.settings["voice_id"])
        encoded = self._context.plugins.convert(self._job, request, prepared)
        progress = self._progress.of(piece, encoded, prepared)
        self._context.work.receive(
            self._job,
            self._key,
            piece,
            encoded.chunks,
            encoded.output_format,
            progress,
            self._going_on.wait,
        )


class Progress:
    """Notes how far a conversion is, from the bytes that came and those to be expected."""

    def __init__(self, context: Services, job: Job, layout: Segmentation, missing: Sequence[Segment]) -> None:
        self._context, self._job = context, job
        self._lock = threading.Lock()
        self._frames = sum(piece.frames for piece in layout.pieces)
        self._shares = {piece: 0.0 if piece in missing else 1.0 for piece in layout.pieces}
        self._next = time.monotonic() + PROGRESS_EVERY

    def of(self, piece: Segment, encoded: Encoded, audio: Take) -> Callable[[int], None]:
        """What is to be called with the bytes of a piece so far."""
        known = OUTPUT_FORMATS.get(encoded.output_format) or OUTPUT_FORMATS.get(
            str(self._job.settings["output_format"])
        )
        # A self-describing lossless answer: float samples at the take's own rate.
        rate = known.bytes_per_second if known else 4.0 * audio.sample_rate
        expected = max(1.0, rate * audio.seconds)
        return lambda size: self._note(piece, min(1.0, size / expected))

    def _note(self, piece: Segment, share: float) -> None:
        with self._lock:
            self._shares[piece] = share
            now = time.monotonic()
            if now < self._next:
                return
            self._next = now + PROGRESS_EVERY
            done = sum(share * piece.frames for piece, share in self._shares.items()) / self._frames
        try:
            job = self._context.ledger.update(self._job.id, progress=round(min(0.99, done), 3))
        except LedgerError as error:
            log.debug("%s", error)  # no reason to lose the answer
            return
        for observer in self._context.observers:
            observer(job)
