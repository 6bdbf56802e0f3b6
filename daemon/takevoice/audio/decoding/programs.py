"""The programs ffmpeg and ffprobe: where they are, and how to get them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from takevoice.errors import UnsupportedAudio
from takevoice.system import children, current

_GET: Mapping[str, str] = {
    "linux": "`sudo apt install ffmpeg`, or your distribution's own way",
    "macos": "`brew install ffmpeg`",
    "windows": "`winget install ffmpeg` or `choco install ffmpeg`, then open a new terminal",
}
_PROGRAMS = ("ffmpeg", "ffprobe")
_PATIENCE = 10.0  # seconds


def is_available() -> bool:
    """Return True when both programs are on the PATH."""
    return all(_find(name) is not None for name in _PROGRAMS)


def how_to_get_it() -> str:
    """Return the command that installs the programs on this system."""
    return _GET[current.name()]


def program(name: str, path: Path, what: str) -> str:
    """Return the full path of one of the programs, needed for the file at `path`, which is `what` ("an MP4 file").

    Raises:
        UnsupportedAudio: it is not on the PATH.
    """
    found = _find(name)
    if found is None:
        raise UnsupportedAudio(
            f"is {what}, which takevoice reads with the program {name}, and there is none on the PATH",
            where=str(path),
            hint=how_to_get_it(),
        )
    return found


def program_version() -> str:
    """Return the version of ffmpeg as it says it, such as "7.1.1"; empty when there is none that runs."""
    found = _find("ffmpeg")
    if found is None:
        return ""
    try:
        done = subprocess.run(
            [found, "-version"], capture_output=True, timeout=_PATIENCE, check=True, **children.aside_options()
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    words = done.stdout.decode("utf-8", "replace").split()
    return words[2] if words[:2] == ["ffmpeg", "version"] and len(words) > 2 else ""


def _find(name: str) -> str | None:
    found = shutil.which(name)
    # Windows looks into the current folder first; a program in it is not the user's program.
    return found if found is not None and Path(found).is_absolute() else None
