"""The paths that OSC clients may name: nothing outside the watched folders and those that the config allows is ever read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from takevoice.errors import NotAudio
from takevoice.osc.arguments import BadArguments, RequestRejected
from takevoice.system.patience import NoAnswer, within
from takevoice.system.spelling import as_on_disk

_ESCAPED = re.compile(r"\\u(dc[89a-f][0-9a-f])")
"""A byte that is no UTF-8, as `osc.packets` writes it."""

T = TypeVar("T")


ANSWER = 3.0  # seconds within which a file system has to answer


def place(text: str, folders: Sequence[Path], is_silent: Callable[[Path], bool] = lambda _: False) -> Path:
    """Return the path as one below one of the folders, with links followed; it need not exist.

    A folder for which `is_silent` is true is not asked, and one that does not answer counts only for paths in itself.

    Raises:
        BadArguments: it is not an absolute path.
        RequestRejected: it is in none of the folders (not_allowed), or its file system does not answer (no_answer).
    """
    if not text or "\0" in text or not os.path.isabs(text):  # noqa: PTH117 - the text may be no path at all
        what = "is a URL; send the file's path" if "://" in text[:20] else "the path must be absolute"
        raise BadArguments(what, where=text[:200])
    try:
        real = _ask(Path(text), lambda: as_on_disk(_named(text)), is_silent)
        for folder in _in_order(real, folders):
            # The config, the watcher and the ledger use the folder's own spelling.
            known = _known(folder, is_silent)
            if known is not None and real.is_relative_to(known):
                return folder / real.relative_to(known)
    except (OSError, ValueError) as error:
        raise BadArguments(f"the path cannot be used: {error}", where=text[:200]) from None
    raise RequestRejected(
        "not_allowed",
        "is in no watched folder",
        where=text,
        hint="watch its folder, or name it in the config: [osc] allow",
    )


def _named(text: str) -> Path:
    """Return the path that a client names; bytes that are no UTF-8 arrive escaped, as in the replies."""
    path = Path(text)
    if "\\udc" not in text or os.path.lexists(path):
        return path
    raw = Path(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), text))
    return raw if os.path.lexists(raw) or os.path.lexists(raw.parent) else path


def file(text: str, folders: Sequence[Path], is_silent: Callable[[Path], bool] = lambda _: False) -> Path:
    """Do the same for an existing file; raises RequestRejected (not_found) or NotAudio too."""
    path = place(text, folders, is_silent)
    try:
        mode = _ask(path, path.stat, is_silent).st_mode
    except OSError as error:
        raise RequestRejected(
            "not_found", f"cannot be read: {error.strerror}", where=str(path), hint="check the path"
        ) from None
    if not stat.S_ISREG(mode):
        # A pipe would keep its reader waiting for ever.
        raise NotAudio("is not a file", where=str(path))
    return path


def _in_order(path: Path, folders: Sequence[Path]) -> Sequence[Path]:
    """Return the folders, the innermost first; those that have the path by its name before all others."""
    return sorted(folders, key=lambda each: (not path.is_relative_to(each), -len(each.parts)))


def _known(folder: Path, is_silent: Callable[[Path], bool]) -> Path | None:
    """Return a folder as its disk spells it, with links followed; None when it does not answer."""
    try:
        return None if is_silent(folder) else within(ANSWER, folder, lambda: as_on_disk(folder))
    except NoAnswer:
        return None


def _ask(path: Path, call: Callable[[], T], is_silent: Callable[[Path], bool]) -> T:
    """Return what `call` returns, which asks the file system about the path; raises RequestRejected (no_answer)."""
    try:
        if not is_silent(Path(os.path.normpath(path))):
            return within(ANSWER, path, call)
    except NoAnswer:
        pass
    raise RequestRejected(
        "no_answer",
        "its file system does not answer",
        where=str(path),
        hint="send it again when the share is back",
    )
