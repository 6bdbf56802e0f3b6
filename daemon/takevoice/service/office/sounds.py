"""The sound files of a job, to be listened to: only while they are what the ledger says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from takevoice import audio
from takevoice.errors import StorageError
from takevoice.files import check_local
from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.system.fileid import FileVersion, version_of

Which = Literal["original", "result"]


class SoundMissing(StorageError):
    """The file is not there, or its folder cannot be reached."""

    code = "sound_missing"


class SoundChanged(StorageError):
    """The file holds other audio than the job did."""

    code = "sound_changed"


@dataclass(frozen=True)
class JobSound:
    """A file that holds the audio of a job. `key` is the hash of that audio."""

    path: Path
    version: FileVersion
    key: str
    frames: int
    sample_rate: int  # Hz
    channels: int


class JobSounds:
    """Finds the files of jobs. A file that has another time than in the ledger is compared by the hash of its audio, once."""

    def __init__(self, ledger: Ledger, hash_of: Callable[[Path], str] = lambda path: audio.inspect_hashed(path)[1]) -> None:
        self._ledger, self._hash_of = ledger, hash_of
        self._hashes: dict[tuple[Path, FileVersion], str] = {}

    def of(self, job_id: int, which: Which) -> JobSound:
        """Return a job's original or result.

        Raises:
            UnknownJob: there is no such job.
            SoundMissing: there is no such file, or not yet.
            SoundChanged: it is not the job's any more.
            AudioError, StorageError: it cannot be read.
        """
        job = self._ledger.jobs.get(job_id)
        path = job.output if which == "result" else job.path
        if path is None or not job.frames:
            raise SoundMissing(f"job {job_id} has no {which} yet")
        version = version_of(path)
        if version is None:
            raise SoundMissing("is not there, or its drive is not connected", where=str(path))
        check_local(path)
        key = self._checked(job, which, path, version)
        return JobSound(path, version, key, job.frames, job.sample_rate, job.channels)

    def _checked(self, job: Job, which: Which, path: Path, version: FileVersion) -> str:
        if which == "original":
            key, stored = job.audio_hash, job.version
        else:
            known = self._ledger.files.known(path)
            key, stored = self._ledger.outputs.hash_of(job.id, path), known.version if known is not None else None
        if stored is not None and stored.is_same(version, after_mount=True) and key:
            return key
        actual = self._actual(path, version)
        if key and actual != key:
            raise SoundChanged("has been changed since", where=str(path), hint="the job's own audio is not there any more")
        return actual

    def _actual(self, path: Path, version: FileVersion) -> str:
        known = self._hashes.get((path, version))
        if known is None:
            known = self._hashes[path, version] = self._hash_of(path)
        return known
