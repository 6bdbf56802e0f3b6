"""The folder of a job, in the state dir: the backend's answers are kept there until the result is published."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from takevoice.audio import Segment, Segmentation
from takevoice.errors import Cancelled
from takevoice.files import storage_error, write_atomic
from takevoice.jobs import Job
from takevoice.system import place

_RECEIVED = "received"
_PART = ".part"  # added to the name of an answer that is being received
_COMPLETE = ".complete"  # added to the name of an answer that is complete, but still has the other ending
_SEGMENTATION = "layout.json"
Answers = Mapping[Segment, tuple[Path, str]]
"""The answer to each segment: its file, and its format."""


class WorkDir:
    """`work/<job>/` in the state dir. `key` identifies the request that an answer belongs to."""

    def __init__(self, folder: Path) -> None:
        self._base = folder

    def job_ids(self) -> list[int]:
        """Return the jobs that have a folder."""
        return [int(path.name) for path in self._base.glob("*") if path.name.isdigit()]

    def folder(self, job: Job) -> Path:
        """Return the job's folder, created where needed; raises StorageError."""
        path = self._base / str(job.id)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error("cannot be written", path, error) from error
        return path

    def keep_segmentation(self, job: Job, segmentation: Segmentation) -> None:
        """Store how the take is cut before anything is sent; raises StorageError."""
        folder = self.folder(job)
        data = json.dumps(segmentation.as_json()).encode("ascii")
        try:
            write_atomic(folder / _SEGMENTATION, data, durable=True)
        except OSError as error:
            raise storage_error("cannot be written", folder, error) from error

    def segmentation(self, job: Job) -> Segmentation | None:
        """Return how the take is cut, once that is decided; raises StorageError when the file cannot be read now."""
        path = self._base / str(job.id) / _SEGMENTATION
        try:
            text = place.persist(lambda: path.read_text("ascii"), path)
            return Segmentation.of_json(json.loads(text))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # missing or damaged: it is decided again
        except OSError as error:
            raise storage_error("cannot be read", path, error) from error

    def received(self, job: Job, key: str, segment: Segment) -> tuple[Path, str] | None:
        """Return the complete answer to a segment, and its format; None when there is none."""
        for path, name in self._complete(job, f"{key}.{segment.name}"):
            return path, name.rsplit(".", 1)[1]
        return None

    def has(self, job: Job, key: str, segment: str) -> bool:
        """Return True when the complete answer to the segment of that name is here."""
        return any(self._complete(job, f"{key}.{segment}"))

    def has_any(self, job: Job, key: str) -> bool:
        """Return True when the complete answer to some segment is here."""
        return any(self._complete(job, key))

    def _complete(self, job: Job, which: str) -> Iterator[tuple[Path, str]]:
        """Yield each complete answer, and the name that it has or ought to have."""
        for path in sorted((self._base / str(job.id)).glob(f"{_RECEIVED}.{which}.*")):
            if path.suffix == _COMPLETE:
                # received.KEY.SEGMENT.FORMAT.complete stands for received.KEY.SEGMENT.part
                part = path.with_suffix("").with_suffix(_PART)
                if part.exists():
                    yield part, path.stem
            elif path.suffix != _PART:
                yield path, path.name

    def answers(self, job: Job, key: str) -> tuple[Segmentation, Answers] | None:
        """Return the segmentation and the answers to all of its segments; None while any is missing."""
        segmentation = self.segmentation(job)
        if segmentation is None:
            return None
        found = {segment: self.received(job, key, segment) for segment in segmentation.segments}
        answers = {segment: answer for segment, answer in found.items() if answer is not None}
        return (segmentation, answers) if len(answers) == len(found) else None

    @contextmanager
    def receiving(self, job: Job, key: str, segment: Segment) -> Iterator[Receiver]:
        """Open the file for the answer to a segment, before anything is sent; raises StorageError."""
        folder = self.folder(job)
        name = f"{_RECEIVED}.{key}.{segment.name}"
        part = folder / f"{name}{_PART}"
        try:
            for leftover in folder.glob(f"{name}.*{_COMPLETE}"):
                place.unlink(leftover)
            file = place.open_file(part, "wb")
        except OSError as error:
            raise storage_error("cannot be written", folder, error) from error
        with file:
            yield Receiver(file, part)

    def discard_received(self, job: Job) -> None:
        """Delete the backend's answers: they are bad."""
        for path in (self._base / str(job.id)).glob(f"{_RECEIVED}.*"):
            place.remove(path)

    def remove(self, job_id: int) -> None:
        """Remove a job's folder."""
        place.remove_tree(self._base / str(job_id))

    def clear(self, job: Job, *, keep_received: bool = False) -> None:
        """Remove the job's folder, or everything in it but the backend's answers."""
        folder = self._base / str(job.id)
        if not keep_received or not any(folder.glob(f"{_RECEIVED}.*")):
            self.remove(job.id)
            return
        with contextlib.suppress(OSError):  # the rest is removed with the folder
            for path in folder.iterdir():
                if not path.name.startswith(f"{_RECEIVED}.") and path.name != _SEGMENTATION:
                    place.remove(path)


class Receiver:
    """An answer on its way to its file."""

    def __init__(self, file: BinaryIO, part: Path) -> None:
        self._file, self._part = file, part

    def store(
        self,
        chunks: Iterable[bytes],
        output_format: str,
        progress: Callable[[int], None],
        stop: Callable[[], bool],
    ) -> None:
        """Store the answer whole or not at all; `progress` gets the number of bytes so far.

        Raises:
            Cancelled: `stop` returned True.
            StorageError: the state dir cannot be written.
        """
        size = 0
        try:
            with self._file as file:
                for chunk in chunks:
                    file.write(chunk)
                    size += len(chunk)
                    progress(size)
                    if stop():
                        raise Cancelled("stopped before it was finished")
                place.sync(file)
            _finish(self._part, self._part.with_suffix(f".{output_format}"))
        except OSError as error:
            raise storage_error("cannot be written", self._part.parent, error) from error
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()


def _finish(part: Path, path: Path) -> None:
    """Give a complete answer its name. One that another program holds for long is marked as complete where it is."""
    try:
        place.replace(part, path)
    except OSError:
        with place.open_file(path.with_name(f"{path.name}{_COMPLETE}"), "wb") as mark:
            place.sync(mark)
