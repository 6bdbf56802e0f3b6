"""What an installer does in a folder of an editor: installing, updating and uninstalling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from takevoice.cli.install.files import KEPT, delete, not_written, put, read
from takevoice.cli.install.record import Record, digest
from takevoice.cli.install.registration import Registration
from takevoice.cli.install.startup_block import has_marker, without_block
from takevoice.files import write_atomic

OBSOLETE = "obsolete"  # a file that this version has no longer
KEPT_LINES = "kept (it has a line `-- takevoice: begin` or `end`, but takevoice's lines were changed: edit it by hand)"
FOLDER = "takevoice"  # what the installers name the folders that only takevoice uses


@dataclass(frozen=True)
class Plan:
    """The files to write in a folder of an editor, by path, and what is left to the user."""

    files: Mapping[Path, bytes]
    steps: Sequence[str]
    record: Path | None = None
    """The file that lists what was written; None for a plan without files."""
    base: Path = Path()
    """The folder that all files are in, at any depth."""
    title: str = ""
    shared: Path | None = None
    """A file of the user's that may hold a block of takevoice's, which is taken out when the plan is uninstalled."""
    steps_after_removal: Sequence[str] = ()
    made: Sequence[Path] = ()
    """Files that the scripts write, and that mean nothing without them."""
    registration: Registration | None = None
    """The entries of takevoice in a list of the editor's."""

    def recorded(self) -> Record:
        """Return what an earlier installation wrote."""
        return Record.read(self.record, self.base) if self.record else Record(Path(), self.base)


def install(plan: Plan, *, dry_run: bool = False) -> Iterator[tuple[Path, str]]:
    """Write the files of a plan, delete those of an earlier version that it has no longer, and yield what was done.

    Raises:
        StorageError: a file cannot be read, written or deleted.
    """
    record = plan.recorded()
    if plan.registration:  # first: it may be refused
        yield from plan.registration.add(dry_run=dry_run)
    yield from put(plan.files, record, dry_run=dry_run)
    kept: dict[Path, str] = {}
    for path in sorted(record.hashes.keys() - plan.files.keys()):
        there = read(path)
        if there is None:
            continue
        if record.wrote(path, there):
            if not dry_run:
                delete(path)
            yield path, "removed"
        else:
            kept[path] = record.hashes[path]
            yield path, "kept (this version has no such file, and it was edited)"
    if plan.record and not dry_run:
        _remove_empty(record.hashes.keys() - plan.files.keys(), plan.base)
        written = {path: digest(content) for path, content in plan.files.items()}
        try:
            record.write({**written, **kept})
        except OSError as error:
            raise not_written(plan.record, error) from error


def obsolete(plan: Plan) -> Sequence[Path]:
    """Return the files of an earlier version that this one has no longer."""
    return [path for path in sorted(plan.recorded().hashes.keys() - plan.files.keys()) if path.exists()]


def uninstall(plan: Plan, *, dry_run: bool = False) -> Iterator[tuple[Path, str]]:
    """Delete the files of a plan, and those that an earlier version wrote, and yield for each that exists what was done.

    A file that was edited is kept. Folders that are empty afterwards are deleted, too. The rest of a shared file stays, byte
    for byte.

    Raises:
        StorageError: a file cannot be read or deleted.
    """
    record = plan.recorded()
    if plan.registration:  # first: it may be refused
        yield from plan.registration.remove(dry_run=dry_run)
    for path in sorted(plan.files.keys() | record.hashes.keys()):
        there = read(path)
        if there is None:
            continue
        if there == plan.files.get(path) or record.wrote(path, there):
            if not dry_run:
                delete(path)
            yield path, "removed"
        else:
            yield path, KEPT
    shared = read(plan.shared) if plan.shared else None
    if plan.shared and shared is not None:
        rest = without_block(shared)
        if rest != shared:
            if not dry_run:
                _rewrite(plan.shared, rest)
            yield plan.shared, "cleared of takevoice's lines"
        if has_marker(rest):
            yield plan.shared, KEPT_LINES
    if plan.record and not dry_run:
        for path in (plan.record, *plan.made):
            if path.exists():
                delete(path)
        _remove_empty({plan.record, *plan.files, *record.hashes}, plan.base)


def _rewrite(path: Path, content: bytes) -> None:
    """Replace a file of the user's, where it really is if the path is a link; one without content is deleted."""
    if not content:
        delete(path)
        return
    try:
        write_atomic(path.resolve(), content)
    except OSError as error:
        raise not_written(path, error) from error


def _remove_empty(files: Iterable[Path], base: Path) -> None:
    """Delete the folders of these files that are empty and takevoice's own: called so, or inside one that is."""
    own = {
        folder
        for path in files
        for folder in path.parents
        if folder.is_relative_to(base) and FOLDER in folder.relative_to(base.parent).parts
    }
    for folder in sorted(own, reverse=True):  # subfolders first
        with suppress(OSError):  # it has other files, or is not there
            folder.rmdir()
