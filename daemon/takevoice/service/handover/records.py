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
from takevoice.jobs import SourcePart
from takevoice.service.loading import load_audio
from takevoice.service.osc.result_files import result_name
from takevoice.system import place
from takevoice.system.fileid import version_of

log = logging.getLogger("takevoice")

NAME = "request"  # without a suffix: the folder of a request whose id ends in .json has one


@dataclass(frozen=True)
class Record:
    """A convert request that came as a file."""

    id: str
    name: str  # for people
    head: float | None = None  # seconds of the excerpt before the start that was asked for; None: there is no excerpt
    excerpt: str = ""  # the name of the excerpt's file in the folder
    temporary: str = ""  # a file made for this request, which is removed when the result is there
    version: tuple[int, int, int] | None = None  # of that file: another one with its name is not removed
    start: str = ""  # where the sound begins in its session, in samples
    told: str = ""  # the end that its result file has told, of those after which the record stays


class Records:
    """The folders of requests in the hand-over folder. Other folders there belong to others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder_of(self, request_id: str) -> Path:
        """Return the folder of a request; its name does not end in .json, as those of request files do."""
        name = result_name(request_id).removesuffix(".json")
        return self._folder / (f"{name[:-5]}%2E{name[-4:]}" if name.lower().endswith(".json") else name)

    def excerpt(self, request_id: str, part: SourcePart, name: str) -> tuple[Path, float]:
        """Cut what a request wants; returns the excerpt's path, and the seconds in it before the start.

        Raises:
            TakevoiceError: the source cannot be read, has no such part, or the excerpt cannot be written.
        """
        target = self.folder_of(request_id) / name
        load_audio()
        try:
            self._make(target.parent)
        except OSError as error:
            raise storage_error("cannot be written", target.parent, error) from error
        made = audio.cut(
            part.path, target, start=part.start, length=part.length, handle=part.handle, channels=part.channels
        )
        return made.path, part.start - made.first_frame / made.sample_rate

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
        """Remove what was kept of a request, its excerpt included; a result that is in the folder stays, with the folder.

        A folder without a record is not ours, and stays.
        """
        folder = self.folder_of(request_id)
        record = None if folder.is_symlink() else _read(folder / NAME)
        if record is None:
            return
        excerpt = [folder / Path(record.excerpt).name] if record.excerpt else []
        for path in (*excerpt, *folder.glob(".takevoice.*.part"), folder / NAME):
            place.remove(path)
        with contextlib.suppress(OSError):  # the result is in it, or something of the user's
            folder.rmdir()

    def finish(self, record: Record) -> None:
        """Remove everything that was kept for a request that is over, a file that was made for it included."""
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
