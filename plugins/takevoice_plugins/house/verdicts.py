"""Whether an answer can be used: by the measure of the stations when it comes, and by its checksum whenever it is given again."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

from takevoice import check_answer, errors
from takevoice_plugins.house.rows import Row


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unusable(path: Path, row: Row) -> str:
    """Return why no station could use a whole answer; "" if it is audio, as long as its take. Raises OSError."""
    if not path.stat().st_size:
        return "it is empty"
    try:
        check_answer(path, str(row.request.get("output_format", "")), row.seconds)
    except errors.TakevoiceError as error:
        return error.what
    return ""


def damage(path: Path, row: Row) -> str:
    """Return what has become of a kept answer; "" if it is as it was when it came. Raises OSError.

    Where the ledger does not know its checksum, as after an older copy of it was put back, it must be usable.
    """
    try:
        if not row.digest:
            return unusable(path, row)
        return "" if digest_of(path) == row.digest else "its file has changed"
    except FileNotFoundError:
        return "its file is gone"
    except OSError as error:
        if error.errno == errno.EIO:  # what a disk says of a bad sector; other errors pass
            return "its file cannot be read"
        raise
