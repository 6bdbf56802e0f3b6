"""Which scripts REAPER has in its action list. REAPER keeps them in reaper-kb.ini, which is only read here.

The format is REAPER's own; it is known from users' descriptions ("Reaper-kb.ini", Reaper Filetype Descriptions by M. Meo), and
not from Cockos. A line of a script: SCR, flags, section, id, description, and the path, relative to the folder Scripts. A
word with blanks is quoted with ", ' or `.
"""

from __future__ import annotations

import ntpath
import os
import re
from collections.abc import Sequence
from pathlib import Path

FILE = "reaper-kb.ini"
_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|`([^`]*)`|(\S+)")


def registered(resources: Path) -> Sequence[Path]:
    """Return the scripts in the action list of a resource folder, as REAPER last wrote it; none if it cannot be read."""
    try:
        text = (resources / FILE).read_bytes().decode("utf-8", "replace")
    except OSError:
        return ()
    found = []
    for line in text.splitlines():
        words = ["".join(groups) for groups in _WORD.findall(line)]
        if len(words) >= 6 and words[0] == "SCR":
            found.append(_path(resources, words[5]))
    return list(dict.fromkeys(found))


def _path(resources: Path, text: str) -> Path:
    if ntpath.isabs(text) or Path(text).is_absolute():
        return Path(os.path.normpath(text))
    return Path(os.path.normpath(resources / "Scripts" / text.replace("\\", "/")))
