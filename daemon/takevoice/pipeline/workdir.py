"""The folder of a job, in the state dir: what the backend sent is kept there until it is published."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from takevoice.audio import Segment, Segmentation
from takevoice.errors import Cancelled, StorageError
from takevoice.jobs import Job

_RECEIVED = "received"
_LAYOUT = "layout.json"
Answers = Mapping[Segment, tuple[Path, str]]
"""What came back for each piece: the file, and its format."""


class WorkDir:
    """`work/<job>/` below the state dir. `key` says for which request something was received."""

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
            raise _no_room(path, error) from error
        return path

    def keep_layout(self, job: Job, layout: Segmentation) -> None:
        """Notes what is sent for the job."""
        folder = self.folder(job)
        try:
            part = folder / "layout.part"
            with part.open("w", encoding="ascii") as file:
                json.dump(layout.as_json(), file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(folder / _LAYOUT)
        except OSError as error:
            raise _no_room(folder, error) from error

    def layout(self, job: Job) -> Segmentation | None:
        """What is sent for the job, once that is decided."""
        try:
            return Segmentation.of_json(json.loads((self._base / str(job.id) / _LAYOUT).read_text("ascii")))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # not there, or broken: it is decided again

    def received(self, job: Job, key: str, piece: Segment) -> tuple[Path, str] | None:
        """What the backend sent for a piece, complete, and its format; None when there is nothing."""
        for path in (self._base / str(job.id)).glob(f"{_RECEIVED}.{key}.{piece.name}.*"):
            return path, path.name.rsplit(".", 1)[1]
        return None

    def has(self, job: Job, key: str, piece: str) -> bool:
        """True when the answer for the piece of that name is here, complete."""
        return any((self._base / str(job.id)).glob(f"{_RECEIVED}.{key}.{piece}.*"))

    def answers(self, job: Job, key: str) -> tuple[Segmentation, Answers] | None:
        """The layout and what came back for all of its pieces; None while anything is missing."""
        layout = self.layout(job)
        if layout is None:
            return None
        found = {piece: self.received(job, key, piece) for piece in layout.pieces}
        answers = {piece: answer for piece, answer in found.items() if answer is not None}
        return (layout, answers) if len(answers) == len(found) else None

    def receive(
        self,
        job: Job,
        key: str,
        piece: Segment,
        chunks: Iterable[bytes],
        output_format: str,
        progress: Callable[[int], None],
        stop: Callable[[], bool],
    ) -> None:
        """Stores what arrives for a piece, whole or not at all. `progress` is told the bytes so far.

        Raises:
            Cancelled: `stop` said so.
            StorageError: the state dir cannot be written.
        """
        folder = self.folder(job)
        part = folder / f"receiving.{piece.name}.part"
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
            part.replace(folder / f"{_RECEIVED}.{key}.{piece.name}.{output_format}")
        except OSError as error:
            raise _no_room(folder, error) from error
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
        if not keep_received or not any(folder.glob(f"{_RECEIVED}.*")):
            self.remove(job.id)
            return
        with contextlib.suppress(OSError):  # what stays is removed with the folder
            for path in folder.iterdir():
                if not path.name.startswith(f"{_RECEIVED}.") and path.name != _LAYOUT:
                    path.unlink(missing_ok=True)


def _no_room(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot be written: {error.strerror}",
        where=str(folder),
        hint="free some space there, or move the state with --state",
    )
