"""The result of a take with candidates: a copy of the one that was picked, byte for byte.

A file is replaced only if it is the same, byte for byte, as a file of takevoice in the folder of the candidates: so no sound
is ever lost. Any other file stays, and the result gets the next free name.
"""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.errors import StorageError
from takevoice.files import storage_error
from takevoice.settings import NameFields, output_names
from takevoice.system import place


def is_same(one: Path, other: Path) -> bool:
    """Return True when both files are there and equal, byte for byte; False also when one cannot be read."""
    try:
        return one.stat().st_size == other.stat().st_size and filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def place_copy(
    chosen: Path, target: Path, ours: Sequence[Path], temp_name: str, on_named: Callable[[Path, Path], None]
) -> Path:
    """Copy a candidate to its take's result, and return the name that it got: `target`, or with a number.

    `ours` are the candidates. `on_named` gets each name that the copy is about to have, and the file with its contents.

    Raises:
        StorageError: it cannot be read or written; a result that is there stays as it is.
    """
    for name in _numbered(target):
        if is_same(name, chosen):
            on_named(name, name)
            return name
        is_there = name.exists() or name.is_symlink()
        if is_there and (name.is_symlink() or not any(is_same(name, each) for each in ours)):
            continue  # an edited result, or another file
        temp = name.with_name(temp_name)
        try:
            _copy(chosen, temp)
            if not is_there:
                return audio.publish(temp, _numbered(name), lambda path, temp=temp: on_named(path, temp))  # type: ignore[misc]
            on_named(name, temp)
            _replace(temp, name, ours)
            return name
        finally:
            place.remove(temp)
    raise AssertionError("there are always more names")


def copy_new(source: Path, target: Path, temp_name: str, on_named: Callable[[Path, Path], None]) -> Path:
    """Copy a file to a new one, with its times; return the name that it got: `target`, or with a number. Raises StorageError."""
    audio.make_folder(target.parent)
    temp = target.with_name(temp_name)
    try:
        _copy(source, temp)
        return audio.publish(temp, _numbered(target), lambda path: on_named(path, temp))
    finally:
        place.remove(temp)


def _replace(temp: Path, name: Path, ours: Sequence[Path]) -> None:
    if not any(is_same(name, each) for each in ours):  # it was edited while the copy was made
        raise StorageError("was changed just now", where=str(name), hint="pick again: it then gets another name")
    try:
        place.replace(temp, name)
    except OSError as error:
        raise storage_error("cannot be written", name, error) from error
    place.sync_folder(name.parent)


def _copy(source: Path, target: Path) -> None:
    try:
        with place.open_file(source, "rb") as read, place.open_file(target, "wb") as written:
            shutil.copyfileobj(read, written, 1 << 20)
            place.sync(written)
        shutil.copystat(source, target)
    except FileNotFoundError as error:
        raise StorageError("is not there any more", where=str(source if not source.exists() else target.parent)) from error
    except OSError as error:
        raise storage_error("cannot be written", target, error) from error


def _numbered(path: Path) -> Iterator[Path]:
    for name in output_names("{stem}", NameFields(path.stem, "", "", path.suffix)):
        yield path.parent / name
