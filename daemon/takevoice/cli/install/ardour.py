"""takevoice install ardour: copies the scripts to the config folder of each Ardour, and registers them in Ardour 7."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice.cli.install.files import lua_path, scripts
from takevoice.cli.install.lua import quoted
from takevoice.cli.install.plan import Plan
from takevoice.cli.install.record import NAME
from takevoice.cli.install.registration import Registration
from takevoice.errors import ConfigError, StorageError
from takevoice.paths import StateDir
from takevoice.system.folders import preferences_folder

OLDEST = 7
VERSION = re.compile(r"ardour(\d+)", re.IGNORECASE)
MODULES = "takevoice"
LAST_STEPS = (
    "Assign keys to them in Window > Keyboard Shortcuts, under Script.",
    "Start `takevoice run`, select a region in Ardour, and press the key.",
)
REGISTERED_STEPS = (
    'Start {ardour}. Edit > Lua Scripts now has "takevoice: Convert Selected Regions", "... to New Tracks", "takevoice: Status", '
    '"takevoice: Next Candidate" and "takevoice: Pick Candidate".',
    *LAST_STEPS,
)
STEPS = (
    "In {ardour}, open Edit > Lua Scripts > Script Manager. Under Action Hooks, choose New Hook and add "
    '"takevoice: Results". To convert exports as well, add "takevoice: Exports".',
    'Under Action Scripts in the Script Manager of {ardour}, select a free slot, choose Add/Set, and add "takevoice: Convert Selected Regions" or '
    '"takevoice: Convert Selected Regions to New Tracks". Add "takevoice: Status" to another slot, and "takevoice: Next Candidate" and '
    '"takevoice: Pick Candidate" if you make candidates.',
    *LAST_STEPS,
)


def plans(into: Sequence[Path], state: Path, *, check: bool, install: bool) -> Sequence[Plan]:
    """Return a plan for each config folder named by `into`, else for the config folder of each Ardour.

    Raises:
        ConfigError: to check, and a folder named by `into` is missing.
        StorageError: there is no config folder of Ardour 7 or newer; or the state dir cannot be written or named.
    """
    missing = [folder for folder in into if check and not folder.is_dir()]
    if missing:
        raise ConfigError(
            "is no folder", where=str(missing[0]), hint="name the config folder of Ardour, which has a file `config`"
        )
    folders = into or _configs()
    if not folders:
        raise StorageError(
            f"found no config folder of Ardour {OLDEST} or newer",
            where=str(preferences_folder()),
            hint="start Ardour once, or name its config folder with --into DIR",
        )
    if install:  # where the scripts put their requests, also before the first start of the daemon
        lua_path(StateDir(state).handover, install=True)
    source = scripts("ardour", MODULES)
    settings = f"return {{ state = {quoted(lua_path(state, install=install))} }}\n".encode()
    return [_plan(folder, source, settings) for folder in folders]


def _plan(folder: Path, source: Mapping[Path, bytes], settings: bytes) -> Plan:
    # The Script Manager lists the files in `scripts`: only actions and hooks belong there.
    files = {
        folder / path if len(path.parts) > 1 else folder / "scripts" / path: content
        for path, content in source.items()
    }
    files[folder / MODULES / "settings.lua"] = settings
    actions = {path.name: content for path, content in source.items() if len(path.parts) == 1}
    registration = Registration(folder, actions)
    known = registration.is_possible()
    return Plan(
        files,
        [step.format(ardour=_name(folder)) for step in (REGISTERED_STEPS if known else STEPS)],
        record=folder / MODULES / NAME,
        base=folder,
        made=[folder / MODULES / "listening"],
        registration=registration if known else None,
    )


def _name(folder: Path) -> str:
    version = VERSION.fullmatch(folder.name)
    return f"Ardour {version[1]}" if version else "Ardour"


def _configs() -> list[Path]:
    base = preferences_folder()
    found = []
    for path in sorted(base.iterdir()) if base.is_dir() else []:
        version = VERSION.fullmatch(path.name)
        if version and int(version[1]) >= OLDEST and path.is_dir():
            found.append(path)
    return found
