"""The folder of a job, in the state dir: the backend's answers are kept there until the result is published."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from takevoice.audio import Segment, Segmentation
from takevoice.errors import Cancelled, StorageError
from takevoice.files import storage_error, write_atomic
from takevoice.jobs import Job
from takevoice.system import place

_RECEIVED = "received"
_AUDIO = ".audio"  # the ending of an answer
_COMPLETE = ".complete"  # the ending of its mark: format and size, once it is complete
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
        return next(self._complete(job, f"{key}.{segment.name}"), None)

    def has(self, job: Job, key: str, segment: str) -> bool:
        """Return True when the complete answer to the segment of that name is here."""
        return any(self._complete(job, f"{key}.{segment}"))

    def has_any(self, job: Job, key: str) -> bool:
        """Return True when the complete answer to some segment is here."""
        return any(self._complete(job, key))

    def _complete(self, job: Job, which: str) -> Iterator[tuple[Path, str]]:
        """Yield each complete answer, and its format."""
        for path in sorted((self._base / str(job.id)).glob(f"{_RECEIVED}.{which}.*")):
            if path.suffix == _COMPLETE:
                found = _marked(path)
                if found is not None:
                    yield found
            elif path.suffix != _AUDIO:
                yield path, path.suffix[1:]  # of an older version, which renamed what was complete

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
        audio = folder / f"{_RECEIVED}.{key}.{segment.name}{_AUDIO}"
        with ExitStack() as stack:
            try:
                mark = stack.enter_context(place.open_file(audio.with_suffix(_COMPLETE), "wb"))
                file = stack.enter_context(place.open_file(audio, "wb"))
            except OSError as error:
                raise storage_error("cannot be written", folder, error) from error
            yield Receiver(file, mark, audio.with_suffix(_COMPLETE))

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
    """An answer on its way to its file.

    Both files are open before anything is sent: no other program that holds them, and no folder that refuses a name,
    can keep an answer that was paid for from being complete.
    """

    def __init__(self, file: BinaryIO, mark: BinaryIO, mark_path: Path) -> None:
        self._file, self._mark, self._mark_path = file, mark, mark_path

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
            StorageError: the state dir cannot be written, or the files are gone.
        """
        size = 0
        try:
            for chunk in chunks:
                self._file.write(chunk)
                size += len(chunk)
                progress(size)
                if stop():
                    raise Cancelled("stopped before it was finished")
            place.sync(self._file)
            self._mark.write(f"{output_format} {size}\n".encode("ascii"))
            place.sync(self._mark)
        except OSError as error:
            raise storage_error("cannot be stored", self._mark_path.parent, error) from error
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if not all(path.exists() for path in (self._mark_path, self._mark_path.with_suffix(_AUDIO))):
            raise StorageError("was removed while the answer was being stored", where=str(self._mark_path.parent))


def _marked(mark: Path) -> tuple[Path, str] | None:
    """Return the answer that a mark says is complete, and its format; None when it is not.

    Raises:
        StorageError: the mark cannot be read now.
    """
    audio = mark.with_suffix(_AUDIO)
    try:
        output_format, size = place.persist(lambda: mark.read_text("ascii"), mark).split()
        return (audio, output_format) if audio.stat().st_size == int(size) else None
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise storage_error("cannot be read", mark, error) from error
