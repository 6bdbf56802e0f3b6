"""The result of a take with candidates: a copy of the one that was picked, byte for byte.

A file is replaced only if it is the same, byte for byte, as a file of takevoice in the folder of the candidates: so no sound
is ever lost. Any other file stays, and the result gets the next free name.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.errors import StorageError
from takevoice.files import storage_error
from takevoice.settings import NameFields, output_names
from takevoice.system import place

LEFT_AFTER = 600.0  # seconds
BLOCK = 1 << 20  # bytes


def is_same(one: Path, other: Path) -> bool:
    """Return True when both files are there and equal, byte for byte; False also when one cannot be read."""
    # Not filecmp: it remembers answers by size and time, which some editors put back.
    try:
        with place.open_file(one, "rb") as first, place.open_file(other, "rb") as second:
            if os.fstat(first.fileno()).st_size != os.fstat(second.fileno()).st_size:
                return False
            while block := first.read(BLOCK):
                if block != second.read(BLOCK):
                    return False
            return not second.read(1)
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
    for name in numbered(target):
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
                return audio.publish(temp, numbered(name), lambda path, temp=temp: on_named(path, temp))  # type: ignore[misc]
            on_named(name, temp)
            replace_known(temp, name, ours)
            return name
        finally:
            place.remove(temp)
    raise AssertionError("there are always more names")


def copy_new(
    source: Path, target: Path, temp_name: str, on_named: Callable[[Path, Path], None] = lambda *_: None
) -> Path:
    """Copy a file to a new one, with its times; return the name that it got: `target`, or with a number. Raises StorageError."""
    audio.make_folder(target.parent)
    temp = target.with_name(temp_name)
    try:
        _copy(source, temp)
        return audio.publish(temp, numbered(target), lambda path: on_named(path, temp))
    finally:
        place.remove(temp)


def replace_copy(source: Path, target: Path, ours: Sequence[Path], temp_name: str) -> None:
    """Copy a file over one that is byte for byte one of `ours`. Raises StorageError when it is not, or cannot be written."""
    temp = target.with_name(temp_name)
    try:
        _copy(source, temp)
        replace_known(temp, target, ours)
    finally:
        place.remove(temp)


def remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove copies that a process which was killed was making: those that have not grown for a while."""
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_AFTER:
                place.remove(path)


def replace_known(temp: Path, name: Path, ours: Sequence[Path]) -> None:
    """Put `temp` in the place of a file that is byte for byte one of `ours`. Raises StorageError when it is not, or cannot be written."""
    if not any(is_same(name, each) for each in ours):  # it was edited while the copy was made
        raise StorageError("was changed just now", where=str(name), hint="try again: the new one then gets another name")
    try:
        place.replace(temp, name)
    except OSError as error:
        raise storage_error("cannot be written", name, error) from error
    place.sync_folder(name.parent)


def _copy(source: Path, target: Path) -> None:
    try:
        with place.open_file(source, "rb") as read, place.open_file(target, "wb") as written:
            shutil.copyfileobj(read, written, BLOCK)
            place.sync(written)
        with contextlib.suppress(OSError):  # some drives have no modes or times to set
            shutil.copystat(source, target)
    except FileNotFoundError as error:
        raise StorageError("is not there any more", where=str(source if not source.exists() else target.parent)) from error
    except OSError as error:
        raise storage_error("cannot be written", target, error) from error


def numbered(path: Path) -> Iterator[Path]:
    """Yield the path, then those with a number that a result may have instead."""
    for name in output_names("{stem}", NameFields(path.stem, "", "", path.suffix)):
        yield path.parent / name
