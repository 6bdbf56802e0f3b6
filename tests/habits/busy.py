"""Another program that holds a file for a moment: a virus scanner, an indexer, a backup, a sync client.

Windows then refuses to open, rename or remove the file with ERROR_SHARING_VIOLATION (32), or with ERROR_ACCESS_DENIED
(5): CreateFileW, MoveFileExW and DeleteFileW, learn.microsoft.com. In Python: PermissionError with that `winerror`.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import soundfile

SHARING_VIOLATION, ACCESS_DENIED = 32, 5


def refusal(path: object, code: int = SHARING_VIOLATION) -> PermissionError:
    """Return the error that Windows' Python raises."""
    error = PermissionError(13, "The process cannot access the file because it is being used by another process", str(path))
    error.winerror = code  # type: ignore[attr-defined]
    return error


class FileSteps:
    """Sees each step with a file below some folders, and refuses those of one kind as often as wanted.

    A step is named "replace received.#.part", say: the call, and the file without the numbers in its name.
    """

    def __init__(self, patch: Any, *folders: Path) -> None:
        self._folders, self.seen, self.refused = folders, list[str](), 0
        self._refuse: tuple[str, int] = ("", 0)
        for module, name in ((os, "rename"), (os, "replace"), (os, "link"), (os, "unlink"), (os, "rmdir"), (io, "open")):
            patch.setattr(module, name, self._watched(name, getattr(module, name)))
        patch.setattr(os, "remove", os.unlink)
        self._open_sound = soundfile.SoundFile._open
        steps = self

        def open_sound(sound: Any, file: Any, *rest: Any) -> Any:
            path = file.decode() if isinstance(file, bytes) else file
            if isinstance(path, str | os.PathLike) and steps._is_refused("sound", path):
                raise soundfile.LibsndfileError(2, "Error opening: ")
            return steps._open_sound(sound, file, *rest)

        patch.setattr(soundfile.SoundFile, "_open", open_sound)

    def refuse(self, step: str, times: int) -> None:
        """Refuse this step ("*": every step) so many times from now on."""
        self._refuse, self.refused = (step, times), 0

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *rest: Any, **options: Any) -> Any:
            if isinstance(path, str | os.PathLike) and self._is_refused(name, path, options.get("dir_fd")):
                raise refusal(path)
            return real(path, *rest, **options)

        return call

    def _is_refused(self, name: str, path: Any, folder: int | None = None) -> bool:
        place = Path(path) if folder is None else Path(f"/proc/self/fd/{folder}").resolve() / path
        if ".sqlite3" in place.name or not any(folder in place.parents for folder in self._folders):
            return False
        kind = re.sub(r"[0-9a-f]{6,}|\d+", "#", place.name)
        step = f"{name} {kind}"
        if step not in self.seen:
            self.seen.append(step)
        wanted, times = self._refuse
        if wanted not in (step, "*") or self.refused >= times:
            return False
        self.refused += 1
        return True
