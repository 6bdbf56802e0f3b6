"""takevoice install ardour: the scripts into every Ardour's config, and where the daemon's state is beside them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from takevoice.cli.install.files import Plan, below, scripts
from takevoice.cli.install.lua import quoted
from takevoice.errors import StorageError

OLDEST = 7
STEPS = (
    "In Ardour, open Edit > Lua Scripts > Script Manager. Under Action Hooks, choose New Hook and add "
    '"takevoice: Results"; for exports, add "takevoice: Exports" too.',
    'Under Action Scripts, choose a free slot, Add/Set, and "takevoice: Convert Selected Regions" (or the one "... to New Tracks").',
    "Give it a key: Window > Keyboard Shortcuts, under Script.",
    "Start `takevoice run`, select a region in Ardour, and press the key.",
)


def plan(into: Path | None, state: Path) -> Plan:
    """The files for the config folder given, else for all that are found.

    Raises:
        StorageError: no config folder of Ardour 7 or newer is found.
    """
    folders = [into] if into is not None else _configs()
    if not folders:
        raise StorageError(
            f"no Ardour {OLDEST} or newer has been started by you here",
            where=str(_base()),
            hint="start Ardour once, or name its config folder with --into DIR",
        )
    source = below(scripts("ardour"))
    settings = f"return {{ state = {quoted(str(state))} }}\n".encode()
    files: dict[Path, bytes] = {}
    for folder in folders:
        for path, content in source.items():
            # The actions and hooks are offered by the Script Manager, what they load lies beside.
            place = folder / path if len(path.parts) > 1 else folder / "scripts" / path
            files[place] = content
        files[folder / "takevoice" / "settings.lua"] = settings
    return Plan(files, STEPS)


def _base() -> Path:
    """Where the config folders of all versions are."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Preferences"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _configs() -> list[Path]:
    base = _base()
    found = []
    for path in sorted(base.iterdir()) if base.is_dir() else []:
        version = re.fullmatch(r"ardour(\d+)", path.name, re.IGNORECASE)
        if version and int(version[1]) >= OLDEST and path.is_dir():
            found.append(path)
    return found
