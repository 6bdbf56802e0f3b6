"""takevoice install reaper: the scripts into REAPER's resource folder, with where the daemon's state and our command are.

Only the Linux paths have been tried.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from takevoice.cli.install.files import Plan, below, scripts
from takevoice.cli.install.lua import quoted
from takevoice.errors import StorageError

FOLDER = Path("Scripts") / "takevoice"


def plan(into: Path | None, state: Path) -> Plan:
    """The files for the resource folder given, else for the usual one.

    Raises:
        StorageError: there is no such folder, so REAPER has not been started yet, or is a portable one.
    """
    folder = into or _resources()
    if into is None and not folder.is_dir():
        raise StorageError(
            "no REAPER has been started by you here",
            where=str(folder),
            hint="start REAPER once, or name its resource folder (Options > Show REAPER resource path) with --into DIR",
        )
    place = folder / FOLDER
    files = {place / path: content for path, content in below(scripts("reaper")).items()}
    files[place / "settings.lua"] = _settings(state)
    return Plan(files, _steps(place))


def _resources() -> Path:
    """REAPER's resource folder, where it is not a portable one."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "REAPER"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "REAPER"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "REAPER"


def _settings(state: Path) -> bytes:
    # By their absolute paths: REAPER searches no PATH.
    command = ", ".join(quoted(word) for word in (sys.executable, "-m", "takevoice"))
    return f"return {{ state = {quoted(str(state))}, command = {{ {command} }} }}\n".encode()


def _steps(place: Path) -> tuple[str, ...]:
    return (
        f"In REAPER, open Actions > Show action list > New action > Load ReaScript, go to {place}, select all "
        "takevoice_*.lua, and open them.",
        'Select "Script: takevoice_convert_selected_items.lua" in the list, and give it a key with Add.',
        "Start `takevoice run`, select an item in REAPER, and press the key.",
    )
