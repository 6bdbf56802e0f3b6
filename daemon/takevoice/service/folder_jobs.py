"""From what the watcher finds to jobs: a job for each file, handed on when the file has settled."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from takevoice.audio import other_media
from takevoice.errors import AudioError, IncompleteAudio, NotAudio, UnknownJob, printable
from takevoice.jobs import Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.transitions import Revision
from takevoice.pipeline.events import Events
from takevoice.pipeline.existing import Existing
from takevoice.pipeline.hold_policy import HoldPolicy
from takevoice.pipeline.problems import Cause, Problems
from takevoice.pipeline.withdrawal import withdraw
from takevoice.service.ahead_queue import AheadQueue
from takevoice.service.ledger_poll import LedgerPoller
from takevoice.service.silent_roots import SilentRoots
from takevoice.settled import Problem
from takevoice.shell_words import shell_word
from takevoice.system.fileid import FileVersion, Stored
from takevoice.watch import FoundFile

log = logging.getLogger("takevoice")

MAX_TRACKS = 20_000
"""Files that were announced with a track, and have not settled."""


class FolderJobs:
    """Listens to the watcher (it is a `watch.Listener`), in the threads of the watched folders."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        existing: Existing,
        holds: HoldPolicy,
        poller: LedgerPoller,
        owner: str,
        silent: SilentRoots,
        ahead: AheadQueue,
        problems: Problems,
    ) -> None:
        self._ledger, self._events, self._existing = ledger, events, existing
        self._holds, self._poller, self._owner, self._silent = holds, poller, owner, silent
        self._ahead, self._problems = ahead, problems
        self._jobs: dict[Path, Job] = {}
        self._tracks: OrderedDict[Path, str] = OrderedDict()

    def on_announced(self, path: Path, track: str) -> None:
        """Have a file converted as a take of this track, whatever its name says, once it has settled."""
        self._tracks[path] = track
        if len(self._tracks) > MAX_TRACKS:
            self._tracks.popitem(last=False)
        if (job := self._jobs.get(path)) is not None:
            self._ahead.withdraw(job.id)  # it may have been in another voice
        elif (job := self._ledger.jobs.newest(path)) is not None and job.state in (State.FOUND, State.SETTLING):
            self._with_track(job)  # it has just settled, and the intake reads the track when it begins

    def known_below(self, root: Path) -> Mapping[str, Stored]:
        """Return the version of each file below the folder that was dealt with before."""
        return self._ledger.files.known_below(root)

    def known_version(self, path: Path) -> FileVersion | None:
        """Return the version of the file that was dealt with before."""
        known = self._ledger.files.known(path)
        return known.version if known else None

    def on_found(self, found: Sequence[FoundFile], *, first_look: bool) -> None:
        """Create a job for each new file; those that were there before the start are logged in one line."""
        if first_look:
            self._log_backlog(found)
        # Jobs are numbered by age, for `order`.
        by_age = sorted(found, key=lambda file: file.version.mtime_ns)
        files = [(file.path, file.root, file.version) for file in by_age]
        jobs = self._ledger.jobs.add_found(files, self._owner)
        self._holds.on_found(jobs)
        for job in jobs:
            self._jobs[job.path] = self._events.changed(job)

    def on_likely(self, found: FoundFile) -> None:
        """Have done for a job what can be thrown away, while its file settles."""
        job = self._jobs.get(found.path)
        if job is not None:
            self._ahead.offer(replace(job, version=found.version))

    def on_changed(self, path: Path) -> None:
        """Discard what was done for a job while its file settled."""
        job = self._jobs.get(path)
        if job is not None:
            self._ahead.withdraw(job.id)

    def on_settled(self, found: FoundFile) -> None:
        """Hand on the job of a finished file."""
        job = self._jobs.pop(found.path, None)
        if job is not None:
            self._ahead.settled(job.id)
            # A copy that stalled looked like a render that was never finished.
            self._ledger.job_files.replace_failed(job, (IncompleteAudio.code, NotAudio.code))
            self._poller.add_settled(self._with_track(job))

    def on_timeout(self, found: FoundFile, problem: Problem, reason: str) -> None:
        """Fail the job of a file that stays incomplete; one that is empty is a placeholder, and no failure."""
        job = self._jobs.get(found.path)
        if job is None:
            return
        self._ahead.withdraw(job.id)
        if problem is Problem.EMPTY:
            why = f"{reason}; it is converted once it has its contents"
            withdraw(self._ledger, self._events, job, Disposition.REJECTED, why, None)
            del self._jobs[found.path]
            return
        error = _error_for(problem, reason, found.path)
        jobs, code = self._ledger.jobs, error.code
        try:
            failed = jobs.complete_intake(job, State.FAILED, found.version, error_code=code, error=str(error))
        except UnknownJob:
            # Cancelled meanwhile: so it stays.
            self._ledger.files.record(found.path, found.version, Disposition.JOB, job.id)
        else:
            self._events.changed(failed)
        del self._jobs[found.path]

    def _with_track(self, job: Job) -> Job:
        """Return a job with the track that was named for its file."""
        track = self._tracks.pop(job.path, "")
        if not track:
            return job
        try:
            return self._ledger.jobs.revise(
                job.id, lambda now: Revision(None, fields={"options": replace(now.options, track=track)})
            )
        except UnknownJob:
            return job  # withdrawn meanwhile, which its next steps notice

    def on_removed(self, path: Path) -> None:
        """Withdraw the job of a file that was removed before it was finished."""
        self._tracks.pop(path, None)
        job = self._jobs.pop(path, None)
        if job is not None:
            self._ahead.withdraw(job.id)
            why = "it was removed before it was finished"
            withdraw(self._ledger, self._events, job, Disposition.REMOVED, why, None)

    def on_root_seen(self, root: Path, volume: str, seen: Mapping[str, FileVersion]) -> None:
        """Pass on a folder that is watched for the first time, or is another one than before."""
        self._holds.on_root_seen(root, volume, seen)

    def on_root_emptied(self, root: Path) -> None:
        """Pass on a folder whose files are all gone."""
        self._holds.on_root_emptied(root)

    def on_cloud_only(self, root: Path, count: int) -> None:
        """Log that takes are in the cloud only: a look must not download them."""
        if count:
            takes, them = ("1 take", "it") if count == 1 else (f"{count} takes", "them")
            log.warning("%s: %s in the cloud only; keep %s on this device to have %s converted", printable(root), takes, them, them)

    def on_others(self, root: Path, names: Sequence[str]) -> None:
        """Log how many media files are skipped because of their kind."""
        if names:
            log.info("%s: %s: `takevoice explain %s` lists them", printable(root), other_media.counted(names), shell_word(root))

    def on_root_lost(self, root: Path, reason: str) -> None:
        """Say that a watched folder cannot be read any more."""
        what = f"cannot be read: {reason}" if os.path.lexists(root) else "does not exist"
        self._begin(root, f"{what}; waiting for it to come back")

    def on_root_back(self, root: Path) -> None:
        """Say that it can be read again."""
        self._end(root, "is back")

    def on_root_silent(self, root: Path) -> None:
        """Say that the file system of a watched folder does not answer, and let its jobs wait."""
        self._begin(root, "does not answer; its takes wait")
        self._silent.add(root)

    def on_root_answers(self, root: Path) -> None:
        """Say that it answers again, and let its jobs continue."""
        self._end(root, "answers again")
        self._silent.discard(root)

    def _begin(self, root: Path, what: str) -> None:
        log.warning("%s %s", printable(root), what)
        self._problems.begin(str(root), Cause.FOLDER, f"{printable(root)} {what}")

    def _end(self, root: Path, what: str) -> None:
        log.info("%s %s", printable(root), what)
        self._problems.end(str(root), Cause.FOLDER)

    def _log_backlog(self, found: Sequence[FoundFile]) -> None:
        results = self._existing.named_like_results([file.path for file in found])
        count = len(found) - len(results)
        if count:
            takes, are = ("take", "is") if count == 1 else ("takes", "are")
            log.info("%d %s in %s %s not converted yet", count, takes, printable(found[0].root), are)


def _error_for(problem: Problem, reason: str, path: Path) -> AudioError:
    hint = "render it again"
    if problem is Problem.INCOMPLETE:
        hint += "; if that is not possible, `ffmpeg -i IN -c copy OUT` saves what is there"
        return IncompleteAudio(f"was never finished: {reason}", where=str(path), hint=hint)
    return NotAudio(reason.removeprefix("it "), where=str(path), hint=hint)
