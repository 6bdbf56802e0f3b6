"""The files by which takevoices on several machines agree who converts a take in a folder that they share.

They are in the hidden folder `.takevoice` next to the take, and come into being under their names whole or not at all, and
only where there is none of that name: by a rename or a link that overwrites nothing, which NFS and SMB do in one step on the
server; where there is neither, by an exclusive create and a second look some time later. No clocks are compared, and no lock of
the share is needed.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import secrets
import stat
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import NamedTuple

from takevoice.system import place

FOLDER = ".takevoice"
SIZE = 600  # bytes of a file: the same for all, so that one is written again in place
OLD = 300.0  # seconds, by the clock of the share, after which what others left half done is removed; if they do live, they do it again
_PART = re.compile(r"\.tv-([0-9a-f]{16})-[0-9a-f]{8}\.part")
_LONGEST = {"host": 60, "user": 60, "take": 120}  # characters; the rest is for people, and is cut
SETTLE = 2.0  # seconds within which a client sees what another one has created
WORKING, HELD = "working", "held"


@dataclass(frozen=True)
class Note:
    """What a file says: whose it is, and for people from where and since when."""

    owner: str  # identifies a state dir on a machine
    host: str
    user: str
    pid: int
    job: int
    take: str  # the name of the file
    at: int  # Unix time by the owner's clock
    state: str = WORKING  # or HELD: a person there has to decide
    beat: int = 0  # changes while the owner is running

    def as_bytes(self) -> bytes:
        """Return the content of the file."""
        values = {name: value[: _LONGEST[name]] if name in _LONGEST else value for name, value in asdict(self).items()}
        text = json.dumps(values, ensure_ascii=True)
        if len(text) >= SIZE:
            text = json.dumps({**values, "take": "", "user": "", "host": self.host[:10]}, ensure_ascii=True)
        return text.ljust(SIZE - 1).encode("ascii") + b"\n"


class Seen(NamedTuple):
    """A file as it was read; `note` is None when it is damaged, or of another version."""

    content: bytes
    note: Note | None

    def is_of(self, owner: str) -> bool:
        """Return True when it is that owner's, or a name that it has reserved, where nothing can be renamed without that."""
        if self.note is None:
            left = _PART.fullmatch(self.content.decode("ascii", "replace"))
            return left is not None and left[1] == owner
        return self.note.owner == owner

    @property
    def host(self) -> str:
        """The machine that it came from, in words."""
        return self.note.host if self.note is not None and self.note.host else "another machine"


def read(path: Path) -> Seen | None:
    """Return a file as it is now; None when there is none. Raises OSError.

    It is opened for each look: NFS asks the server then.
    """
    try:
        with place.open_file(path, "rb") as file:
            content = file.read(4 * SIZE)
    except FileNotFoundError:
        return None
    return Seen(content, _note(content))


def create(path: Path, note: Note) -> bool:
    """Create a file, and its folder where needed; returns False when there is one. Raises OSError."""
    part = _part(path.parent, note.owner)
    while True:
        _make_folder(path.parent)
        try:
            _write_new(part, note.as_bytes())
            sure = place.rename_new(part, path)
        except FileNotFoundError:  # the folder was empty, and removed by another machine
            continue
        except FileExistsError:
            place.remove(part)
            seen = read(path)  # NFS may do a step twice, and report the second one
            return seen is not None and seen.content == note.as_bytes()
        except BaseException:
            place.remove(part)
            raise
        return sure or _is_settled(path, note)


def rewrite(path: Path, note: Note) -> bool:
    """Write another note of the same owner; returns False when the file is not that owner's any more. Raises OSError.

    The file that was looked at is written, even if another one has got its name meanwhile.
    """
    try:
        file = place.open_file(path, "r+b")
    except FileNotFoundError:
        return False
    with file:
        content = file.read(4 * SIZE)
        if not Seen(content, _note(content)).is_of(note.owner):
            return False
        file.seek(0)
        file.write(note.as_bytes())
    return True


def displace(path: Path, seen: Seen, owner: str) -> bool:
    """Remove another owner's file if it still is as it was seen; returns False when it is not. Raises OSError.

    `owner` is who does it.
    """
    aside = _part(path.parent, owner)
    try:
        place.persist(lambda: path.rename(aside), path)
    except FileNotFoundError:
        return False
    now = read(aside)
    if now is not None and now.content != seen.content:
        # Another machine was quicker, or its owner is back: it gets its name again, unless that is taken.
        with contextlib.suppress(FileExistsError):
            place.rename_new(aside, path)
            return False
    place.remove(aside)
    return now is not None and now.content == seen.content


def _is_settled(path: Path, note: Note) -> bool:
    """Wait until all who began to create a file have done so, and return whose it is: some FUSE drives let more than one."""
    time.sleep(SETTLE)
    seen = read(path)
    return seen is not None and seen.is_of(note.owner)


def remove(path: Path, owner: str) -> None:
    """Remove a file of that owner; any other one stays. Raises OSError."""
    seen = read(path)
    if seen is not None and seen.is_of(owner):
        place.unlink(path)


def remove_folder(folder: Path, owner: str) -> None:
    """Remove the folder if nothing is in it but what killed processes left half done: the owner's own, or long ago."""
    with contextlib.suppress(OSError):
        os.rmdir(folder)  # noqa: PTH106
        return
    with contextlib.suppress(OSError):
        now = _time_there(folder, owner)
        for leftover in folder.iterdir():
            left = _PART.fullmatch(leftover.name)
            if left and (left[1] == owner or now - leftover.stat().st_mtime > OLD):
                place.remove(leftover)
        os.rmdir(folder)  # noqa: PTH106


def _part(folder: Path, owner: str) -> Path:
    """Return a name for a file that is made, or moved away, by an owner."""
    return folder / f".tv-{owner}-{secrets.token_hex(4)}.part"


def _time_there(folder: Path, owner: str) -> float:
    """Return the time by the clock of the share."""
    part = _part(folder, owner)
    _write_new(part, b"")
    try:
        return part.stat().st_mtime
    finally:
        place.remove(part)


def _note(content: bytes) -> Note | None:
    try:
        values = json.loads(content)
        return Note(**{field.name: values[field.name] for field in fields(Note)})
    except (ValueError, KeyError, TypeError):
        return None


def _make_folder(folder: Path) -> None:
    """Create the folder; whoever may write next to the takes may write in it, whatever the umask says.

    Raises:
        OSError: that is not possible; or nothing else is there, as in the mount point of a share that is not mounted (ENOTCONN).
    """
    try:
        folder.mkdir()
    except FileExistsError:
        return
    with os.scandir(folder.parent) as entries:  # of a share with many files, only the first ones are asked for
        alone = all(entry.name == folder.name for entry in entries)
    if alone:
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106
        raise OSError(errno.ENOTCONN, "its folder is empty: is the share mounted?", str(folder.parent))
    with contextlib.suppress(OSError):
        folder.chmod(stat.S_IMODE(folder.parent.stat().st_mode))


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
    try:
        os.write(handle, data)
        with contextlib.suppress(OSError):
            os.chmod(path, stat.S_IMODE(path.parent.stat().st_mode) & 0o666)  # noqa: PTH101
    finally:
        os.close(handle)
