"""takevoice install reaper: copies the scripts to each REAPER's resource folder. Tested on Linux only."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice.cli.install import action_list
from takevoice.cli.install.files import lua_path, scripts
from takevoice.cli.install.lua import quoted
from takevoice.cli.install.plan import FOLDER, Plan
from takevoice.cli.install.record import NAME, Record
from takevoice.errors import ConfigError, StorageError
from takevoice.paths import StateDir
from takevoice.system.folders import settings_folder
from takevoice.system.python_origin import without_console
from takevoice.system.reaper import is_resource_folder, resource_folders
from takevoice.system.short_names import plain_path

SCRIPTS = Path("Scripts")
PLACE = SCRIPTS / FOLDER
STARTUP = SCRIPTS / "__startup.lua"
ITS_FOLDER = b'select(2, reaper.get_action_context()):match("^(.*[/\\\\])")'
"""How an action finds its folder."""
MENU = "Options > Show REAPER resource path"


def plans(into: Sequence[Path], state: Path, *, check: bool, install: bool) -> Sequence[Plan]:
    """Return a plan for each resource folder named by `into`, else for each that is found.

    Raises:
        ConfigError: to check, and a folder named by `into` is no resource folder.
        StorageError: none is found: REAPER has not been started yet, or is a portable installation in an unusual place; or,
            to install, the state dir cannot be written, or not be opened by REAPER.
    """
    folders = [_checked(folder) for folder in into] if check else list(into)
    folders = folders or list(resource_folders())
    if not folders:
        raise StorageError(
            "found no resource folder of REAPER",
            where=str(settings_folder() / "REAPER"),
            hint=f"start REAPER once, or name its resource folder ({MENU}) with --into DIR",
        )
    if install:  # where the scripts put their requests, also before the first start of the daemon
        lua_path(StateDir(state).handover, install=True)
    return [plan(folder, state, install=install) for folder in folders]


def plan(resources: Path, state: Path, *, install: bool) -> Plan:
    """Return the plan for a resource folder.

    Raises:
        StorageError: to install, and the state dir cannot be written, or not be opened by REAPER.
    """
    place = resources / PLACE
    record = place / NAME
    plain = plain_path(resources)
    short = None if plain in (None, str(resources)) else Path(str(plain))
    files = {place / "settings.lua": settings(state, short, install=install)}
    copy = from_reapack(resources)
    twice = copy is not None and any(path not in files for path in Record.read(record, place).hashes)
    if copy is None or twice:  # keys may be assigned to those that are there already
        files |= {place / path: _spelt(content, short) for path, content in scripts("reaper", "api").items()}
    return Plan(
        files=files,
        steps=(*_warnings(resources, copy if twice else None, place), *_steps(copy or place)),
        record=record,
        base=place,
        title=f"REAPER's resource folder: {resources}",
        shared=resources / STARTUP,
        steps_after_removal=_steps_after_removal(resources, place),
    )


def settings(state: Path, short: Path | None = None, *, install: bool) -> bytes:
    """Return settings.lua: the state dir, and the words of the takevoice command, by an absolute path.

    REAPER does not search PATH. `background` is the command without a console, where the system makes a difference.
    `resources` is a spelling of the resource folder that Lua can open, if it cannot open the usual one (`short`).

    Raises:
        StorageError: to install, and the state dir cannot be written, or not be opened by REAPER.
    """
    entries = {"state": quoted(lua_path(state, install=install)), "command": _words(Path(sys.executable))}
    if program := without_console(Path(sys.executable)):
        entries["background"] = _words(program)
    if short is not None:
        entries["resources"] = quoted(str(short))
    return f"return {{ {', '.join(f'{name} = {value}' for name, value in entries.items())} }}\n".encode()


def from_reapack(resources: Path) -> Path | None:
    """Return the folder with the actions if ReaPack has installed them: Scripts/REPOSITORY/CATEGORY."""
    found = (resources / SCRIPTS).glob("*/*/api/takevoice.lua")
    return next((path.parents[1] for path in sorted(found)), None)


def actions(files: Mapping[Path, bytes], place: Path) -> Sequence[Path]:
    """Return those of the files that are actions."""
    return [path for path in files if path.parent == place and path.name != "settings.lua"]


def _checked(folder: Path) -> Path:
    if is_resource_folder(folder) or (folder / SCRIPTS).is_dir():
        return folder
    near = (folder / "REAPER", folder.parent, folder.parent.parent)
    meant = next((each for each in near if is_resource_folder(each)), None)
    hint = f"name the folder that REAPER shows with {MENU}; start a REAPER that is new once before"
    raise ConfigError(
        "is no resource folder of REAPER, because it has neither reaper.ini nor Scripts",
        where=str(folder),
        hint=f'did you mean --into "{meant}"?' if meant else hint,
    )


def _spelt(script: bytes, short: Path | None) -> bytes:
    """Return a script that finds its modules although Lua cannot open the usual name of the resource folder.

    Lua opens files by the C library, which takes names in the code page of the machine on Windows; REAPER gives them in
    UTF-8. A short name (8.3) is the same in both.
    """
    if short is None:
        return script
    return script.replace(ITS_FOLDER, quoted(f"{short / PLACE}{os.sep}").encode())


def _words(program: Path) -> str:
    words = (quoted(word) for word in (str(program), "-P", "-m", "takevoice"))
    return f"{{ {', '.join(words)} }}"


def _warnings(resources: Path, second: Path | None, place: Path) -> Sequence[str]:
    """Return what may go wrong; `second`: where the scripts are besides `place`."""
    told = []
    if plain_path(resources) is None:
        told.append(
            f"{resources} has letters beyond ASCII and no short name. If REAPER cannot open the scripts, use a portable REAPER "
            "in a folder with plain letters, such as C:\\REAPER, and run this again with --into."
        )
    if second is not None:
        told.append(
            f"The scripts are there twice: ReaPack has installed them in {second}, and takevoice in {place}. Uninstall one of "
            "the two, in ReaPack or with --remove."
        )
    return told


def _steps(place: Path) -> Sequence[str]:
    return (
        f"In REAPER, choose Actions > Show action list > New action > Load ReaScript, go to {place}, and open all "
        "takevoice_*.lua.",
        'Select "Script: takevoice_convert_selected_items.lua" in the list, and assign a key to it with Add.',
        "Start `takevoice run`, select an item in REAPER, and press the key.",
    )


def _steps_after_removal(resources: Path, place: Path) -> Sequence[str]:
    left = [path for path in action_list.registered(resources) if path.parent == place]
    if not left:
        return ()
    return (
        f"REAPER's action list still has takevoice's actions ({len(left)}), with your shortcuts. To remove them, select "
        "them in Actions > Show action list, and delete them there.",
    )
