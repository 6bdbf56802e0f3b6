"""Files of the house's server: uploads until they are answered, and answers for as long as they are kept."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from takevoice import private_folder, rename_new


class Billed(NamedTuple):
    """The service's id of a request, and the credits that it billed."""

    upstream: str
    cost: float


class Store:
    """Uploads and answers, by content key; all on one file system."""

    def __init__(self, folder: Path) -> None:
        self._uploads, self._answers, self._parts = (folder / name for name in ("uploads", "answers", "parts"))
        self._bills, self.unusable = folder / "bills", folder / "unusable"
        for each in (self._uploads, self._answers, self._parts, self._bills, self.unusable):
            private_folder(each)

    def clear_parts(self) -> None:
        """Remove what an earlier server left unfinished."""
        for path in self._parts.iterdir():
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def new_folder(self) -> Path:
        """Return a new folder, for an upload that arrives. Whoever gets it removes it."""
        folder = self.new_part()
        folder.mkdir(mode=0o700)
        return folder

    def new_part(self) -> Path:
        """Return the path of a new file that is not there yet."""
        return self._parts / secrets.token_hex(12)

    def upload(self, content: str) -> Path:
        """Return the path of an upload."""
        return self._uploads / content

    def keep_upload(self, content: str, part: Path) -> None:
        """Keep an upload; one that is there is the same."""
        sync(part)
        try:
            rename_new(part, self.upload(content))
        except FileExistsError:
            os.utime(self.upload(content))  # in use again
        with suppress(OSError):
            part.unlink()

    def drop_upload(self, content: str) -> None:
        """Remove an upload, which is not needed any more."""
        with suppress(OSError):
            self.upload(content).unlink()

    def old_uploads(self, before: float) -> list[str]:
        """Return the content keys of uploads, and of notes of bills, that came before a Unix time."""
        return sorted({path.name for folder in (self._uploads, self._bills) for path in folder.iterdir() if _age_of(path) < before})

    def answer(self, content: str) -> Path:
        """Return the path of a kept answer."""
        return self._answers / content[:2] / content

    def has_answer(self, content: str) -> bool:
        """Return True if there is a kept answer."""
        return self.size_of(content) is not None

    def size_of(self, content: str) -> int | None:
        """Return the size of a kept answer, in bytes; None if there is none."""
        try:
            return self.answer(content).stat().st_size
        except OSError:
            return None

    def keep_answer(self, content: str, part: Path) -> int:
        """Give a whole, synced part file its name; return its size. One that is there already stays. Raises OSError."""
        path = self.answer(content)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            rename_new(part, path)
            _sync_folder(path.parent)
        except FileExistsError:
            pass
        return path.stat().st_size

    def note_billed(self, content: str, billed: Billed) -> None:
        """Note what an answer was billed, before it gets its name: a kill may come before the ledger has it. Raises OSError."""
        (self._bills / content).write_text(json.dumps(billed), "ascii")

    def billed(self, content: str) -> Billed | None:
        """Return what was noted; None if nothing was."""
        try:
            upstream, cost = json.loads((self._bills / content).read_bytes())
            return Billed(str(upstream), float(cost))
        except (OSError, ValueError, TypeError):
            return None

    def drop_billed(self, content: str) -> None:
        """Remove what was noted: the ledger has it."""
        with suppress(OSError):
            (self._bills / content).unlink()

    def set_aside(self, content: str, path: Path) -> None:
        """Move an answer that cannot be used to where it is given to no one, for the record; one that is gone is no error. Raises OSError."""
        with suppress(FileNotFoundError):
            os.utime(path)
            path.replace(self.unusable / f"{content}.{secrets.token_hex(4)}")
            _sync_folder(path.parent)

    def old_unusable(self, before: float) -> list[Path]:
        """Return the answers that were set aside before a Unix time."""
        return [path for path in self.unusable.iterdir() if _age_of(path) < before]

    def drop_answer(self, content: str) -> None:
        """Remove a kept answer."""
        with suppress(OSError):
            self.answer(content).unlink()

    def answers(self) -> Iterator[Path]:
        """Yield all kept answers."""
        for folder in self._answers.glob("??"):
            yield from (path for path in folder.iterdir() if re.fullmatch("[0-9a-f]{64}", path.name))


def _age_of(path: Path) -> float:
    """Return the Unix time of a file's last change; now for one that is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def sync(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_open(file: BinaryIO) -> None:
    """Wait until an open file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # Windows cannot open a folder, and keeps names by itself
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
