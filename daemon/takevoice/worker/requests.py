"""The pieces of a take at the backend: those of one take side by side, all takes' together within the limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from takevoice import audio
from takevoice.audio import Layout, Piece
from takevoice.errors import Cancelled
from takevoice.jobs import Encoded, Job, Take
from takevoice.request import OUTPUT_FORMATS
from takevoice.settings import request_for, request_hash
from takevoice.worker.context import Context

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


def convert_pieces(
    context: Context, job: Job, take: Take, layout: Layout, slots: Slots, stop: Callable[[], bool]
) -> int:
    """Has those pieces converted that were not received yet; returns how many. Each is kept as soon as it is there.

    After a failure no other piece is begun, and those under way are finished.

    Raises:
        TakevoiceError: a piece could not be converted, and why.
    """
    key = key_of(job)
    missing = [piece for piece in layout.pieces if context.work.received(job, key, piece) is None]
    progress = Progress(context, job, layout, missing)
    failed = threading.Event()

    def one(piece: Piece) -> None:
        slots.use(
            lambda: _one(context, job, take, layout, piece, progress, stop), lambda: stop() or failed.is_set()
        )

    if len(missing) <= 1:
        for piece in missing:
            one(piece)
        return len(missing)
    with ThreadPoolExecutor(min(slots.number, len(missing)), thread_name_prefix=f"job-{job.id}") as pool:
        errors = list(pool.map(lambda piece: _caught(one, piece, failed), missing))
    _raise_first(errors)
    return len(missing)


def _caught(one: Callable[[Piece], None], piece: Piece, failed: threading.Event) -> Exception | None:
    try:
        if failed.is_set():
            raise Cancelled("another piece of the take failed")
        one(piece)
    except Exception as error:
        failed.set()
        return error
    return None


def _raise_first(errors: Sequence[Exception | None]) -> None:
    """Raises what went wrong; that others were not begun for it comes last."""
    found = [error for error in errors if error is not None]
    for error in sorted(found, key=lambda error: isinstance(error, Cancelled)):
        raise error


def _one(
    context: Context,
    job: Job,
    take: Take,
    layout: Layout,
    piece: Piece,
    progress: Progress,
    stop: Callable[[], bool],
) -> None:
    request = request_for(job.settings, job.settings["voice_id"])
    sent = audio.piece_of(take, layout, piece, context.work.folder(job))
    prepared = context.plugins.prepare_audio(job, sent)
    encoded = context.plugins.convert(job, request, prepared)
    context.work.receive(
        job,
        key_of(job),
        piece,
        encoded.chunks,
        encoded.output_format,
        progress.of(piece, encoded, prepared),
        stop,
    )
    sent.path.unlink(missing_ok=True)


class Progress:
    """Notes how far a conversion is, from the bytes that came and those to be expected."""

    def __init__(self, context: Context, job: Job, layout: Layout, missing: Sequence[Piece]) -> None:
        self._context, self._job = context, job
        self._lock = threading.Lock()
        self._frames = sum(piece.frames for piece in layout.pieces)
        self._shares = {piece: 0.0 if piece in missing else 1.0 for piece in layout.pieces}
        self._next = time.monotonic() + PROGRESS_EVERY

    def of(self, piece: Piece, encoded: Encoded, audio: Take) -> Callable[[int], None]:
        """What is to be called with the bytes of a piece so far."""
        known = OUTPUT_FORMATS.get(encoded.output_format) or OUTPUT_FORMATS.get(
            str(self._job.settings["output_format"])
        )
        # A self-describing lossless answer: float samples at the take's own rate.
        rate = known.bytes_per_second if known else 4.0 * audio.sample_rate
        expected = max(1.0, rate * audio.seconds)
        return lambda size: self._note(piece, min(1.0, size / expected))

    def _note(self, piece: Piece, share: float) -> None:
        with self._lock:
            self._shares[piece] = share
            now = time.monotonic()
            if now < self._next:
                return
            self._next = now + PROGRESS_EVERY
            done = sum(share * piece.frames for piece, share in self._shares.items()) / self._frames
        job = self._context.ledger.update(self._job.id, progress=round(min(0.99, done), 3))
        for observer in self._context.observers:
            observer(job)
