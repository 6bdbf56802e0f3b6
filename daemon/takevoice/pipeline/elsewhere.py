"""Takes whose result was published without this ledger: by another machine, which is waited for, or since an older copy of the ledger was made."""

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

ANOTHER_MACHINE = "another machine has published its result"
THERE_ALREADY = "its result was there already, though not in the ledger"


class ResultElsewhere(Exception):
    """The result of the take was published, by another machine or before the ledger was put back."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class Elsewhere:
    """What others do with a take, or have done; asked at each step of its way. Where no other machine works, no take is claimed."""

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
            unknown = None if _is_another_wanted(job) else self.result_of(job)
            if unknown is not None:
                raise ResultElsewhere(unknown)
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
        detail = ANOTHER_MACHINE if self._shares.covers(job.path) else THERE_ALREADY
        log.info("%s: %s: %s", printable(job.path.name), detail, printable(path))
        version, digest = version_of(path), audio.inspect_hashed(path)[1]
        if version is not None:
            self._ledger.outputs.record(job, path, version, digest)
        self._ledger.charges.release_reserved(job.id)
        if job.state is State.CONVERTING:
            self._ledger.jobs.change(job.id, State.RESTORING, progress=1.0)
        done = self._ledger.jobs.change(job.id, State.DONE, detail=detail, output=path, error="", error_code="")
        self.claims.conclude(done)
        self._events.changed(done)

    def _may_be_there(self, job: Job) -> bool:
        """Return True unless a person wants another result; a release only lifts what the job was held for."""
        another = job.options.is_placed or (job.options.force and not job.options.approvals)
        return not another and self._shares.covers(job.path)

    def result_of(self, job: Job) -> Path | None:
        """Return the whole result of a take that no job of this ledger has made: an older copy of the ledger was put back, perhaps."""
        with contextlib.suppress(AudioError, StorageError):
            there = adjacent_result_of(job, self._planner.names)
            known = self._ledger.files.known(there) if there is not None else None
            if there is not None and (known is None or known.job is None) and audio.inspect(there).frames == job.frames:
                return there
        return None


def _is_another_wanted(job: Job) -> bool:
    """Return True when a person wants another result than one with these settings that is there."""
    return job.options.is_placed or job.options.new_answer or job.options.discard_received
