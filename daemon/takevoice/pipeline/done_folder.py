"""Moves originals to a folder of their own once their results are there. Off unless the settings say so."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from takevoice import audio
from takevoice.errors import TakevoiceError, printable
from takevoice.files import storage_error
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.placing import numbered
from takevoice.pipeline.result_names import ResultNames
from takevoice.system import place
from takevoice.system.fileid import version_of

log = logging.getLogger("takevoice")


class DoneFolder:
    """Moves takes of watched folders; a take that cannot be moved stays, and its job is done all the same."""

    def __init__(self, ledger: Ledger, names: ResultNames) -> None:
        self._ledger, self._names = ledger, names

    def on_changed(self, job: Job) -> None:
        """Receive a change of a job."""
        if job.state is not State.DONE or job.origin != "folder" or job.is_candidate or job.output is None:
            return
        if job.options.output_folder is not None:
            return  # it was moved before
        folder = self._names.done_folder(job)
        if folder is None or folder == job.path.parent:
            return
        try:
            self._move(job, folder)
        except TakevoiceError as error:
            log.warning("%s stays where it is: %s", printable(job.path), error)

    def _move(self, job: Job, folder: Path) -> None:
        if version_of(job.path) != job.version:
            return  # it was rendered again meanwhile
        if self._names.may_make_done_folder(job):
            audio.make_folder(folder)
        for target in numbered(folder / job.path.name):
            if target.exists() or target.is_symlink():
                continue
            self._note(job, job.path, target)  # first, so that it is no new take there
            try:
                place.rename_new(job.path, target)
            except FileExistsError:
                self._note(job, target, job.path)
                continue
            except OSError as error:
                self._note(job, target, job.path)
                raise storage_error("cannot be moved there", target, error) from error
            log.info("%s is moved to %s", printable(job.path.name), printable(target))
            return

    def _note(self, job: Job, path: Path, target: Path) -> None:
        """Note that a take is called otherwise. Another result of it is called, and placed, as if it had stayed."""
        assert job.output is not None
        options = replace(
            job.options, name=job.options.name or job.path.stem, output_folder=self._names.folder(job), place=job.path
        )
        self._ledger.job_files.rename(job.id, path, target, options if target != job.path else job.options)
