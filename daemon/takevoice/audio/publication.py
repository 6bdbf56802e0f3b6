"""Publishing: a finished file gets its name in one step, without ever overwriting another file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from takevoice.errors import StorageError
from takevoice.files import storage_error
from takevoice.system import place


def publish(temp: Path, names: Iterable[Path], before_rename: Callable[[Path], None]) -> Path:
    """Rename `temp` to the first of `names` that is free, and return it; `before_rename` is called with it first.

    Raises:
        StorageError: the folder cannot be written.
    """
    for name in names:
        if os.path.lexists(name):
            continue
        before_rename(name)
        try:
            place.rename_new(temp, name)
        except FileExistsError:
            continue
        except OSError as error:
            raise storage_error("cannot be written", name, error) from error
        place.sync_folder(name.parent)
        return name
    raise StorageError("no free name is left", where=str(temp.parent))
