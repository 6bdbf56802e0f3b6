"""takevoice install reaper: copies the scripts to REAPER's resource folder. Tested on Linux only."""

from __future__ import annotations

import sys
from pathlib import Path

from takevoice.cli.install.files import Plan, lua_path, scripts
from takevoice.cli.install.lua import quoted
from takevoice.errors import StorageError
from takevoice.system.folders import settings_folder

FOLDER = Path("Scripts") / "takevoice"


def plan(into: Path | None, state: Path, *, install: bool) -> Plan:
    """Return the files for the resource folder `into`, else for the usual one.

    Raises:
        StorageError: there is no usual one: REAPER has not been started yet, or is a portable installation.
    """
    folder = into or settings_folder() / "REAPER"
    if into is None and not folder.is_dir():
        raise StorageError(
            "found no resource folder of REAPER",
            where=str(folder),
            hint="start REAPER once, or name its resource folder (Options > Show REAPER resource path) with --into DIR",
        )
    place = folder / FOLDER
    files = {place / path: content for path, content in scripts("reaper", "api").items()}
    files[place / "settings.lua"] = _settings(state, install=install)
    return Plan(files, _steps(place))


def _settings(state: Path, *, install: bool) -> bytes:
    # An absolute path, because REAPER does not search PATH.
    command = ", ".join(quoted(word) for word in (sys.executable, "-m", "takevoice"))
    return f"return {{ state = {quoted(lua_path(state, install=install))}, command = {{ {command} }} }}\n".encode()


def _steps(place: Path) -> tuple[str, ...]:
    return (
        f"In REAPER, choose Actions > Show action list > New action > Load ReaScript, go to {place}, and open all "
        "takevoice_*.lua.",
        'Select "Script: takevoice_convert_selected_items.lua" in the list, and assign a key to it with Add.',
        "Start `takevoice run`, select an item in REAPER, and press the key.",
    )
