"""The claims that this takevoice has: renewed while they last, given back at the end, and looked after at the next start."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from takevoice import claim_files
from takevoice.claim_files import HELD, Note
from takevoice.errors import UnknownJob, printable
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.claim_owner import ClaimOwner, Spot
from takevoice.pipeline.claim_waits import root_of

log = logging.getLogger("takevoice")


@dataclass
class OwnClaim:
    """One of them."""

    job_id: int
    spot: Spot
    root: Path
    note: Note
    sent: bool  # the file that allows to send is there
    over: Job | None = None  # the job as it ended, while the share does not let the claim be removed
    changing: threading.Lock = field(default_factory=threading.Lock)


class OwnClaims:
    """All of them; used from several threads."""

    def __init__(self, ledger: Ledger, owner: ClaimOwner) -> None:
        self._ledger, self._owner = ledger, owner
        self._mine: dict[int, OwnClaim] = {}
        self._folders: set[tuple[Path, Path]] = set()  # (watched folder, folder of claims) that may be empty
        self._lock = threading.Lock()
        self._on_added: list[Callable[[Path], None]] = []

    def subscribe(self, on_added: Callable[[Path], None]) -> None:
        """Call this with the watched folder of each new claim: it has to be renewed."""
        self._on_added.append(on_added)

    def add(self, job: Job, spot: Spot, note: Note, *, sent: bool) -> OwnClaim:
        """Keep a claim that was made; `sent`: with the file that allows to send."""
        mine = OwnClaim(job.id, spot, root_of(job), note, sent)
        self._leave_earlier(job, spot)
        with self._lock:
            self._mine[job.id] = mine
            self._folders.add((mine.root, spot.folder))
        for call in self._on_added:
            call(mine.root)
        return mine

    def of(self, job: Job) -> OwnClaim | None:
        """Return the claim of a job."""
        with self._lock:
            return self._mine.get(job.id)

    def lose(self, mine: OwnClaim) -> None:
        """Forget a claim that another machine has taken over."""
        with self._lock:
            self._mine.pop(mine.job_id, None)
        if not mine.sent:
            self._owner.forget(mine.spot)

    def conclude(self, job: Job) -> None:
        """Give a claim back, or keep it, as the job's state says. Raises LedgerError."""
        mine = self.of(job)
        if mine is None or job.state in (State.CONVERTING, State.RESTORING):
            return
        is_open = job.state is not State.DONE and self._is_open(job, job.settings_hash)
        if not (is_open and job.state in (State.QUEUED, State.FOUND)):  # else part of it is paid for here
            self._give_back(mine, job, is_open=is_open)

    def release(self, job: Job) -> None:
        """Give the claim of a job back that is withdrawn."""
        mine = self.of(job)
        if mine is not None:
            self._give_back(mine, job, is_open=False)

    def has_any(self, root: Path) -> bool:
        """Return True while there is one in that watched folder."""
        with self._lock:
            return any(each.root == root for each in self._mine.values())

    def renew(self, root: Path) -> None:
        """Change the files of the claims in a watched folder, so that others see that this takevoice is running."""
        with self._lock:
            ours = [each for each in self._mine.values() if each.root == root]
        for mine in ours:
            if mine.over is not None:
                self.conclude(mine.over)
                continue
            try:
                self._renew(mine)
            except OSError as error:
                log.debug("%s: the claim cannot be renewed now: %s", printable(mine.spot.folder), error)

    def roots(self) -> set[Path]:
        """Return the watched folders in which there may be folders of claims."""
        with self._lock:
            return {root for root, _ in self._folders}

    def tidy(self, root: Path) -> None:
        """Remove the folders of claims in a watched folder in which there are none."""
        with self._lock:
            folders = {folder for each, folder in self._folders if each == root}
            used = {each.spot.folder for each in self._mine.values()}
            self._folders = {pair for pair in self._folders if pair[0] != root or pair[1] in used}
        for folder in folders - used:
            claim_files.remove_folder(folder, self._owner.id)

    def adopt(self, owner: str, is_alive: Callable[[str], bool], is_silent: Callable[[Path], bool]) -> None:
        """Look after the claims of earlier runs, as `Claims.adopt` says."""
        for spot, job_id in self._owner.recorded():
            if is_silent(spot.folder) or job_id in self._mine:
                continue
            job = self._job_of(spot, job_id)
            if job is not None and job.owner != owner and is_alive(job.owner):
                continue
            with contextlib.suppress(OSError):
                self._adopt(spot, job)

    def _adopt(self, spot: Spot, job: Job | None) -> None:
        if job is None:
            # The ledger is another one: what was sent stays marked, as it may be paid for.
            claim_files.remove(spot.claim, self._owner.id)
            self._owner.forget(spot)
            claim_files.remove_folder(spot.folder, self._owner.id)
            return
        sent = claim_files.read(spot.sent)
        self.add(job, spot, self._owner.note(job), sent=sent is not None and sent.is_of(self._owner.id))
        self.conclude(job)

    def _leave_earlier(self, job: Job, spot: Spot) -> None:
        """Give back what a job had claimed before it was planned again, under another name or with other settings."""
        if job.attempt == 1 and self.of(job) is None:
            return
        for earlier, job_id in self._owner.recorded():
            if job_id == job.id and earlier != spot:
                with contextlib.suppress(OSError):
                    self._leave(earlier, job)

    def _leave(self, spot: Spot, job: Job) -> None:
        """Give an earlier claim of a job back; what was paid for and is not decided about stays marked. Raises OSError."""
        sent = claim_files.read(spot.sent)
        if sent is not None and sent.note is not None and sent.is_of(self._owner.id) and sent.note.at >= int(job.created):
            if self._is_open(job):
                claim_files.rewrite(spot.sent, replace(sent.note, state=HELD))
            else:  # a person has decided, and the job was sent again, or not at all
                claim_files.remove(spot.sent, self._owner.id)
        claim_files.remove(spot.claim, self._owner.id)
        self._owner.forget(spot)
        with self._lock:
            self._folders.add((root_of(job), spot.folder))

    def _is_open(self, job: Job, settings_hash: str = "") -> bool:
        """Return True when something may be paid for that a job, or another one for the same take, has no result of yet."""
        charges = self._ledger.charges
        return charges.has_open(job.id) or charges.has_open_besides(job.id, job.audio_hash, settings_hash)

    def _job_of(self, spot: Spot, job_id: int) -> Job | None:
        with contextlib.suppress(UnknownJob):
            job = self._ledger.jobs.get(job_id)
            return job if Spot.of(job) == spot else None
        return None

    def _give_back(self, mine: OwnClaim, job: Job, *, is_open: bool) -> None:
        try:
            self._remove(mine, is_open=is_open)
        except OSError as error:
            log.debug("%s: the claim cannot be given back now: %s", printable(job.path), error)
            mine.over = job
            return
        if not is_open or job.state is not State.HELD:
            self._owner.forget(mine.spot)

    def _remove(self, mine: OwnClaim, *, is_open: bool) -> None:
        """Remove the files of a claim; one that may be paid for stays, and says that it is held here."""
        with mine.changing:
            with self._lock:
                is_used = any(each.spot == mine.spot and each is not mine for each in self._mine.values())
            if not is_used:  # by another job for the same take
                if is_open:
                    claim_files.rewrite(mine.spot.sent, replace(mine.note, state=HELD))
                else:
                    claim_files.remove(mine.spot.sent, self._owner.id)
                claim_files.remove(mine.spot.claim, self._owner.id)
            with self._lock:
                self._mine.pop(mine.job_id, None)

    def _renew(self, mine: OwnClaim) -> None:
        with mine.changing:
            if mine.job_id not in self._mine:
                return
            mine.note = replace(mine.note, beat=mine.note.beat + 1)
            claim_files.rewrite(mine.spot.claim, mine.note)
            if mine.sent:
                claim_files.rewrite(mine.spot.sent, mine.note)
