"""What an earlier run left behind, when it was stopped or killed in the middle."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from takevoice import audio
from takevoice.errors import AudioError, LedgerError, StorageError, TakevoiceError, UnknownJob, printable
from takevoice.files import is_there
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.answer_store import AnswerStore
from takevoice.pipeline.charges import Charges
from takevoice.pipeline.elsewhere import Elsewhere
from takevoice.pipeline.events import Events
from takevoice.pipeline.outcome import Facts, Outcome, decide, decide_after_restart
from takevoice.pipeline.publishing import DefaultPublishing
from takevoice.pipeline.workdir import WorkDir
from takevoice.plugins import Plugins
from takevoice.settings import answer_key

log = logging.getLogger("takevoice")


class Recovery:
    """Puts the unfinished jobs of one owner back on their way.

    A request to a paid backend whose outcome is unknown is held for a person, and never sent again by itself.
    """

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        charges: Charges,
        work: WorkDir,
        publishing: DefaultPublishing,
        plugins: Plugins,
        elsewhere: Elsewhere,
    ) -> None:
        self._ledger, self._events, self._charges = ledger, events, charges
        self._elsewhere = elsewhere
        self._work, self._publishing, self._plugins = work, publishing, plugins
        self._answers = AnswerStore(work)
        self._waiting: list[Job] = []

    def run(self, owner: str, is_silent: Callable[[Path], bool] = lambda _: False) -> Sequence[Job]:
        """Recover all jobs of the owner; returns those that can be restored at once.

        Jobs whose files are where `is_silent` says that nothing answers wait for `resume`.

        Raises:
            LedgerError: the ledger cannot be read or written.
        """
        self._ledger.jobs.delete_unsettled(owner)
        self._ledger.files.delete_rejected()
        self._tidy_folders()
        return self.recover(owner, is_silent)

    def recover(self, owner: str, is_silent: Callable[[Path], bool] = lambda _: False) -> Sequence[Job]:
        """Do the same with the jobs that the owner was working on, and with nothing else: also while others are at work."""
        return self._recover_all(self._ledger.jobs.select((State.CONVERTING, State.RESTORING), owner=owner), is_silent)

    def resume(self, is_silent: Callable[[Path], bool]) -> Sequence[Job]:
        """Recover the jobs that had to wait, where something answers now; returns those that can be restored at once."""
        waiting, self._waiting = self._waiting, []
        return self._recover_all(waiting, is_silent)

    def _recover_all(self, jobs: Sequence[Job], is_silent: Callable[[Path], bool]) -> Sequence[Job]:
        to_restore = []
        for job in jobs:
            if is_silent(job.path):
                if all(each.id != job.id for each in self._waiting):
                    self._waiting.append(job)
                continue
            try:
                now = self._recovered(job)
            except LedgerError:
                raise  # nothing can be begun now
            except Exception as error:
                log.exception("job %s could not be recovered", job.id)
                unresolved = len(self._ledger.charges.unresolved(job.id))
                self._apply(job, decide(job, error, Facts(unresolved=unresolved)))
                continue
            if now.state is State.RESTORING:
                to_restore.append(now)
        return to_restore

    def _recovered(self, job: Job) -> Job:
        self._remove_leftovers(job)
        if job.state is State.RESTORING:
            if not self._is_published(job):
                return job
            detail = "it was published before takevoice ended"
            return self._events.changed(self._ledger.jobs.change(job.id, State.DONE, detail=detail))
        self._answers.keep(job.id)  # before the job moves on: others may be waiting for its answer
        self._ledger.charges.release_reserved(job.id)
        there = self._elsewhere.result_of(job)
        if there is not None:  # in an older copy of the ledger: it was done since
            self._elsewhere.finish(job, there)
            return self._ledger.jobs.get(job.id)
        facts = Facts(
            unresolved=self._charges.unresolved(job),
            cancel_requested=job.id in self._ledger.jobs.stop_requested(),
        )
        complete = self._work.answers(job, answer_key(job)) is not None
        return self._apply(job, decide_after_restart(job, answer_complete=complete, facts=facts))

    def _remove_leftovers(self, job: Job) -> None:
        """Remove the hidden file that a result was written to, next to the name that it was to have."""
        if job.state is State.RESTORING and not self._ledger.outputs.is_recorded(job):
            with contextlib.suppress(TakevoiceError):  # a plugin failed; it fails the job too, when that is restored
                job = replace(job, output=self._plugins.output_path(job))
        if job.output is not None:
            self._publishing.remove_leftovers(job)

    def _apply(self, job: Job, outcome: Outcome) -> Job:
        jobs, text = self._ledger.jobs, outcome.text
        if outcome.code:
            return self._events.changed(
                jobs.change(job.id, outcome.state, error_code=outcome.code, error=text)
            )
        progress = 1.0 if outcome.state is State.RESTORING else 0.0
        return self._events.changed(jobs.change(job.id, outcome.state, detail=text, progress=progress))

    def _tidy_folders(self) -> None:
        """Remove the folders of jobs that ended just before their folder was removed; paid answers are kept.

        Those whose jobs are not in the ledger are set aside: it was lost, or is an older copy.
        """
        kept = 0
        for job_id in self._work.job_ids():
            try:
                job = self._ledger.jobs.get(job_id)
            except UnknownJob:
                job = None
            if job is None or self._answers.is_of_other_audio(job):
                kept += self._answers.set_aside(job_id)
                continue
            if job.state is State.DONE or (job.state is State.CANCELLED and not self._ledger.charges.unresolved(job_id)):
                self._answers.move_from(job_id)
        if kept:
            log.warning(
                "what was sent for %s not in the ledger is kept in %s, and used when the same take is converted",
                "1 job that is" if kept == 1 else f"{kept} jobs that are",
                printable(self._work.answers_folder),
            )

    def _is_published(self, job: Job) -> bool:
        if job.output is None or not is_there(job.output) or not self._ledger.outputs.is_recorded(job):
            return False
        wanted = self._ledger.outputs.hash_of(job.id, job.output)
        try:
            return bool(wanted) and audio.inspect_hashed(job.output)[1] == wanted
        except (AudioError, StorageError):
            return False
