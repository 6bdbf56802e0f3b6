"""The folder of a job, in the state dir: the backend's answers are kept there until the result is published."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from takevoice import audio
from takevoice.errors import Cancelled, StorageError
from takevoice.files import storage_error, write_atomic
from takevoice.jobs import Job
from takevoice.ledger.charges import UNREPORTED, Charged
from takevoice.system import place
from takevoice.system.private import private_folder
from takevoice.take_settings import TakeSettings

if TYPE_CHECKING:
    from takevoice.audio import Segment, Segmentation

    Answers = Mapping[Segment, tuple[Path, str]]
    """The answer to each segment: its file, and its format."""

_RECEIVED = "received"
_AUDIO = ".audio"  # the ending of an answer
_COMPLETE = ".complete"  # the ending of its mark: format, size and bill, once it is complete
_BAD = ".bad"  # the ending of a note: the SHA-256 of an answer that could not be used
_LOST = ".lost"  # the ending of an answer that never was complete, and may have been paid for by a job that is lost
LAYOUT = "layout.json"
"""The file that says how a take is cut, and what it is."""
_ANSWERS = "answers"


@dataclass(frozen=True)
class Sent:
    """What is sent for a job: it identifies the answers in a folder, whichever job that belonged to."""

    audio_hash: str
    audio_plugins: tuple[str, ...]  # those that change the audio on its way
    paid: bool
    cut_for: str = ""  # the settings that decide how it is cut; empty: of an older version
    ahead: bool = False  # while its file settled: nothing was decided yet


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
            private_folder(path)
        except OSError as error:
            raise storage_error("cannot be written", path, error) from error
        return path

    @property
    def answers_folder(self) -> Path:
        """The folder of the answers that are kept for any job."""
        return self._base / _ANSWERS

    def keep_segmentation(self, job: Job, segmentation: Segmentation, *, paid: bool, ahead: bool = False) -> None:
        """Store how the take is cut, and what it is, before anything is sent; raises StorageError.

        `ahead`: its file is still settling. What costs nothing need not survive a power cut.
        """
        folder = self.folder(job)
        sent = {
            "audio": job.audio_hash,
            "plugins": job.audio_plugins,
            "paid": paid,
            "cut_for": cut_for(job.settings),
            "ahead": ahead,
        }
        data = json.dumps({**segmentation.as_json(), "sent": sent}).encode("ascii")
        try:
            write_atomic(folder / LAYOUT, data, durable=paid)
        except OSError as error:
            raise storage_error("cannot be written", folder, error) from error

    def segmentation(self, job: Job) -> Segmentation | None:
        """Return how the take is cut, once that is decided; raises StorageError when the file cannot be read now."""
        return segmentation_in(self.path_of(job.id))

    def path_of(self, job_id: int) -> Path:
        """Return where a job's folder is, or would be."""
        return self._base / str(job_id)

    def sent_ahead(self, job: Job) -> Sent | None:
        """Return what the answers in the job's folder belong to, if they were made while its file settled; raises StorageError."""
        sent = sent_in(self.path_of(job.id))
        return sent if sent is not None and sent.ahead else None

    def lost(self, job: Job, key: str) -> bool:
        """Return True when a request for an answer that is not here may have been paid for by a job that is lost."""
        return any(lost_in(self.path_of(job.id), key))

    def received(self, job: Job, key: str, segment: Segment) -> tuple[Path, str] | None:
        """Return the complete answer to a segment, and its format; None when there is none."""
        return next(self._complete(job, f"{key}.{segment.name}"), None)

    def charged(self, job: Job, key: str, segment: str) -> Charged | None:
        """Return the bill of the complete answer to the segment of that name; None when that is not here."""
        found = next(self._complete(job, f"{key}.{segment}"), None)
        return None if found is None else _charged_in(found[0].with_suffix(_COMPLETE))

    def has_any(self, job: Job, key: str) -> bool:
        """Return True when the complete answer to some segment is here."""
        return any(self._complete(job, key))

    def _complete(self, job: Job, which: str) -> Iterator[tuple[Path, str]]:
        """Yield each complete answer, and its format."""
        return complete_in(self.path_of(job.id), which)

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
            receiver = Receiver(file, mark, audio.with_suffix(_COMPLETE))
            try:
                yield receiver
            finally:
                stack.close()
                if not receiver.may_be_billed:
                    place.remove(audio)
                    place.remove(audio.with_suffix(_COMPLETE))

    def discard_received(self, job: Job) -> None:
        """Delete the backend's answers: others are wanted."""
        for path in (self._base / str(job.id)).glob(f"{_RECEIVED}.*"):
            place.remove(path)

    def mark_bad(self, job: Job, which: str) -> None:
        """Let complete answers count as incomplete: they are bad. Their audio stays in the job's folder, to be looked at."""
        for path in sorted((self._base / str(job.id)).glob(f"{_RECEIVED}.{which}.*")):
            if path.suffix == _AUDIO:
                with contextlib.suppress(OSError), path.open("rb") as file:
                    path.with_suffix(_BAD).write_text(hashlib.file_digest(file, "sha256").hexdigest(), "ascii")
            elif path.suffix != _BAD:
                place.remove(path)

    def bad_answer(self, job: Job, key: str, segment: Segment) -> str:
        """Return the SHA-256 of the last answer to a segment that could not be used; "" if there was none."""
        note = self._base / str(job.id) / f"{_RECEIVED}.{key}.{segment.name}{_BAD}"
        try:
            return place.persist(lambda: note.read_text("ascii"), note)
        except (OSError, ValueError):
            return ""

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
                if not path.name.startswith(f"{_RECEIVED}.") and path.name != LAYOUT:
                    place.remove(path)


