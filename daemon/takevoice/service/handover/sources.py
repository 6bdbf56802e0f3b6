"""The paths in request files: whoever can write one is the user, so any file that the user can read, but no state of takevoice."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from takevoice.errors import NotAudio
from takevoice.osc.arguments import RequestRejected
from takevoice.paths import StateDir
from takevoice.system import place
from takevoice.system.patience import NoAnswer, within
from takevoice.system.spelling import as_on_disk

ANSWER = 3.0  # seconds within which a file system has to answer

T = TypeVar("T")


class Sources:
    """Checks the paths of requests."""

    def __init__(self, state: StateDir, is_silent: Callable[[Path], bool]) -> None:
        """A folder for which `is_silent` is true is not asked."""
        self._state, self._is_silent = state, is_silent

    def file(self, text: str) -> Path:
        """Return an existing file, with links followed.

        Raises:
            RequestRejected: there is none (not_found), its file system does not answer (no_answer), or it is takevoice's own
                (not_allowed).
            NotAudio: it is no regular file.
        """
        path = self._own_spelling(text)
        try:
            mode = self._ask(path, path.stat).st_mode
        except OSError as error:
            raise RequestRejected(
                "not_found", f"cannot be read: {error.strerror}", where=text, hint="check the path"
            ) from None
        if not stat.S_ISREG(mode):
            raise NotAudio("is not a file", where=text)
        return path

    def place(self, text: str) -> Path:
        """Return a path as its disk spells it, with links followed; the file need not exist. Raises RequestRejected."""
        return self._own_spelling(text)

    def folder(self, text: str) -> Path:
        """Return a folder that a result can be written to, with links followed.

        Raises:
            RequestRejected: it is missing or cannot be written (not_writable), its file system does not answer (no_answer), or
                it is takevoice's own (not_allowed).
        """
        path = self._own_spelling(text)
        try:
            if not stat.S_ISDIR(self._ask(path, path.stat).st_mode):
                raise NotADirectoryError(20, "is no folder")
            self._ask(path, lambda: place.try_create(path))
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            raise RequestRejected(
                "not_writable",
                f"the folder for the result cannot be written: {error.strerror}",
                where=text,
                hint=f"{'create it' if missing else 'make it writable'}, or choose another one; nothing was sent",
            ) from None
        return path

    def _own_spelling(self, text: str) -> Path:
        given = Path(text)
        try:
            path = self._ask(given, lambda: as_on_disk(given))
            state, handover = (self._ask(each, lambda each=each: as_on_disk(each)) for each in (self._state.path, self._state.handover))  # type: ignore[misc]
        except (OSError, ValueError) as error:
            raise RequestRejected("not_found", f"cannot be used: {error}", where=text) from None
        if path.is_relative_to(state) and not path.is_relative_to(handover):
            raise RequestRejected("not_allowed", "belongs to takevoice itself", where=text, hint="name a file of your own")
        return path

    def _ask(self, path: Path, call: Callable[[], T]) -> T:
        try:
            if not self._is_silent(path):
                return within(ANSWER, path, call)
        except NoAnswer:
            pass
        raise RequestRejected(
            "no_answer", "its file system does not answer", where=str(path), hint="send it again when the share is back"
        )
