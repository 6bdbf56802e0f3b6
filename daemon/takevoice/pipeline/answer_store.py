"""Answers that were paid for: found by the audio that was sent and by the request, whichever job asked.

An answer is kept here as soon as it is complete, next to the folder of its job, and for a while after that: for the job of
a take that was renamed, copied, or deleted and made again, for other settings that need the same request, and for a
ledger that was lost. Each entry is a folder `work/answers/<hash of the audio>/<hash of how it is cut>`, with the same
files as the folder of a job. A job gets links to them, so that any number of jobs can use one answer at once, and an
entry can be removed at any time. The answers of free backends are not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from takevoice.errors import StorageError, printable
from takevoice.files import storage_error
from takevoice.jobs import Job
from takevoice.pipeline.workdir import (
    LAYOUT,
    Sent,
    WorkDir,
    complete_in,
    files_of,
    lost_in,
    mark_lost,
    segmentation_in,
    sent_in,
)
from takevoice.settings import answer_key
from takevoice.system import place
from takevoice.system.private import private_folder

if TYPE_CHECKING:
    from takevoice.audio import Segmentation

log = logging.getLogger("takevoice")

MAX_BYTES = 2 << 30  # of all answers that are kept
DAY = 86_400.0  # seconds
UNKNOWN = "unknown"  # the folder of answers of older versions, of which only a person knows what they are


class AnswerStore:
    """Keeps answers, and gives them to the jobs that need them. Any number of threads and processes may do so at once."""

    def __init__(self, work: WorkDir) -> None:
        self._work, self._folder = work, work.answers_folder

    def is_of_other_audio(self, job: Job) -> bool:
        """Return True when the answers in the job's folder are to other audio: of another job that had its number, or of
        an older version of its file."""
        sent = sent_in(self._work.path_of(job.id))
        return sent is not None and sent.audio_hash != job.audio_hash

    def keep(self, job_id: int) -> bool:
        """Keep the complete answers in a job's folder that were paid for, and leave them there; an older answer to the
        same request is replaced. Returns False when that was not possible, which is logged."""
        folder = self._work.path_of(job_id)
        try:
            sent = sent_in(folder)
            if sent is not None and not sent.paid:
                return True
            return self._keep(folder, sent) or not any(complete_in(folder))
        except (OSError, StorageError) as error:
            log.warning("the answers of job %d cannot be kept for other takes: %s", job_id, printable(error))
            return False

    def move_from(self, job_id: int) -> bool:
        """Keep the answers of a job that needs them no more, and remove its folder; returns False when they had to stay."""
        kept = self.keep(job_id)
        if kept:
            self._work.remove(job_id)
        return kept

    def set_aside(self, job_id: int) -> bool:
        """Take the folder away from a job's number; returns True when something in it is kept, as it may have been paid for.

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
            if self._keep(folder, sent):
                self._work.remove(job_id)
            else:
                unknown = self._folder / UNKNOWN
                private_folder(unknown)
                os.utime(folder)
                folder.rename(_new_place(unknown / f"job-{job_id}"))
        except OSError as error:
            raise storage_error("cannot be moved", folder, error) from error
        return True

    def give(self, job: Job, segmentation: Segmentation) -> None:
        """Give a job those answers to its segments that it has not got itself, unless a person wants new ones for it.

        Raises:
            StorageError: they cannot be read or linked.
        """
        entry, key = self._entry(Sent(job.audio_hash, job.audio_plugins, True), segmentation), answer_key(job)
        if job.options.new_answer or not entry.is_dir():
            return
        target = self._work.folder(job)
        own = {audio.stem for audio, _ in complete_in(target, key)}
        given = [audio for audio, _ in complete_in(entry, key) if audio.stem not in own]
        try:
            for path in [*given, *(path for path in lost_in(entry, key) if path.stem not in own)]:
                _link(path, target)
            os.utime(entry)
        except OSError as error:
            raise storage_error("cannot be linked", entry, error) from error
        if given:
            log.info("%s: the same audio was sent before, and that answer is used", printable(job.path.name))

    def has_whole(self, wanted: Sent, key: str) -> bool:
        """Return True when all answers to a request for this audio, cut for the same settings, are kept."""
        for entry in self._of(wanted.audio_hash):
            segmentation = segmentation_in(entry)
            if segmentation is None or sent_in(entry) != wanted:
                continue
            if all(any(complete_in(entry, f"{key}.{segment.name}")) for segment in segmentation.segments):
                return True
        return False

    def discard(self, job: Job, segment: str = "*") -> None:
        """Remove the answers to a job's request, or that to one segment: they are bad. Those in its own folder stay."""
        for entry in self._of(job.audio_hash):
            for path in entry.glob(f"received.{answer_key(job)}.{segment}.*"):
                place.remove(path)

    def prune(self, days: float, max_bytes: int = MAX_BYTES) -> int:
        """Remove the answers that nothing has needed for so many days, and the oldest beyond `max_bytes`, or beyond what
        the disk has free; returns how many.

        What may have been paid for, and has no answer, stays until a person has decided about it.
        """
        oldest, total, removed = time.time() - days * DAY, 0, 0
        if self._folder.is_dir():
            max_bytes = min(max_bytes, shutil.disk_usage(self._folder).free)
        for used, size, entry in sorted(self._entries(), reverse=True):
            total += size
            if used < oldest or total > max_bytes:
                place.remove_tree(entry)
                with contextlib.suppress(OSError):  # there are others
                    entry.parent.rmdir()
                removed += 1
        return removed

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        """Yield the entries that may be removed: when each was used last (Unix time), and its size in bytes."""
        for entry in self._folder.glob("*/*"):
            try:
                if not any(lost_in(entry)):
                    yield entry.stat().st_mtime, sum(path.stat().st_size for path in entry.iterdir()), entry
            except OSError:
                continue  # another process removes it, or uses it right now

    def _keep(self, folder: Path, sent: Sent | None) -> bool:
        """Keep the answers in a folder; returns False when it is unknown what they belong to, or they were free."""
        segmentation = segmentation_in(folder)
        if sent is None or segmentation is None or not sent.paid:
            return False
        complete = [audio for audio, _ in complete_in(folder)]
        if not complete and not any(lost_in(folder)):
            return True
        entry = self._entry(sent, segmentation)
        private_folder(entry)
        os.utime(entry)
        if not (entry / LAYOUT).exists():
            _link(folder / LAYOUT, entry)
        for audio in complete:
            _link(audio, entry)
            for lost in (audio.with_suffix(".lost"), entry / f"{audio.stem}.lost"):
                place.remove(lost)  # a person had it sent again
        for path in lost_in(folder):
            if not any(complete_in(entry, path.stem.removeprefix("received."))):
                _link(path, entry)
        place.sync_folder(entry)
        return True

    def _entry(self, sent: Sent, segmentation: Segmentation) -> Path:
        """Return the folder for the answers to audio that is cut like this."""
        cut = json.dumps([list(sent.audio_plugins), segmentation.as_json()], sort_keys=True)
        return self._folder / sent.audio_hash / hashlib.sha256(cut.encode()).hexdigest()[:12]

    def _of(self, audio_hash: str) -> Iterator[Path]:
        yield from sorted((self._folder / audio_hash).glob("*"))


def _new_place(path: Path) -> Path:
    numbered = (path.with_name(f"{path.name}.{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain([path], numbered) if not each.exists())


def _link(answer: Path, folder: Path) -> None:
    """Give an answer another name in a folder, its mark last. Raises OSError."""
    target = folder / answer.name
    marks = [path for path in files_of(answer) if path != answer]
    for mark in marks:
        if not place.is_same_file(answer, target):
            place.unlink(folder / mark.name)  # it says how long another answer was
    place.link(answer, target)
    for mark in marks:
        place.link(mark, folder / mark.name)
