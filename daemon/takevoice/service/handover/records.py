"""What is kept of each convert request until its result is there: a folder in the hand-over folder, with its excerpt."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.errors import printable
from takevoice.files import storage_error, write_atomic
from takevoice.service.handover.request_file import Cut
from takevoice.service.loading import load_audio
from takevoice.service.osc.result_files import result_name
from takevoice.settings import safe
from takevoice.system import place
from takevoice.system.fileid import version_of

log = logging.getLogger("takevoice")

NAME = "request"  # without a suffix: the folder of a request whose id ends in .json has one
MAX_NAME = 120  # bytes of an excerpt's name, which becomes part of the result's
_RESERVED = frozenset("con prn aux nul".split()) | {f"{kind}{n}" for kind in ("com", "lpt") for n in range(10)}


@dataclass(frozen=True)
class Record:
    """A convert request that came as a file."""

    id: str
    name: str  # for people
    head: float | None = None  # seconds of the excerpt before the start that was asked for; None: there is no excerpt
    temporary: str = ""  # a file made for this request, which is removed when the result is there
    version: tuple[int, int, int] | None = None  # of that file: another one with its name is not removed
    start: str = ""  # where the sound begins in its session, in samples
    told: str = ""  # the end that its result file has told, of those after which the record stays


class Records:
    """The folders of requests in the hand-over folder. Other folders there belong to others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder_of(self, request_id: str) -> Path:
        """Return the folder of a request."""
        return self._folder / result_name(request_id).removesuffix(".json")

    def excerpt(self, request_id: str, name: str, source: Path, cut_: Cut) -> tuple[Path, float]:
        """Cut what a request wants; returns the excerpt's path, and the seconds in it before the start.

        Raises:
            TakevoiceError: the source cannot be read, has no such part, or the excerpt cannot be written.
        """
        target = self.folder_of(request_id) / f"{plain_name(name or source.stem)}.wav"
        load_audio()
        try:
            self._make(target.parent)
        except OSError as error:
            raise storage_error("cannot be written", target.parent, error) from error
        made = audio.cut(
            source, target, start=cut_.start, length=cut_.length, handle=cut_.handle, channels=cut_.channels
        )
        return made.path, made.head_frames / made.sample_rate

    def write(self, record: Record) -> None:
        """Keep a record, in place of an earlier one of the request.

        Raises:
            StorageError: it cannot be written.
        """
        path = self.folder_of(record.id) / NAME
        try:
            self._make(path.parent)
            write_atomic(path, json.dumps(dataclasses.asdict(record)).encode("ascii"))
        except OSError as error:
            raise storage_error("cannot be written", path, error) from error

    def read(self, request_id: str) -> Record | None:
        """Return the record of a request; None when there is none."""
        return _read(self.folder_of(request_id) / NAME)

    def all(self) -> Iterator[Record]:
        """Yield all records."""
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    record = _read(Path(entry.path) / NAME)
                    if record is not None and self.folder_of(record.id) == Path(entry.path):
                        yield record

    def remove(self, request_id: str) -> None:
        """Remove the folder of a request with its excerpt; a folder without a record is not ours, and stays."""
        folder = self.folder_of(request_id)
        if (folder / NAME).is_file() and not folder.is_symlink():
            place.remove_tree(folder)

    def finish(self, record: Record) -> None:
        """Remove everything that was kept for a request whose result is there."""
        if record.temporary and record.version is not None:
            path = Path(record.temporary)
            if version_of(path) == record.version:
                place.remove(path)
            else:
                log.debug("%s has changed since it was converted, and stays", printable(path))
        self.remove(record.id)

    def written(self, request_id: str) -> float:
        """Return the Unix time at which the record of a request was written; now when there is none."""
        try:
            return (self.folder_of(request_id) / NAME).stat().st_mtime
        except OSError:
            return time.time()

    def _make(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink():
            raise NotADirectoryError(20, "is a link, not a folder", str(folder))


def _read(path: Path) -> Record | None:
    try:
        given: Any = json.loads(path.read_bytes())
        version = given.pop("version", None)
        known = {field.name for field in dataclasses.fields(Record)}
        values = {key: value for key, value in given.items() if key in known}
        return Record(**values, version=tuple(version) if version else None)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def plain_name(name: str) -> str:
    """Return a name that every system accepts for a file, as close to the given one as possible."""
    printable_ = "".join(char if char.isprintable() else "_" for char in name).strip(". ")
    plain = safe(printable_) if printable_ else "take"
    if plain.partition(".")[0].lower() in _RESERVED:
        plain = f"_{plain}"
    while len(plain.encode("utf-8")) > MAX_NAME:
        plain = plain[:-1]
    return plain.rstrip(". ") or "take"

