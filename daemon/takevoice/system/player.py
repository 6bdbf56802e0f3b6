"""Plays a sound file with a program that is there. Untested on macOS and Windows."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice.errors import StorageError
from takevoice.system import current

VARIABLE = "TAKEVOICE_PLAYER"
_PATH = "TAKEVOICE_PLAYS"  # the variable with the file, for a program that takes no file name
_MPV = ("mpv", "--no-video", "--really-quiet", "--")
_FFPLAY = ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error", "-i")
_POWERSHELL = ("powershell", "-NoProfile", "-Command", f"(New-Object Media.SoundPlayer $env:{_PATH}).PlaySync()")
_PLAYERS: Mapping[current.System, Sequence[Sequence[str]]] = {
    "linux": (_MPV, _FFPLAY, ("pw-play",), ("paplay",), ("play", "-q"), ("aplay", "-q")),
    "macos": (("afplay",), _MPV, _FFPLAY),
    "windows": (_MPV, _FFPLAY, _POWERSHELL),
}


def play(path: Path) -> None:
    """Play a file and wait for its end.

    Raises:
        StorageError: no program is there that plays it, or the program failed.
    """
    words = _player()
    line = [*words] if words is _POWERSHELL else [*words, str(path)]
    done = subprocess.run(
        line, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, _PATH: str(path)}
    )
    if done.returncode:
        raise StorageError(f"{words[0]} could not play it", where=str(path), hint=f"name another program with {VARIABLE}")


def _player() -> Sequence[str]:
    """Return the words that start the player, before the file's name."""
    named = os.environ.get(VARIABLE, "")
    if named:
        words = shlex.split(named, posix=current.name() != "windows")
        if words and shutil.which(words[0]):
            return words
        raise StorageError("there is no such program", where=f"{VARIABLE}={named}")
    players = _PLAYERS[current.name()]
    found = next((player for player in players if shutil.which(player[0])), None)
    if found is None:
        names = ", ".join(player[0] for player in players)
        raise StorageError("there is no program here that plays sound", hint=f"install one of {names}, or name one with {VARIABLE}")
    return found
