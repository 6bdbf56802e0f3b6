"""The paths that OSC clients may name: nothing outside the watched folders and those that the config allows is ever read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from takevoice.errors import NotAudio
from takevoice.osc.arguments import BadArguments, RequestRejected
from takevoice.system.spelling import as_on_disk

_ESCAPED = re.compile(r"\\u(dc[89a-f][0-9a-f])")
"""A byte that is no UTF-8, as `osc.packets` writes it."""


def place(text: str, folders: Sequence[Path]) -> Path:
    """Return the path as one below one of the folders, with links followed; it need not exist.

    Raises:
        BadArguments: it is not an absolute path.
        RequestRejected: it is in none of the folders (not_allowed).
    """
    if not text or "\0" in text or not os.path.isabs(text):  # noqa: PTH117 - the text may be no path at all
        raise BadArguments("the path must be absolute", where=text[:200])
    try:
        real = as_on_disk(_named(text))
        for folder in sorted(folders, key=lambda each: -len(each.parts)):
            # The config, the watcher and the ledger use the folder's own spelling.
            if real.is_relative_to(known := as_on_disk(folder)):
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


def file(text: str, folders: Sequence[Path]) -> Path:
    """Do the same for an existing file; raises RequestRejected (not_found) or NotAudio too."""
    path = place(text, folders)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise RequestRejected(
            "not_found", f"cannot be read: {error.strerror}", where=str(path), hint="check the path"
        ) from None
    if not stat.S_ISREG(mode):
        # A pipe would keep its reader waiting for ever.
        raise NotAudio("is not a file", where=str(path))
    return path
