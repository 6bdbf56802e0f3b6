"""Between the watched folders and the worker: every sighting becomes a job, every finished file goes to the intake."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from takevoice.errors import IncompleteAudio, LedgerError, NotAudio, TakevoiceError, UnknownJob, printable
from takevoice.jobs import FileVersion, Job, State
from takevoice.pipeline.hold_policy import HoldPolicy
from takevoice.pipeline.intake import FileChanged, Intake, RetryLater
from takevoice.pipeline.planning import JobOptions
from takevoice.pipeline.services import Services, fault
from takevoice.watch import FoundFile, look

log = logging.getLogger("takevoice")

INTAKES = 2  # threads
WAITING = 100  # finished files that may wait for them
END = 1.0  # seconds for what the intake has in hand at a stop
QUIET = 1.0  # seconds without a new file: time for what can wait


class IntakeQueue:
    """Hears what the watcher sees (it is a `watch.Listener`) and runs the intake in threads of its own."""

    def __init__(
        self,
        context: Services,
        intake: Intake,
        holds: HoldPolicy,
        queued: Callable[[], None],
        revisit: Callable[[Path], None],
    ) -> None:
        """`queued` is called when a job waits for the worker, `revisit` when a file has to settle again."""
        self._context, self._intake, self._holds = context, intake, holds
        self._queued, self._revisit = queued, revisit
        self._put_off: queue.SimpleQueue[tuple[Job, JobOptions | None]] = queue.SimpleQueue()
        self._jobs: dict[Path, Job] = {}
        self._files: queue.Queue[tuple[Job, JobOptions | None]] = queue.Queue(maxsize=WAITING)
        self._started_again: set[tuple[int, int]] = set()
        self._starting = threading.Lock()
        self._told: set[int] = set()
        self._threads = [
            threading.Thread(target=self._work, name=f"intake-{n}", daemon=True) for n in range(INTAKES)
        ]

    def start(self) -> None:
        """Starts the intake."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the intake; the files that wait are found again at the next start, and so is one that takes long now."""
        deadline = time.monotonic() + END
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def idle(self) -> bool:
        """True when no file waits for the intake."""
        return self._files.unfinished_tasks == 0 and self._put_off.empty()

    def asked(self, job: Job) -> None:
        """Takes up a job that was asked for, or started again, by a person; it may be told more than once.

        When too many wait, it is left to the worker, who finds it in the ledger and tells it again.
        """
        if not self._first_time(job):
            return  # the worker has seen it in the ledger already
        try:
            self._files.put_nowait((job, _wish_of(job)))
        except queue.Full:
            self._started_again.discard((job.id, job.attempt))

    def _first_time(self, job: Job) -> bool:
        """True for one of the threads that come with the job: taken up twice, it would be converted twice."""
        with self._starting:
            key = (job.id, job.attempt)
            if key in self._started_again:
                return False
            self._started_again.add(key)
            return True

    # What the watcher tells, from its own thread.

    def known(self, path: Path) -> FileVersion | None:
        """The version of the file that was dealt with before."""
        known = self._context.ledger.known_file(path)
        return known.version if known else None

    def found(self, sightings: Sequence[FoundFile], *, first_look: bool) -> None:
        """New files: a job each. Those that were there before the start are announced in one line."""
        if first_look:
            count = len(sightings) - len(self._intake.outputs_among([s.path for s in sightings]))
            if count:
                what = ("take", "is") if count == 1 else ("takes", "are")
                log.info(
                    "%d %s in %s %s not converted yet", count, what[0], printable(sightings[0].root), what[1]
                )
        jobs = self._context.ledger.add_found(
            [(s.path, s.root, s.version) for s in sightings], self._context.runner
        )
        self._holds.found(jobs)
        for job in jobs:
            self._jobs[job.path] = self._context.tell(job)

    def settled(self, sighting: FoundFile) -> None:
        """A finished file: on to the intake."""
        job = self._jobs.pop(sighting.path, None)
        if job is not None:
            self._hand_in(job)

    def _hand_in(self, job: Job) -> None:
        """To the intake, when it has room."""
        while not self._context.stopping.is_set():
            with contextlib.suppress(queue.Full):
                self._files.put((job, None), timeout=QUIET)
                return

    def gave_up(self, sighting: FoundFile, reason: str) -> None:
        """A file that nobody finishes: the intake finds the words for it."""
        job = self._jobs.get(sighting.path)
        if job is None:
            return
        kind = NotAudio if "not an audio file" in reason or "empty" in reason else IncompleteAudio
        error = kind(
            f"was never finished: {reason}" if kind is IncompleteAudio else reason.removeprefix("it "),
            where=str(sighting.path),
            hint="render it again",
        )
        try:
            failed = self._context.ledger.finish_looking(
                job.id, State.FAILED, sighting.version, error_code=error.code, error=str(error)
            )
        except UnknownJob:
            self._context.ledger.remember_file(job, sighting.version)  # cancelled meanwhile: so it stays
        else:
            self._context.tell(failed)
        del self._jobs[sighting.path]

    def gone(self, path: Path) -> None:
        """A file that went away before it was finished: there is no job."""
        job = self._jobs.pop(path, None)
        if job is not None:
            log.info("%s went away before it was finished", printable(path))
            self._context.drop(job, None, "gone", "it went away before it was finished")

    def root_seen(self, root: Path, device: int, seen: Mapping[Path, FileVersion]) -> None:
        """A watched folder is looked into for the first time, or is another one than before."""
        self._holds.root_seen(root, device, seen)

    def root_lost(self, root: Path, reason: str) -> None:
        """A watched folder cannot be read any more."""
        what = f"cannot be read: {reason}" if os.path.lexists(root) else "is not there"
        log.warning("%s %s; waiting for it to come back", printable(root), what)

    def root_back(self, root: Path) -> None:
        """It can be read again."""
        log.info("%s is back", printable(root))

    def _work(self) -> None:
        while not self._context.stopping.is_set():
            try:
                item = self._files.get(timeout=QUIET)
            except queue.Empty:
                self._in_quiet()
                continue
            try:
                self._take_up(*item)
            except Exception:
                log.exception("a file could not be taken up")
            finally:
                self._files.task_done()

    def _in_quiet(self) -> None:
        self._holds.announce()
        if self._context.closed.now():
            return
        while not self._put_off.empty() and not self._files.full():
            try:
                self._files.put_nowait(item := self._put_off.get_nowait())
            except queue.Empty:
                return
            except queue.Full:
                self._put_off.put(item)

    def _take_up(self, job: Job, wish: JobOptions | None) -> None:
        try:
            if self._intake.take_up(job, wish) is not None:
                self._queued()
        except FileChanged:
            if job.origin == "folder" and job.attempt == 1:
                self._context.drop(job, None, "changed", "it changed while it was read")
                self._revisit(job.path)
            else:
                self._put_off.put((job, wish))  # a person wants it: it is looked at again in a moment
        except UnknownJob as error:
            log.debug("%s", error)  # cancelled meanwhile: so it stays
            if (now := look(job.path)) is not None:
                self._context.ledger.remember_file(job, now)
        except (RetryLater, LedgerError) as error:
            cause = error.__cause__ or error
            log.log(
                logging.ERROR
                if isinstance(cause, LedgerError) and job.id not in self._told
                else logging.DEBUG,
                "%s is put off: %s",
                printable(job.path),
                cause,
            )
            self._told.add(job.id)
            self._put_off.put((job, wish))
        except Exception as error:
            log.exception("%s: unexpected failure", printable(job.path))
            self._fail(job, printable(fault(job, error)))

    def _fail(self, job: Job, text: str) -> None:
        try:
            failed = self._context.ledger.finish_looking(
                job.id, State.FAILED, look(job.path), error_code="bug", error=text
            )
        except TakevoiceError as error:
            log.error("%s: %s", printable(job.path), error)
        else:
            self._context.tell(failed)


def _wish_of(job: Job) -> JobOptions:
    """What the job was asked for with. Over OSC, an earlier result will do; who starts a job again wants it anew."""
    return JobOptions.of(job, again=job.origin != "osc" or job.attempt > 1)
