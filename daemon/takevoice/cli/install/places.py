"""The folders that the user has named with --into: updates, `doctor` and uninstalling do not have to be told again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice.cli.install.files import not_written
from takevoice.files import write_atomic
from takevoice.paths import StateDir


class Places:
    """The folders of one target, kept in the state dir that its scripts use."""

    def __init__(self, state: StateDir, target: str) -> None:
        self._path, self._target = state.installed_into, target

    def all(self) -> Sequence[Path]:
        """Return the folders, whether they are there now or not."""
        return [Path(text) for text in self._read().get(self._target, ())]

    def add(self, folder: Path) -> None:
        """Remember a folder.

        Raises:
            StorageError: the record cannot be written.
        """
        self._write([*self.all(), folder])

    def forget(self, folder: Path) -> None:
        """Forget a folder; one that is unknown is no error.

        Raises:
            StorageError: the record cannot be written.
        """
        if folder in self.all():
            self._write([each for each in self.all() if each != folder])

    def _read(self) -> Mapping[str, Sequence[str]]:
        try:
            stored = json.loads(self._path.read_bytes())
            return {str(target): [str(folder) for folder in folders] for target, folders in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, folders: Sequence[Path]) -> None:
        stored = {**self._read(), self._target: [str(folder) for folder in dict.fromkeys(folders)]}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._path, (json.dumps(stored, indent=1) + "\n").encode("ascii"))
        except OSError as error:
            raise not_written(self._path, error) from error
