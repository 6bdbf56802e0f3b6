"""Registers takevoice's scripts in Ardour, which takes some twenty clicks by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from takevoice.cli.install import ardour_scripts
from takevoice.cli.install.files import not_written, read
from takevoice.errors import StorageError
from takevoice.files import write_atomic
from takevoice.system.ardour import is_running

FILE = "ui_scripts"
ACTIONS = {
    "takevoice: Convert Selected Regions": "takevoice_convert.lua",
    "takevoice: Convert Selected Regions to New Tracks": "takevoice_convert_to_tracks.lua",
    "takevoice: Status": "takevoice_status.lua",
    "takevoice: Next Candidate": "takevoice_next_candidate.lua",
    "takevoice: Pick Candidate": "takevoice_pick_candidate.lua",
}
HOOKS = {
    "takevoice: Results": ("takevoice_results.lua", ("LuaTimerDS", "SetSession")),
    "takevoice: Exports": ("takevoice_exports.lua", ("Exported",)),
}
"""The scripts by the names that Ardour shows; hooks with their signals."""


@dataclass(frozen=True)
class Registration:
    """The entries of takevoice in the list of an Ardour's config folder; the user's entries in it stay."""

    folder: Path
    scripts: Mapping[str, bytes]
    """The content of each file in the folder `scripts`, by name."""

    @property
    def path(self) -> Path:
        """The file with the list."""
        return self.folder / FILE

    def is_possible(self) -> bool:
        """Return True for an Ardour whose list is known: of the version it is written for, and readable."""
        if self.folder.name.lower() != f"ardour{ardour_scripts.MAJOR}":
            return False
        try:
            ardour_scripts.names(text) if (text := read(self.path)) else ()
        except (ardour_scripts.Unreadable, StorageError):
            return False
        return True

    def is_there(self) -> bool:
        """Return True when all entries are there, whatever they hold."""
        text = read(self.path)
        return text is not None and {*ACTIONS, *HOOKS} <= set(ardour_scripts.names(text))

    def add(self, *, dry_run: bool = False) -> Iterator[tuple[Path, str]]:
        """Put the entries into the list, unless all of them are there, and yield what was done.

        Raises:
            StorageError: Ardour is running, or the file cannot be written.
        """
        if self.is_there():
            yield self.path, "unchanged"
            return
        actions = {name: self._script(file) for name, file in ACTIONS.items()}
        hooks = {name: (self._script(file), signals) for name, (file, signals) in HOOKS.items()}
        self._write(ardour_scripts.with_scripts(read(self.path), actions, hooks), dry_run=dry_run)
        yield self.path, "given takevoice's actions and hooks"

    def remove(self, *, dry_run: bool = False) -> Iterator[tuple[Path, str]]:
        """Take the entries out of the list, and yield what was done.

        Raises:
            StorageError: Ardour is running, or the file cannot be written.
        """
        text = read(self.path)
        if text is None or not ardour_scripts.names(text):
            return
        self._write(ardour_scripts.without_scripts(text), dry_run=dry_run)
        yield self.path, "cleared of takevoice's actions and hooks"

    def check(self) -> None:
        """Raise StorageError while Ardour runs: it would write its own list over ours when it quits."""
        if is_running(self.folder):
            raise StorageError(
                "cannot be changed while Ardour is running", where=str(self.path), hint="quit Ardour, and run this again"
            )

    def _script(self, file: str) -> str:
        return self.scripts[file].decode()

    def _write(self, text: bytes, *, dry_run: bool) -> None:
        self.check()
        if dry_run:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self.path.resolve(), text)
        except OSError as error:
            raise not_written(self.path, error) from error
