"""What `takevoice doctor` checks of REAPER: the scripts, what they were told, the action list, and useful extensions."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from takevoice.cli.finding import Finding
from takevoice.cli.install import action_list
from takevoice.cli.install.files import CURRENT, MISSING, compare
from takevoice.cli.install.lua import unquoted
from takevoice.cli.install.places import Places
from takevoice.cli.install.plan import Plan, obsolete
from takevoice.cli.install.reaper import PLACE, actions, from_reapack, plan
from takevoice.errors import TakevoiceError
from takevoice.paths import StateDir
from takevoice.system.reaper import resource_folders
from takevoice.system.short_names import plain_path

WHAT = "REAPER"
MOST = 5  # actions that are named
INSTALL = "`takevoice install reaper`"
NAMES = {
    "state": "state dir",
    "command": "takevoice command",
    "background": "command for the background",
    "resources": "resource folder",
}
"""What settings.lua tells the scripts."""
OPTIONAL = {
    "LuaSocket": (
        "Scripts/Mavriq ReaScript Repository/Various/Mavriq-Lua-Sockets/socket/core.*",
        "requests without a process each",
    ),
    "ReaImGui": ("UserPlugins/reaper_imgui*", "windows that look and scale better"),
    "SWS": ("UserPlugins/reaper_sws*", "listening to a file in REAPER's own preview"),
}
"""Extensions that the scripts use where they are, each with the files that show it, and what it adds."""


def reaper(state: StateDir) -> Iterator[Finding]:
    """Report on each REAPER that is found; nothing where there is none."""
    for resources in _folders(state):
        try:
            yield from _installation(resources, state)
        except TakevoiceError as error:
            yield Finding(WHAT, False, str(error), f"correct that, and run {INSTALL}")


def _folders(state: StateDir) -> Iterator[Path]:
    """Yield the resource folders that are found, and those that were named with --into, each once."""
    found = list(resource_folders())
    yield from found
    known = {os.path.realpath(folder) for folder in found}
    for folder in Places(state, "reaper").all():
        if os.path.realpath(folder) not in known and folder.is_dir():
            yield folder


def _installation(resources: Path, state: StateDir) -> Iterator[Finding]:
    wanted = plan(resources, state.path, install=False)
    settings_file = resources / PLACE / "settings.lua"
    copy = from_reapack(resources)
    if copy is None and not settings_file.exists() and all(s == MISSING for _, s in compare(wanted.files)):
        yield Finding(WHAT, True, f"{resources}: takevoice's scripts are not installed; {INSTALL} does that")
        return
    yield _scripts(resources, wanted)
    yield _settings(settings_file, wanted.files[settings_file], state)
    yield _action_list(resources, wanted, copy)
    if plain_path(resources) is None:
        detail = f"{resources} has letters beyond ASCII and no short name, so that REAPER may not open the scripts"
        yield Finding(WHAT, False, detail, "use a portable REAPER in a folder with plain letters")
    yield _extensions(resources)


def _scripts(resources: Path, wanted: Plan) -> Finding:
    """Compare the scripts with those of this version; settings.lua has a check of its own."""
    states = [state for path, state in compare(wanted.files) if path.name != "settings.lua"]
    differ = sum(state != CURRENT for state in states) + len(obsolete(wanted))
    if differ:
        detail = f"{resources}: {differ} of {len(states)} scripts are missing, edited or of another version"
        return Finding(WHAT, False, detail, f"{INSTALL}; it keeps what you have edited with .bak added")
    where = "installed by ReaPack" if not states else "of this version"
    return Finding(WHAT, True, f"{resources}: the scripts are {where}")


def _settings(path: Path, wanted: bytes, state: StateDir) -> Finding:
    """Compare what the scripts were told with the state dir and the command in force, and look whether Lua can open it."""
    again = f"{INSTALL}, with the --state of `takevoice run` if that has one"
    try:
        told = path.read_bytes()
    except OSError:
        return Finding(WHAT, False, f"{path} is missing: the scripts do not know where takevoice is", again)
    if told != wanted:
        text, expected = told.decode("utf-8", "replace"), wanted.decode()
        wrong = [_differs(text, name, _value(expected, name)) for name in NAMES]
        detail = next(filter(None, wrong), "it is edited, or of another version")
        return Finding(WHAT, False, f"{path}: {detail}", again)
    if plain_path(state.handover if state.handover.exists() else state.path) is None:
        detail = f"{state.path} cannot be opened by scripts of REAPER, because its name has letters beyond ASCII"
        return Finding(WHAT, False, detail, "use another state dir, here and for `takevoice run`: --state C:\\takevoice")
    if not state.handover.is_dir():
        return Finding(WHAT, False, f"{state.handover} is missing: the scripts put their requests there", INSTALL)
    return Finding(WHAT, True, f"its scripts use this state dir and this takevoice, and hand over in {state.handover}")


def _differs(text: str, name: str, expected: str) -> str:
    """Say how a value of settings.lua differs from the one expected; nothing if it does not."""
    value = _value(text, name)
    if value == expected:
        return ""
    return f"the scripts use the {NAMES[name]} {value or '(none)'}, and not {expected or '(none)'}"


def _value(text: str, name: str) -> str:
    """Return a value of settings.lua: a string, or the words of a list."""
    found = re.search(rf'\b{name} = (?:\{{(?P<list>[^}}]*)\}}|(?P<one>"[^"]*"))', text)
    if not found:
        return ""
    return " ".join(map(unquoted, re.findall(r'"[^"]*"', found["list"] or found["one"])))


def _action_list(resources: Path, wanted: Plan, copy: Path | None) -> Finding:
    """Report how many of the actions are in REAPER's action list."""
    place = copy or resources / PLACE
    names = {path.name for path in (copy.glob("*.lua") if copy else actions(wanted.files, place))}
    listed = {path.name for path in action_list.registered(resources) if path.parent == place}
    detail = f"{len(names & listed)} of {len(names)} actions are in the action list, as {action_list.FILE} has it"
    missing = sorted(names - listed)
    if missing and names & listed:
        more = f" and {len(missing) - MOST} more" if len(missing) > MOST else ""
        detail += f"; not there: {', '.join(missing[:MOST])}{more}"
    advice = f"in REAPER, choose Actions > Show action list > New action > Load ReaScript, and open all in {place}"
    return Finding(WHAT, not missing, detail, advice)


def _extensions(resources: Path) -> Finding:
    """Report on extensions; takevoice does without."""
    told = []
    for name, (pattern, use) in OPTIONAL.items():
        there = next(resources.glob(pattern), None)
        told.append(f"{name} is there" if there else f"{name} is not there (it would add {use})")
    return Finding(WHAT, True, f"optional: {', '.join(told)}")
