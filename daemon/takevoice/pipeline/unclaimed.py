"""Answers that were paid for, and whose jobs are not in the ledger: it was lost, or is an older copy.

They are kept in `work/unclaimed/`, by the hash of the audio that was sent, and are used when the same audio is to be
converted with the same settings. The numbers of jobs do not count any more: a new ledger gives them away again.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from takevoice.errors import printable
from takevoice.files import storage_error
from takevoice.jobs import Job
from takevoice.pipeline.workdir import WorkDir, complete_in, mark_lost, segmentation_in, sent_in
from takevoice.settings import answer_key
from takevoice.system import place

if TYPE_CHECKING:
    from takevoice.audio import Segmentation

log = logging.getLogger("takevoice")


class UnclaimedAnswers:
    """Sets answers aside, and gives them to the jobs that need them."""

    def __init__(self, work: WorkDir) -> None:
        self._work, self._folder = work, work.unclaimed

    def is_of_other_audio(self, job: Job) -> bool:
        """Return True when the answers in the job's folder are to other audio: of another job that had its number, or of
        an older version of its file."""
        sent = sent_in(self._work.path_of(job.id))
        return sent is not None and sent.audio_hash != job.audio_hash

    def set_aside(self, job_id: int) -> bool:
        """Take the folder away from a job's number; returns True when it is kept, because something in it may have been paid for.

        Raises:
            StorageError: it cannot be read or moved.
        """
        folder = self._work.path_of(job_id)
        sent = sent_in(folder)
        try:
            lost = sent is not None and sent.paid and mark_lost(folder)
            if not lost and (not any(complete_in(folder)) or (sent is not None and not sent.paid)):
                self._work.remove(job_id)
                return False
            self._folder.mkdir(parents=True, exist_ok=True)
            folder.rename(self._new_place(sent.audio_hash if sent is not None else f"job-{job_id}"))
        except OSError as error:
            raise storage_error("cannot be moved", folder, error) from error
        return True

    def claim(self, job: Job, segmentation: Segmentation) -> None:
        """Give a job the answers to its audio, if there are any and it has none.

        Raises:
            StorageError: they cannot be read or moved.
        """
        key = answer_key(job)
        if not self._folder.exists() or self._work.has_any(job, key):
            return
        for folder in self._of(job, key, segmentation):
            log.info("%s: what was sent before the ledger was lost is used", printable(job.path.name))
            self._move(folder, self._work.folder(job))
            return

    def _of(self, job: Job, key: str, segmentation: Segmentation) -> Iterator[Path]:
        """Yield the folders with answers to what the job would send, those with complete answers first."""
        found = [folder for folder in self._folder.glob(f"{job.audio_hash}*") if any(folder.glob(f"received.{key}.*"))]
        for folder in sorted(found, key=lambda each: (not any(complete_in(each, key)), each.name)):
            sent = sent_in(folder)
            same = sent is not None and (sent.audio_hash, sent.audio_plugins) == (job.audio_hash, job.audio_plugins)
            if same and segmentation_in(folder) == segmentation:
                yield folder

    def _move(self, folder: Path, target: Path) -> None:
        """Move answers into a job's folder, the marks of complete ones last; a crash in between is continued by the next try."""
        try:
            for path in sorted(folder.glob("received.*")):
                place.replace(path, target / path.name)
        except OSError as error:
            raise storage_error("cannot be moved", folder, error) from error
        place.remove_tree(folder)

    def _new_place(self, name: str) -> Path:
        numbered = itertools.chain([name], (f"{name}.{number}" for number in itertools.count(2)))
        return next(path for each in numbered if not (path := self._folder / each).exists())
