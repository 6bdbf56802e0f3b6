"""Ardour's list of registered Lua scripts, the file `ui_scripts` in its config folder.

It has one chunk of Lua for all actions and one for each hook, in base64: each is a statement that builds tables with `n`, the
name, `s`, the script, `f`, the factory as Lua loads it, and `a`, its arguments. Ardour loads the factory by `load`, which
takes source text too, so no Lua of the right version is needed to write it. Ardour writes the whole list when it registers a
script and when it quits, so it must not run meanwhile. Written for Ardour 7, whose signals are known here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from xml.etree import ElementTree

from takevoice.cli.install.lua import quoted

MAJOR = 7
"""The version that is known well enough: another one may have other signals."""
SLOTS = 32
"""How many actions Ardour keeps; the first has number 1."""
SIGNALS = (
    "ConfigChanged EngineRunning EngineStopped EngineHalted EngineDeviceListChanged BufferSizeChanged "
    "SampleRateChanged FeedbackDetected SuccessfulGraphSort StartTimeChanged EndTimeChanged Exported Change "
    "SessionConfigChanged TransportStateChange DirtyChanged StateSaved Xrun TransportLooped SoloActive "
    "SoloChanged IsolatedChanged MonitorChanged RecordStateChanged RecordArmStateChanged "
    "AudioLoopLocationChanged AudioPunchLocationChanged LocationsModified AuditionActive BundleAddedOrRemoved "
    "PositionChanged Located RoutesReconnected RouteAdded RouteGroupPropertyChanged RouteAddedToRouteGroup "
    "RouteRemovedFromRouteGroup StepEditStatusChange RouteGroupAdded RouteGroupRemoved RouteGroupsReordered "
    "PluginListChanged PluginStatusChanged DiskOverrun DiskUnderrun RegionsPropertyChanged LuaTimerS "
    "LuaTimerDS SetSession"
).split()
"""In the order of their bits, which Ardour writes as text with the last one first."""
PREFIX = "takevoice: "
_ROOT, _ACTIONS, _HOOKS, _LUA = "UIScripts", "ActionScript", "ActionHooks", "Lua 5.3"
_NAME = re.compile(rb'\[?"?n"?\]?\s*=\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)


class Unreadable(ValueError):
    """The list is none that Ardour writes."""


def with_scripts(text: bytes | None, actions: Mapping[str, str], hooks: Mapping[str, tuple[str, Sequence[str]]]) -> bytes:
    """Return the list with these scripts in it; those of an earlier installation are replaced, and the user's own stay.

    `actions`: scripts by their names, each put into the first slot that is free. `hooks`: scripts and signals by their names.

    Raises:
        Unreadable: the text is no such list.
    """
    root = _without(text)
    chunk = _chunk(root)
    free = sorted(set(range(1, SLOTS + 1)) - _entries(chunk).keys())
    lines = [chunk.strip() or "scripts = {}"]
    for (name, script), number in zip(actions.items(), free, strict=False):
        lines.append(f"scripts[{number}] = {_record(name, script)}")
    _set_chunk(root, "\n".join(lines))
    container = _child(root, _HOOKS)
    for number, (name, (script, signals)) in enumerate(hooks.items()):
        bits = "".join("1" if signal in signals else "0" for signal in reversed(SIGNALS))
        made = ElementTree.SubElement(
            container, "LuaCallback", {"lua": _LUA, "id": _id(container, number), "name": name, "signals": bits}
        )
        made.text = _encoded(f"s = {_record(name, script)}")
    return _text(root)


def without_scripts(text: bytes) -> bytes:
    """Return the list without takevoice's scripts; the text as it is, if it has none.

    Raises:
        Unreadable: the text is no such list.
    """
    return _text(_without(text)) if names(text) else text


def names(text: bytes) -> Sequence[str]:
    """Return the names of takevoice's scripts in the list, actions first.

    Raises:
        Unreadable: the text is no such list.
    """
    root = _parsed(text)
    entries = [_name_of(entry) for entry in _entries(_chunk(root)).values()]
    hooks = [_name_of(_decoded(each.text)) for each in root.iter("LuaCallback")]
    return [name for name in (*entries, *hooks) if name.startswith(PREFIX)]


def factory(script: str) -> str:
    """Return the chunk that does what the script's function `factory` does.

    Raises:
        ValueError: the script has no such function.
    """
    found = re.search(r"^function factory \(\)\n(.*?)^end$", script, re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError("has no function factory ()")
    return found[1]


def _record(name: str, script: str) -> str:
    return f"{{ n = {quoted(name)}, s = {quoted(script)}, f = {quoted(factory(script))}, a = {{}} }}"


def _parsed(text: bytes) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 -- Ardour's own file, in the user's own folder
    except ElementTree.ParseError as error:
        raise Unreadable(str(error)) from error
    if root.tag != _ROOT:
        raise Unreadable(f"it has <{root.tag}> in place of <{_ROOT}>")
    return root


def _without(text: bytes | None) -> ElementTree.Element:
    root = ElementTree.Element(_ROOT) if text is None else _parsed(text)
    kept = {number: entry for number, entry in _entries(_chunk(root)).items() if not _name_of(entry).startswith(PREFIX)}
    _set_chunk(root, "\n".join(["scripts = {}", *kept.values()]))
    hooks = _child(root, _HOOKS)
    for each in list(hooks):
        if _name_of(_decoded(each.text)).startswith(PREFIX):
            hooks.remove(each)
    return root


def _entries(chunk: str) -> Mapping[int, str]:
    """Return the statements of each action by its number. Ardour writes them one after the other, tables before their fields."""
    starts = [found for found in re.finditer(r"(?<![\w\"])scripts\[(\d+)\](?!\[)\s*=", chunk) if not _inside_text(chunk, found.start())]
    entries = {}
    for each, after in zip_longest(starts, starts[1:]):
        entries[int(each[1])] = chunk[each.start() : after.start() if after else len(chunk)].rstrip()
    return entries


def _inside_text(chunk: str, at: int) -> bool:
    """Return True for a place inside a quoted text."""
    quotes = re.findall(r'\\.|"', chunk[:at], re.DOTALL)
    return quotes.count('"') % 2 == 1


def _name_of(chunk: str) -> str:
    found = _NAME.search(chunk.encode("latin-1", "replace"))
    return found[1].decode("utf-8", "replace") if found else ""


def _chunk(root: ElementTree.Element) -> str:
    return _decoded(_child(root, _ACTIONS).text)


def _set_chunk(root: ElementTree.Element, chunk: str) -> None:
    element = _child(root, _ACTIONS)
    element.set("lua", _LUA)
    element.text = _encoded(chunk)


def _decoded(text: str | None) -> str:
    """Return a chunk, a character for each byte."""
    try:
        return base64.b64decode(text or "", validate=False).decode("latin-1")
    except binascii.Error as error:
        raise Unreadable(str(error)) from error


def _encoded(chunk: str) -> str:
    return base64.b64encode(chunk.encode("latin-1")).decode()


def _child(root: ElementTree.Element, tag: str) -> ElementTree.Element:
    found = root.find(tag)
    return ElementTree.SubElement(root, tag) if found is None else found


def _id(container: ElementTree.Element, number: int) -> str:
    """Return an id that no other hook has."""
    taken = [int(each.get("id", "0")) for each in container if each.get("id", "0").isdigit()]
    return str(max([9_000_000, *taken]) + 1 + number)


def _text(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"
