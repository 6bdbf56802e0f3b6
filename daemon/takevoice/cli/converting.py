"""Converting files in the command's own process, for `convert` and `demo`."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from takevoice import audio
from takevoice.cli.selection import place_of
from takevoice.errors import LedgerError
from takevoice.jobs import ACTIVE, Job, JobOptions, State
from takevoice.pipeline.decisions import DAEMON
from takevoice.pipeline.events import Withdrawal
from takevoice.pipeline.prices import candidates_in_words, price_in_words
from takevoice.service.environment import Environment
from takevoice.service.session import Session
from takevoice.system import place
from takevoice.system.process import is_terminal

log = logging.getLogger("takevoice")

CHECK = 0.5  # seconds between two looks at the ledger


class Converter:
    """A session for one command. If the command is stopped or killed, `takevoice run` finishes its jobs."""

    def __init__(self, environment: Environment, stopped: threading.Event) -> None:
        """`stopped` is set when the command is to end; `wait` then raises KeyboardInterrupt."""
        self.stopped = stopped
        owner = f"command-{uuid.uuid4().hex[:12]}"
        self._lock_path = environment.state.owner_lock(owner)
        attended = is_terminal(sys.stderr) and is_terminal(sys.stdin)
        self._plugins = environment.plugins
        self._session = Session(environment, owner, wait_when_unavailable=False, asked_for=True, attended=attended)
        self._session.events.subscribe(on_changed=self._note, on_withdrawn=self._note_withdrawn)
        self._changed = threading.Condition()
        self._ended: dict[int, Job] = {}

    def __enter__(self) -> Converter:
        self._session.await_backend(self.stopped)
        backend = self._session.planner.backend()
        if backend.warning:
            log.warning("%s: %s", backend.name, backend.warning)
        self._session.start(self._session.recover_orphans())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.stopped.is_set():
            log.info("%s", self._session.waits_for())
        self._session.stop()
        if self.stopped.is_set():
            with contextlib.suppress(LedgerError):
                self._say_what_is_left()
        self._session.close()
        if error is None:
            place.remove(self._lock_path)

    def place_of(self, path: Path) -> Path:
        """Return a path as the ledger has it: in a watched folder, it begins as that is written in the config."""
        return place_of(self._session.ledger, path)

    def submit(self, path: Path, options: JobOptions, origin: str = "command") -> Job:
        """Create a job for a file; `wait` returns how it ended. `origin`: what wants it."""
        self._session.neighbours.announce([path.parent], more=True)
        job = self._session.ledger.jobs.add(
            path, State.FOUND, origin=origin, owner=self._session.owner, options=options
        )
        self._session.poller.wake()
        return job

    def finished(self, path: Path, options: JobOptions) -> tuple[Job | None, str]:
        """Return the job that has made the same result before, under the name that is asked for, if that still exists; else None, and
        what converting the file costs at most, in words (empty: nothing).

        Raises:
            TakevoiceError: the file cannot be converted, or not to a file of that name.
        """
        plan = self._session.planner.plan(path, options)
        out = options.output
        if out is not None and not out.is_dir() and not self._plugins.replaces("write_output"):
            audio.check_suffix(plan.take, out, audio.format_named(out, path, plan.settings.result_format))
        done = self._session.existing.finished_with_output(
            path, audio.audio_hash(plan.take), plan, options.output
        )
        credits_ = 0.0 if done is not None else self._session.planner.credits(plan)
        price = f"{candidates_in_words(plan.settings)}{price_in_words(credits_)} with {plan.backend.name}"
        return done, price if credits_ else ""

    def wait(self, job: Job) -> Job:
        """Wait until the job has ended, and return it as it ended: or the job that has made its result meanwhile.

        Raises:
            KeyboardInterrupt: the command is to end.
        """
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: job.id in self._ended, timeout=CHECK):
                    return self._ended[job.id]
            if self.stopped.is_set():
                raise KeyboardInterrupt
            # Another process may have cancelled it while it was waiting.
            now = self._session.ledger.jobs.get(job.id)
            if now.has_ended:
                return now

    def candidates(self, take: Job) -> Sequence[Path]:
        """Return the files of a take's candidates."""
        made = self._session.ledger.candidates.of(take.id)
        return [each.output for each in made if each.state is State.DONE and each.output is not None]

    def is_result(self, path: Path) -> bool:
        """Return True for a result of takevoice; raises TakevoiceError when the file cannot be read."""
        return self._session.existing.is_result(path)

    def _say_what_is_left(self) -> None:
        """Say that what was asked for is still to come, and may then cost something, and how to end it."""
        left = [str(job.id) for job in self._session.ledger.jobs.select(ACTIVE, owner=self._session.owner)]
        if left:
            what = "1 take is" if len(left) == 1 else f"{len(left)} takes are"
            numbers = " ".join(left)
            runs = self._session.is_alive(DAEMON)
            who = "the running takevoice continues within half a minute" if runs else "the next start of `takevoice run` continues"
            log.info("%s left: %s, `takevoice cancel %s` ends that", what, who, numbers)

    def _note(self, job: Job) -> None:
        if job.has_ended:
            self._end(job.id, job)

    def _note_withdrawn(self, withdrawal: Withdrawal) -> None:
        if withdrawal.instead is not None:
            self._end(withdrawal.job.id, withdrawal.instead)

    def _end(self, job_id: int, job: Job) -> None:
        with self._changed:
            self._ended[job_id] = job
            self._changed.notify_all()
