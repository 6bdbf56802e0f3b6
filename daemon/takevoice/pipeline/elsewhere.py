"""Takes that another machine converts too: waiting for it, paying once, and using the result that it has published."""

from __future__ import annotations

import contextlib
import logging
import time
from pathlib import Path

from takevoice import audio
from takevoice.errors import AudioError, StorageError, printable
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.claims import Claims
from takevoice.pipeline.events import Events
from takevoice.pipeline.existing import adjacent_result_of, is_result_of
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.shares import Shares
from takevoice.system import place
from takevoice.system.fileid import version_of

log = logging.getLogger("takevoice")

RESERVED_FOR = 5.0  # seconds for which a name may be reserved, on shares that cannot rename without overwriting
CHECK = 0.1  # seconds between two looks at it


class ResultElsewhere(Exception):
    """Another machine has published the result of the take."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class Elsewhere:
    """What other machines do with a take; asked at each step of its way. Where no other machine works, nothing is done."""

    def __init__(self, ledger: Ledger, events: Events, planner: Planner, shares: Shares, claims: Claims) -> None:
        self._ledger, self._events, self._planner, self._shares = ledger, events, planner, shares
        self.claims = claims

    def begin(self, job: Job) -> None:
        """Claim the take.

        Raises:
            ResultElsewhere: its result is there.
            ClaimedElsewhere: another machine converts it.
            MaybePaidElsewhere: another machine may have paid for it.
        """
        self.claims.begin(job)
        self.check_before_publishing(job)

    def check_before_sending(self, job: Job) -> None:
        """Take a second look directly before a request. Raises what `begin` raises."""
        backend = self._planner.backend_named(job.backend)
        if self.claims.before_sending(job, paid=backend is not None and backend.paid):
            self.check_before_publishing(job)

    def check_before_publishing(self, job: Job) -> None:
        """Raise ResultElsewhere if the result of the take is there, and no other one is wanted."""
        if not self._may_be_there(job):
            return
        # A client of a share keeps in mind which names a folder lacks; a change of its own makes it ask the server.
        with contextlib.suppress(OSError):
            place.try_create(self._planner.names.folder(job))
        there = adjacent_result_of(job, self._planner.names)
        if there is not None:
            raise ResultElsewhere(there)

    def on_taken(self, path: Path, job: Job) -> None:
        """Raise ResultElsewhere if the name that a job's result cannot have is that of another machine's result."""
        if not self._may_be_there(job):
            return
        deadline = time.monotonic() + RESERVED_FOR
        while place.is_reserved(path) and time.monotonic() < deadline:
            time.sleep(CHECK)
        with contextlib.suppress(AudioError, StorageError):
            if is_result_of(path, job):
                raise ResultElsewhere(path)

    def finish(self, job: Job, path: Path) -> None:
        """End a job as done by the result that another machine has published. Raises LedgerError, AudioError or StorageError."""
        log.info("%s: another machine has published its result", printable(job.path.name))
        version, digest = version_of(path), audio.inspect_hashed(path)[1]
        if version is not None:
            self._ledger.outputs.record(job, path, version, digest)
        self._ledger.charges.release_reserved(job.id)
        if job.state is State.CONVERTING:
            self._ledger.jobs.change(job.id, State.RESTORING, progress=1.0)
        detail = "another machine has published its result"
        done = self._ledger.jobs.change(job.id, State.DONE, detail=detail, output=path, error="", error_code="")
        self.claims.conclude(done)
        self._events.changed(done)

    def _may_be_there(self, job: Job) -> bool:
        """Return True unless a person wants another result; a release only lifts what the job was held for."""
        another = job.options.is_placed or (job.options.force and not job.options.approvals)
        return not another and self._shares.covers(job.path)
