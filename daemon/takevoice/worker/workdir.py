"""The folder of a job, in the state dir: what the backend sent is kept there until it is published."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from takevoice.errors import Cancelled, StorageError
from takevoice.jobs import Job

_RECEIVED = "received"


class WorkDir:
    """`work/<job>/` below the state dir."""

    def __init__(self, state_dir: Path) -> None:
        self._base = state_dir / "work"

    def job_ids(self) -> list[int]:
        """The jobs that have a folder."""
        return [int(path.name) for path in self._base.glob("*") if path.name.isdigit()]

    def folder(self, job: Job) -> Path:
        """The job's folder, made where needed."""
        path = self._base / str(job.id)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"cannot be made: {error.strerror}",
                where=str(path),
                hint="free some space there, or move the state with --state",
            ) from error
        return path

    def received(self, job: Job) -> tuple[Path, str] | None:
        """What the backend sent for the job's settings, complete, and its format; None when there is nothing."""
        for path in (self._base / str(job.id)).glob(f"{_RECEIVED}.{job.settings_hash}.*"):
            return path, path.name.rsplit(".", 1)[1]
        return None

    def receive(
        self,
        job: Job,
        chunks: Iterable[bytes],
        output_format: str,
        progress: Callable[[int], None],
        stop: Callable[[], bool],
    ) -> None:
        """Stores what arrives, whole or not at all. `progress` is told the bytes so far.

        Raises:
            Cancelled: `stop` said so.
            StorageError: the state dir cannot be written.
        """
        folder = self.folder(job)
        part = folder / "receiving.part"
        size = 0
        try:
            with part.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    size += len(chunk)
                    progress(size)
                    if stop():
                        raise Cancelled("stopped before it was finished", where=str(job.path))
                file.flush()
                os.fsync(file.fileno())
            part.replace(folder / f"{_RECEIVED}.{job.settings_hash}.{output_format}")
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror}",
                where=str(folder),
                hint="free some space there, or move the state with --state",
            ) from error
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def forget_received(self, job: Job) -> None:
        """Throws away what the backend sent, because it was no good."""
        for path in (self._base / str(job.id)).glob(f"{_RECEIVED}.*"):
            path.unlink(missing_ok=True)

    def remove(self, job_id: int) -> None:
        """Removes a job's folder."""
        shutil.rmtree(self._base / str(job_id), ignore_errors=True)

    def clear(self, job: Job, *, keep_received: bool = False) -> None:
        """Removes the job's folder, or all in it but what the backend sent."""
        folder = self._base / str(job.id)
        if keep_received and self.received(job) is not None:
            for path in folder.iterdir():
                if not path.name.startswith(f"{_RECEIVED}."):
                    path.unlink(missing_ok=True)
        else:
            self.remove(job.id)
