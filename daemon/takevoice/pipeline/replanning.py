"""Takes follow the settings: what was changed since they were queued, or held for want of a voice, is in force when they begin."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections import Counter
from collections.abc import Collection, Sequence

from takevoice.errors import TakevoiceError, UnknownJob, printable
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.transitions import Revision
from takevoice.pipeline import decisions
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.workdir import WorkDir
from takevoice.settings import answer_key
from takevoice.take_settings import AUTO
from takevoice.voices import find_voice

log = logging.getLogger("takevoice")

WHY = "its settings have changed"
UNSENT = frozenset(reason.code for reason in (HoldReason.BURST, HoldReason.OLDER, HoldReason.DEVICE, HoldReason.CAP))
"""Why takes are held of which nothing was sent: a release plans them with the settings that are in force then."""


class Replanning:
    """Sends queued jobs back to the intake, where everything about them is decided again."""

    def __init__(self, ledger: Ledger, planner: Planner, work: WorkDir, owner: str) -> None:
        self._ledger, self._planner, self._work, self._owner = ledger, planner, work, owner

    def run(self) -> Sequence[Job]:
        """Return the jobs that wait for the intake again; queued ones that have answers already stay as they began.

        Raises:
            LedgerError: the ledger cannot be read or written.
        """
        self._name_voices_of_held()
        return [*self._queued(), *self._without_voice()]

    def _name_voices_of_held(self) -> None:
        """Have held takes that were not sent name the voice that a release converts them to; they stay held."""
        held = [job for job in self._ledger.jobs.select((State.HELD,), owner=self._owner) if job.error_code in UNSENT]
        unsent = [job for job in held if job.is_planned and not job.family and not self._has_begun(job)]
        wanted = {job.id: self._planner.settings_of_job(job).settings.voice for job in unsent}
        changed = [job for job in unsent if wanted[job.id] not in (job.voice, AUTO)]
        names = {voice: self._name(voice) for voice in {wanted[job.id] for job in changed}}
        for job in changed:
            if names[wanted[job.id]] != job.voice:
                with contextlib.suppress(UnknownJob):
                    self._ledger.jobs.revise(job.id, functools.partial(_named, names[wanted[job.id]]))

    def _name(self, wanted: str) -> str:
        """Return the name of a voice of the backend in force; where that is not known, as it is given."""
        try:
            return find_voice(wanted, self._planner.voices(self._backend()), self._backend()).name
        except TakevoiceError:
            return wanted

    def _without_voice(self) -> Sequence[Job]:
        """Let those jobs continue whose voice did not exist, and does now."""
        held = self._ledger.jobs.select((State.HELD,), owner=self._owner)
        waiting = [job for job in held if job.error_code == HoldReason.NO_VOICE.code]
        wanted = {job.id: self._planner.settings_of_job(job).settings.voice for job in waiting}
        there = self._existing(set(wanted.values()))
        found: list[Job] = []
        for job in waiting:
            with contextlib.suppress(UnknownJob):  # a person was quicker
                found += [decisions.lift(self._ledger, job.id)] if wanted[job.id] in there else []
        if found:
            log.info("%s that waited for a voice continue%s", _takes(len(found)), "" if len(found) > 1 else "s")
        return found

    def _existing(self, voices: Collection[str]) -> Collection[str]:
        """Return those that exist; where that cannot be known, all: the intake finds out, or waits."""
        try:
            return set(voices) - self._planner.unknown_voices(voices).keys() if voices else ()
        except TakevoiceError:
            return voices

    def _queued(self) -> Sequence[Job]:
        queued = self._ledger.jobs.select((State.QUEUED,), owner=self._owner)
        # A take with candidates stays as it is: each of these follows the settings.
        own = [job for job in queued if not job.has_candidates]
        stale = [job for job in own if not self._is_current(job) and not self._has_begun(job)]
        if not stale:
            return []
        again = set(self._ledger.jobs.plan_again([job.id for job in stale], WHY))
        moved = [job for job in stale if job.id in again]
        if moved:
            log.info("%s", self._line(moved))
            self._warn_of_lost_keys(moved)
        return moved

    def _warn_of_lost_keys(self, jobs: Sequence[Job]) -> None:
        """Warn of takes that another backend gets only because that of their plan cannot be used: its key was forgotten, perhaps."""
        now = self._backend()
        if not self._planner.chooses_backend:
            return
        for name, count in Counter(job.backend for job in jobs).items():
            before = self._planner.backend_named(name)
            if name != now and before is not None and before.paid and not before.ready:
                log.warning(
                    "%s in the queue, planned for %s, %s converted with %s: %s. Set `backend = \"%s\"` to have takes wait for it",
                    _takes(count), name, "is" if count == 1 else "are", now, printable(before.detail), name,
                )

    def _is_current(self, job: Job) -> bool:
        if not job.is_planned:
            return True
        now = self._planner.settings_of_job(job)
        return now.settings == job.settings and now.track == job.track and self._backend() in ("", job.backend)

    def _backend(self) -> str:
        """Return the backend in force; empty while there is none: the take waits as it is."""
        try:
            return self._planner.backend().name
        except TakevoiceError:
            return ""

    def _has_begun(self, job: Job) -> bool:
        has_answers = self._work.has_any(job, answer_key(job)) and self._work.sent_ahead(job) is None
        return has_answers or self._ledger.charges.has_sent(job.id)

    def _line(self, jobs: Sequence[Job]) -> str:
        voices = [self._planner.settings_of_job(job).settings.voice for job in jobs]
        others = sum(voice not in (job.voice, job.settings.voice) for voice, job in zip(voices, jobs, strict=True))
        return f"{_takes(len(jobs))} in the queue get the new settings, {others} of them another voice"


def _named(voice: str, job: Job) -> Revision:
    unsent = job.state is State.HELD and job.error_code in UNSENT
    return Revision(None, fields={"voice": voice if unsent else job.voice})


def _takes(count: int) -> str:
    return f"{count} take{'s' if count > 1 else ''}"
