"""takevoice install ardour: copies the scripts to the config folder of each Ardour."""

from __future__ import annotations

import re
from pathlib import Path

from takevoice.cli.install.files import Plan, lua_path, scripts
from takevoice.cli.install.lua import quoted
from takevoice.errors import StorageError
from takevoice.system.folders import preferences_folder

OLDEST = 7
MODULES = "takevoice"
STEPS = (
    "In Ardour, open Edit > Lua Scripts > Script Manager. Under Action Hooks, choose New Hook and add "
    '"takevoice: Results". To convert exports as well, add "takevoice: Exports".',
    'Under Action Scripts, select a free slot, choose Add/Set, and add "takevoice: Convert Selected Regions" or '
    '"takevoice: Convert Selected Regions to New Tracks".',
    "Assign a key to it in Window > Keyboard Shortcuts, under Script.",
    "Start `takevoice run`, select a region in Ardour, and press the key.",
)


def plan(into: Path | None, state: Path, *, install: bool) -> Plan:
    """Return the files for the config folder `into`, else for the config folder of each Ardour.

    Raises:
        StorageError: there is no config folder of Ardour 7 or newer.
    """
    folders = [into] if into is not None else _configs()
    if not folders:
        raise StorageError(
            f"found no config folder of Ardour {OLDEST} or newer",
            where=str(preferences_folder()),
            hint="start Ardour once, or name its config folder with --into DIR",
        )
    source = scripts("ardour", MODULES)
    settings = f"return {{ state = {quoted(lua_path(state, install=install))} }}\n".encode()
    files: dict[Path, bytes] = {}
    for folder in folders:
        for path, content in source.items():
            # The Script Manager lists the files in `scripts`: only actions and hooks belong there.
            place = folder / path if len(path.parts) > 1 else folder / "scripts" / path
            files[place] = content
        files[folder / MODULES / "settings.lua"] = settings
    return Plan(files, STEPS)


def _configs() -> list[Path]:
    base = preferences_folder()
    found = []
    for path in sorted(base.iterdir()) if base.is_dir() else []:
        version = re.fullmatch(r"ardour(\d+)", path.name, re.IGNORECASE)
        if version and int(version[1]) >= OLDEST and path.is_dir():
            found.append(path)
    return found