class Receiver:
    """An answer on its way to its file.

    Both files are open before anything is sent: no other program that holds them, and no folder that refuses a name,
    can keep an answer that was paid for from being complete. `may_be_billed`: the request went out; otherwise nothing is kept.
    """

    may_be_billed = False

    def __init__(self, file: BinaryIO, mark: BinaryIO, mark_path: Path) -> None:
        self._file, self._mark, self._mark_path = file, mark, mark_path

    def store(
        self,
        chunks: Iterable[bytes],
        output_format: str,
        progress: Callable[[int], None],
        stop: Callable[[], bool],
        charged: Charged = UNREPORTED,
    ) -> None:
        """Store the answer, and its bill, whole or not at all; `progress` gets the number of bytes so far.

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
            self._mark.write(f"{output_format} {size}{_as_text(charged)}\n".encode("ascii"))
            place.sync(self._mark)
        except OSError as error:
            raise storage_error("cannot be stored", self._mark_path.parent, error) from error
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if not all(path.exists() for path in (self._mark_path, self._mark_path.with_suffix(_AUDIO))):
            raise StorageError("was removed while the answer was being stored", where=str(self._mark_path.parent))


def cut_for(settings: TakeSettings) -> str:
    """Return the settings that decide how a take is cut, as text."""
    return json.dumps([settings.channels, settings.keep_tones])


def segmentation_in(folder: Path) -> Segmentation | None:
    """Return how the take of a job's folder is cut; None when that is not decided. Raises StorageError."""
    content = _layout(folder)
    try:
        return None if content is None else audio.Segmentation.of_json(content)
    except (KeyError, TypeError):
        return None  # damaged: it is decided again


def sent_in(folder: Path) -> Sent | None:
    """Return what the answers in a job's folder belong to; None when that is unknown. Raises StorageError."""
    content = _layout(folder)
    try:
        sent = content["sent"] if content else None
        if not sent:
            return None
        cut, ahead = sent.get("cut_for", ""), bool(sent.get("ahead"))
        return Sent(sent["audio"], tuple(sent["plugins"]), bool(sent["paid"]), cut, ahead)
    except (KeyError, TypeError):
        return None  # of an older version, or damaged


def complete_in(folder: Path, which: str = "*") -> Iterator[tuple[Path, str]]:
    """Yield each complete answer in a job's folder, and its format."""
    for path in sorted(folder.glob(f"{_RECEIVED}.{which}.*")):
        if path.suffix == _COMPLETE:
            found = _marked(path)
            if found is not None:
                yield found
        elif path.suffix not in (_AUDIO, _BAD, _LOST):
            yield path, path.suffix[1:]  # of an older version, which renamed what was complete


def files_of(answer: Path) -> Sequence[Path]:
    """Return an answer and, where it has one, its mark."""
    mark = answer.with_suffix(_COMPLETE)
    return [answer, mark] if answer.suffix == _AUDIO else [answer]


def lost_in(folder: Path, key: str = "*") -> Iterator[Path]:
    """Yield the answers in a folder that never were complete, and may have been paid for by a job that is lost."""
    yield from sorted(folder.glob(f"{_RECEIVED}.{key}.*{_LOST}"))


def mark_lost(folder: Path) -> bool:
    """Mark answers that are not complete, and were sent for; returns True when the folder has any. Raises OSError."""
    complete = {path for path, _ in complete_in(folder)}
    for path in sorted(folder.glob(f"{_RECEIVED}.*{_AUDIO}")):
        if path not in complete:
            place.replace(path, path.with_suffix(_LOST))
            place.remove(path.with_suffix(_COMPLETE))
    return any(lost_in(folder))


def _layout(folder: Path) -> dict[str, Any] | None:
    path = folder / LAYOUT
    try:
        content = json.loads(place.persist(lambda: path.read_text("ascii"), path))
    except (FileNotFoundError, ValueError):
        return None  # missing or damaged
    except OSError as error:
        raise storage_error("cannot be read", path, error) from error
    return content if isinstance(content, dict) else None


def _as_text(charged: Charged) -> str:
    return "" if charged == UNREPORTED else f" {'-' if charged.credits is None else charged.credits} {charged.saved}"


def _charged_in(mark: Path) -> Charged:
    """Return the bill that the mark of a complete answer has; those of older versions have none."""
    try:
        credits_, saved = mark.read_text("ascii").split()[2:]
        return Charged(None if credits_ == "-" else float(credits_), float(saved))
    except (OSError, ValueError):
        return UNREPORTED


def _marked(mark: Path) -> tuple[Path, str] | None:
    """Return the answer that a mark says is complete, and its format; None when it is not.

    Raises:
        StorageError: the mark cannot be read now.
    """
    audio = mark.with_suffix(_AUDIO)
    try:
        output_format, size, *_bill = place.persist(lambda: mark.read_text("ascii"), mark).split()
        return (audio, output_format) if audio.stat().st_size == int(size) else None
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise storage_error("cannot be read", mark, error) from error
