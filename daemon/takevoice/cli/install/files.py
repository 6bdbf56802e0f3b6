"""The files that an installer writes, and writing them."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

import takevoice
from takevoice.cli.install.record import Record
from takevoice.cli.install.report import YOURS
from takevoice.errors import StorageError
from takevoice.files import write_atomic
from takevoice.system.access import advice, try_writing
from takevoice.system.python_origin import redirected_to
from takevoice.system.short_names import plain_path

SHARED = Path("share") / "takevoice" / "integrations"
CURRENT, DIFFERENT, MISSING = "current", "different", "missing"
"""How an installed file compares with the one that would be written now."""
KEPT = "kept (it was edited, or is of another version)"


def scripts(editor: str, modules: str) -> Mapping[Path, bytes]:
    """Return an editor's scripts by relative path, with the modules that editors share in the folder `modules`.

    Raises:
        StorageError: the installation has no such scripts.
    """
    shared = {Path(modules) / path: content for path, content in _files_in("common").items()}
    return {**shared, **_files_in(editor)}


def put(
    files: Mapping[Path, bytes], record: Record | None = None, *, dry_run: bool = False
) -> Iterator[tuple[Path, str]]:
    """Write the files and yield for each its path and "written", "updated", "replaced" or "unchanged".

    A file that is replaced is kept with .bak added, and that path is yielded too, unless the record tells that it was not
    edited ("updated").

    Raises:
        StorageError: a file cannot be written.
    """
    for path, content in files.items():
        try:
            old = path.read_bytes() if path.exists() else None
            if old == content:
                if not dry_run:
                    check_seen(path)
                yield path, "unchanged"
                continue
            ours = old is not None and record is not None and record.wrote(path, old)
            backup = _backup_of(path, old) if old is not None and not ours else None
            if not dry_run:
                path.parent.mkdir(parents=True, exist_ok=True)
                if backup is not None and old is not None and not backup.exists():
                    backup.write_bytes(old)
                write_atomic(path, content)
                check_seen(path)
        except OSError as error:
            raise not_written(path, error) from error
        yield path, "written" if old is None else "updated" if ours else "replaced"
        if backup is not None:
            yield backup, YOURS


def _backup_of(path: Path, old: bytes) -> Path:
    """Return where a content is kept next to its file, or is kept already: an earlier backup stays. Raises OSError."""
    number = 1
    while True:
        backup = path.with_name(f"{path.name}.bak" if number == 1 else f"{path.name}.{number}.bak")
        if not backup.exists() or backup.read_bytes() == old:
            return backup
        number += 1


def not_written(path: Path, error: OSError) -> StorageError:
    """Return the error to raise for a file that the system refuses to write."""
    return StorageError(
        f"cannot be written: {error.strerror}", where=str(path), hint="check the folder's permissions"
    )


def check_seen(path: Path) -> None:
    """Raise StorageError when other programs do not see a file that was just written."""
    if redirected_to(path) is not None:
        raise _hidden(path)


def _hidden(path: Path) -> StorageError:
    return StorageError(
        "cannot be seen by other programs, because Windows gives the Microsoft Store's Python a private copy of the folder",
        where=str(path),
        hint="install Python from python.org, or by uv, and takevoice with it",
    )


def lua_path(path: Path, *, install: bool) -> str:
    """Return the path of a folder as the Lua of an editor can open it. `install`: the folder is created if it is missing.

    Raises:
        StorageError: to install, and the folder cannot be written, is hidden from other programs, or has no such spelling.
    """
    if not install:
        return plain_path(path) or str(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        redirected = try_writing(path)
    except OSError as error:
        raise StorageError(f"cannot be used: {error.strerror}", where=str(path), hint=advice(error)) from error
    if redirected is not None:
        raise _hidden(path)
    plain = plain_path(path)
    if plain is None:
        raise StorageError(
            "cannot be opened by scripts of REAPER and Ardour, because its name has letters beyond ASCII",
            where=str(path),
            hint="use another state dir, here and for `takevoice run`: --state C:\\takevoice",
        )
    return plain


def remove(files: Mapping[Path, bytes], *, dry_run: bool = False) -> Iterator[tuple[Path, str]]:
    """Delete the files that are as takevoice writes them, and yield for each that exists its path and what was done.

    Raises:
        StorageError: a file cannot be read or deleted.
    """
    for path, state in compare(files):
        if state == CURRENT:
            if not dry_run:
                delete(path)
            yield path, "removed"
        elif state == DIFFERENT:
            yield path, KEPT


def delete(path: Path) -> None:
    """Delete a file.

    Raises:
        StorageError: it cannot be deleted.
    """
    try:
        path.unlink()
    except OSError as error:
        raise StorageError(
            f"cannot be deleted: {error.strerror}", where=str(path), hint="check the folder's permissions"
        ) from error


def compare(files: Mapping[Path, bytes]) -> Iterator[tuple[Path, str]]:
    """Yield for each file its path, and whether it is `CURRENT`, `DIFFERENT` or `MISSING`.

    Raises:
        StorageError: a file cannot be read.
    """
    for path, content in files.items():
        there = read(path)
        yield path, MISSING if there is None else CURRENT if there == content else DIFFERENT


def read(path: Path) -> bytes | None:
    """Return the content of a file, or None if it is missing.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _files_in(name: str) -> Mapping[Path, bytes]:
    """Return the files of a folder of `integrations` by relative path, without its README."""
    folder = _folder(name)
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in paths if path.name != "README.md"}


def _folder(name: str) -> Path:
    """Return a folder of `integrations`: in the source tree, else in the installation."""
    tree = Path(takevoice.__file__).parents[2]
    candidates = [
        Path(sysconfig.get_path("data")),
        Path(sysconfig.get_path("data", sysconfig.get_preferred_scheme("user"))),
    ]
    folders = [base / SHARED / name for base in candidates]
    if (tree / "pyproject.toml").is_file():
        folders.insert(0, tree / "integrations" / name)
    found = next((folder for folder in folders if folder.is_dir()), None)
    if found is None:
        raise StorageError(
            f"the scripts for {name} are missing", where=str(folders[0]), hint="install takevoice again"
        )
    return found
