# ruff: noqa: N802
"""A small ReaImGui: the calls a plain window needs, under `reaper.ImGui_...` and `require "imgui"`.

Names, arguments and results are those of the definitions for version 0.10 (`imgui_calls.txt`). Sizes, colours and
places mean nothing here; a test presses by labels.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import ApiError
from .imgui_context import Context
from .part import Part
from .signatures import Signature, complaint_of, signature

SHIM = """return function(_version)
  local constants = { %s }
  return setmetatable({}, { __index = function(_, name)
    local found = reaper["ImGui_" .. name]
    if found == nil then error("ImGui has no " .. name, 2) end
    if constants[name] then return found() end
    return found
  end })
end
"""
SILENT = set(
    """SetNextWindowSize SetNextWindowPos SetNextItemWidth PushItemWidth PopItemWidth SameLine Separator Spacing Dummy
    NewLine Indent Unindent AlignTextToFramePadding TableNextRow TableHeadersRow TableSetupScrollFreeze SetCursorPosX
    SetCursorPosY SetScrollHereY SetKeyboardFocusHere SetItemDefaultFocus Attach SetConfigVar PushTextWrapPos
    PopTextWrapPos SetNextWindowSizeConstraints SetNextWindowCollapsed SetNextWindowFocus SetTooltip BeginGroup
    EndGroup SetNextItemOpen SetNextWindowDockID""".split()
)
"""Calls that change nothing a test can see."""
PLAIN = {"IsItemHovered", "IsItemActive", "IsKeyPressed", "IsWindowAppearing", "IsItemClicked", "IsItemEdited"}
PLAIN |= {"IsMouseClicked", "IsMouseDoubleClicked", "IsAnyItemActive", "IsKeyDown"}
"""Questions answered by no."""
SIZES = {"GetContentRegionAvail": (300.0, 200.0), "GetWindowSize": (300.0, 200.0), "GetTextLineHeight": 14.0}
SIZES |= {"GetFrameHeight": 20.0, "GetWindowPos": (100.0, 100.0), "GetCursorPosX": 0.0, "GetWindowWidth": 300.0}
SIZES |= {"GetCursorPosY": 0.0, "GetFontSize": 13.0, "GetTextLineHeightWithSpacing": 18.0, "GetCursorPos": (0.0, 0.0)}
SIZES |= {"GetFrameHeightWithSpacing": 24.0, "GetWindowHeight": 200.0, "GetCursorScreenPos": (100.0, 100.0)}


class Font:
    """A font."""

    pointer = "ImGui_Font"
    gone = False


def read_calls() -> tuple[dict[str, Signature], list[str]]:
    """Return the signatures of ReaImGui and the names of its constants."""
    calls, constants = {}, []
    for line in Path(__file__).with_name("imgui_calls.txt").read_text("utf-8").splitlines():
        name, *words = line.split()
        if name == "constants":
            constants += words
        elif name != "#":
            calls[name] = signature(words)
    return calls, constants


class ImGui(Part):
    """ReaImGui; `names` are its functions for the table `reaper`."""

    def __init__(self, reaper: Any, version: str):
        super().__init__(reaper)
        self._version = version
        self._calls, constants = read_calls()
        if version.startswith("0.9"):
            self._calls |= {"PushFont": signature(["ImGui_Context", "?ImGui_Font"])}
            self._calls |= {"CreateFont": signature(["string", "integer", "?integer"])}
        self.functions = {f"ImGui_{name}": self._carried_out(name) for name in self._calls}
        for name in constants:
            self.functions[f"ImGui_{name}"] = _constant(name)
        folder = self._reaper.resources / "Scripts" / "ReaTeam Extensions" / "API"
        folder.mkdir(parents=True, exist_ok=True)
        rows = ", ".join(f"{name} = true" for name in constants)
        (folder / "imgui.lua").write_text(SHIM % rows, "utf-8")
        self._folder = folder

    def _carried_out(self, name: str) -> Callable[..., Any]:
        """Return the function for a call: its arguments are checked, and that it is inside of a window."""

        def carry_out(*arguments: Any) -> Any:
            problem = complaint_of(f"ImGui_{name}", self._calls[name], arguments)
            if problem:
                raise ApiError(problem)
            if not arguments or not isinstance(arguments[0], Context):
                return getattr(self, f"_{name}")(*arguments)
            context = arguments[0]
            context.used = True
            if name in SILENT:
                return None
            if name in PLAIN:
                return False
            if name in SIZES:
                return SIZES[name]
            function = getattr(self, f"_{name}", None)
            if function is None:
                raise ApiError(f"ImGui_{name} is not modelled by the stand-in")
            if name not in OUTSIDE and not any(kind == "Begin" for kind, _ in context.stack):
                raise ApiError(f"ImGui_{name} outside of a window")
            return function(*arguments)

        return carry_out

    # Contexts and windows

    def _GetVersion(self) -> tuple[str, int, str]:
        return "1.92.1", 19210, self._version

    def _GetBuiltinPath(self) -> str:
        return str(self._folder)

    def _CreateContext(self, name: str, flags: int | None = None) -> Context:
        context = Context(name)
        self._script.contexts.append(context)
        return context

    def _CreateFont(self, family: str, *_: Any) -> Font:
        return Font()

    def _ValidatePtr(self, thing: Any, kind: str) -> bool:
        return getattr(thing, "pointer", "") + "*" == kind and not thing.gone

    def _Begin(self, context: Context, name: str, is_open: bool | None = None, flags: int | None = None) -> Any:
        still_open = is_open and not context.closing
        context.closing = False
        if context.collapsed:
            return False, still_open
        context.stack.append(("Begin", name))
        return True, still_open

    def _End(self, context: Context) -> None:
        self._close(context, "Begin", "End")

    def _close(self, context: Context, begun: str, ended: str) -> str:
        if not context.stack or context.stack[-1][0] != begun:
            raise ApiError(f"ImGui_{ended} without {begun}; open: {context.stack}")
        return context.stack.pop()[1]

    def _BeginChild(self, context: Context, name: str, *_: Any) -> bool:
        context.stack.append(("BeginChild", name))
        return True

    def _EndChild(self, context: Context) -> None:
        self._close(context, "BeginChild", "EndChild")

    def _PushID(self, context: Context, name: str) -> None:
        context.stack.append(("PushID", name))

    def _PopID(self, context: Context) -> None:
        self._close(context, "PushID", "PopID")

    def _BeginDisabled(self, context: Context, disabled: bool | None = None) -> None:
        context.stack.append(("disabled", str(disabled is not False)))

    def _EndDisabled(self, context: Context) -> None:
        self._close(context, "disabled", "EndDisabled")

    def _PushStyleColor(self, context: Context, *_: Any) -> None:
        context.stack.append(("style", "colour"))

    def _PopStyleColor(self, context: Context, count: int | None = None) -> None:
        for _ in range(int(count or 1)):
            self._close(context, "style", "PopStyleColor")

    def _PushStyleVar(self, context: Context, *_: Any) -> None:
        context.stack.append(("style", "variable"))

    def _PopStyleVar(self, context: Context, count: int | None = None) -> None:
        for _ in range(int(count or 1)):
            self._close(context, "style", "PopStyleVar")

    def _PushFont(self, context: Context, *_: Any) -> None:
        context.stack.append(("style", "font"))

    def _PopFont(self, context: Context) -> None:
        self._close(context, "style", "PopFont")

    def _IsWindowFocused(self, context: Context, flags: int | None = None) -> bool:
        return True

    # Texts

    def _Text(self, context: Context, text: str) -> None:
        context.add("text", text)

    _TextWrapped = _TextDisabled = _BulletText = _SeparatorText = _Text

    def _TextColored(self, context: Context, colour: int, text: str) -> None:
        context.add("text", text)

    def _LabelText(self, context: Context, label: str, text: str) -> None:
        context.add("text", label, text)

    def _ProgressBar(
        self, context: Context, share: float, w: float | None = None, h: float | None = None, text: str | None = None
    ) -> None:
        context.add("progress", text or "", f"{share:.0%}" if text is None else None)

    def _CalcTextSize(self, context: Context, text: str, *_: Any) -> tuple[float, float]:
        return 7.0 * len(text), 14.0

    # Widgets

    def _Button(self, context: Context, label: str, *_: Any) -> bool:
        return bool(context.taken(context.add("button", label)))

    _SmallButton = _InvisibleButton = _Button

    def _Checkbox(self, context: Context, label: str, on: bool) -> tuple[bool, bool]:
        pressed = context.taken(context.add("checkbox", label, on))
        return bool(pressed), on != bool(pressed)

    def _RadioButton(self, context: Context, label: str, active: bool) -> bool:
        return bool(context.taken(context.add("radio", label, active)))

    def _Selectable(self, context: Context, label: str, on: bool | None = None, *_: Any) -> tuple[bool, bool]:
        pressed = bool(context.taken(context.add("selectable", label, on)))
        if pressed:
            context.opened -= {context.path("")[:-1]}  # a combo closes with its choice
        return pressed, bool(on) != pressed

    def _entered(self, context: Context, kind: str, label: str, value: Any) -> tuple[bool, Any]:
        path = context.add(kind, label, value)
        given = context.taken(path)
        if given is None:
            return False, value
        context.edited[path] = 0
        return True, given

    def _IsItemDeactivatedAfterEdit(self, context: Context) -> bool:
        return context.is_left()

    def _InputText(self, context: Context, label: str, text: str, *_: Any) -> tuple[bool, Any]:
        return self._entered(context, "input", label, text)

    def _InputTextWithHint(self, context: Context, label: str, hint: str, text: str, *_: Any) -> tuple[bool, Any]:
        return self._entered(context, "input", label, text)

    def _InputTextMultiline(self, context: Context, label: str, text: str, *_: Any) -> tuple[bool, Any]:
        return self._entered(context, "input", label, text)

    def _SliderDouble(self, context: Context, label: str, value: float, *limits: Any) -> tuple[bool, Any]:
        changed, new = self._entered(context, "slider", label, value)
        return changed, min(max(new, limits[0]), limits[1])

    _SliderInt = _SliderDouble

    def _InputDouble(self, context: Context, label: str, value: float, *_: Any) -> tuple[bool, Any]:
        return self._entered(context, "input", label, value)

    _InputInt = _DragDouble = _DragInt = _ColorEdit3 = _ColorEdit4 = _InputDouble

    def _Combo(self, context: Context, label: str, current: int, items: str, *_: Any) -> tuple[bool, int]:
        entries = items.rstrip("\0").split("\0")
        if not items.endswith("\0"):
            raise ApiError("ImGui_Combo: each item has to end with a null")
        shown = entries[int(current)] if 0 <= int(current) < len(entries) else ""
        given = context.taken(context.add("combo", label, shown))
        if given is None or given is True:
            return False, int(current)
        return True, entries.index(given) if isinstance(given, str) else int(given)

    def _BeginCombo(self, context: Context, label: str, shown: str, flags: int | None = None) -> bool:
        path = context.add("combo", label, shown)
        if context.taken(path):
            context.opened ^= {path}
        if path in context.opened:
            context.stack.append(("BeginCombo", label.split("###")[-1]))
            return True
        return False

    def _EndCombo(self, context: Context) -> None:
        self._close(context, "BeginCombo", "EndCombo")

    def _CollapsingHeader(self, context: Context, label: str, visible: bool | None = None, *_: Any) -> Any:
        path = context.add("header", label)
        if context.taken(path):
            context.opened ^= {path}
        return path in context.opened, visible

    # Tables, tabs and popups

    def _BeginTable(self, context: Context, name: str, columns: int, *_: Any) -> bool:
        context.stack.append(("BeginTable", name))
        return True

    def _EndTable(self, context: Context) -> None:
        self._close(context, "BeginTable", "EndTable")

    def _TableSetupColumn(self, context: Context, label: str, *_: Any) -> None:
        context.add("text", label)

    def _TableNextColumn(self, context: Context) -> bool:
        return True

    def _TableSetColumnIndex(self, context: Context, index: int) -> bool:
        return True

    def _BeginTabBar(self, context: Context, name: str, flags: int | None = None) -> bool:
        context.stack.append(("BeginTabBar", name))
        return True

    def _EndTabBar(self, context: Context) -> None:
        self._close(context, "BeginTabBar", "EndTabBar")

    def _BeginTabItem(self, context: Context, label: str, is_open: bool | None = None, *_: Any) -> Any:
        path = context.add("tab", label)
        bar = path[:-1]
        if context.taken(path):
            context.tabs[bar] = label
        if context.tabs.setdefault(bar, label) != label:
            return False, is_open
        context.stack.append(("BeginTabItem", label))
        return True, is_open

    def _EndTabItem(self, context: Context) -> None:
        self._close(context, "BeginTabItem", "EndTabItem")

    def _OpenPopup(self, context: Context, name: str, flags: int | None = None) -> None:
        context.opened.add(("popup", name))

    def _BeginPopup(self, context: Context, name: str, flags: int | None = None) -> bool:
        if ("popup", name) not in context.opened:
            return False
        context.stack.append(("BeginPopup", name))
        return True

    def _BeginPopupModal(self, context: Context, name: str, is_open: bool | None = None, *_: Any) -> Any:
        return self._BeginPopup(context, name), is_open

    def _EndPopup(self, context: Context) -> None:
        self._close(context, "BeginPopup", "EndPopup")

    def _CloseCurrentPopup(self, context: Context) -> None:
        context.opened -= {("popup", name) for kind, name in context.stack if kind == "BeginPopup"}

    def _MenuItem(self, context: Context, label: str, keys: str | None = None, on: bool | None = None, *_: Any) -> Any:
        return bool(context.taken(context.add("menu", label))), on


OUTSIDE = {"Begin", "IsKeyPressed", "PushFont", "PopFont", "PushStyleColor", "PopStyleColor", "PushStyleVar"}
OUTSIDE |= {"PopStyleVar", "End", "CreateFont", "OpenPopup", "BeginPopupModal", "BeginPopup", "CalcTextSize"}
"""Calls that need no window around them."""


def _constant(name: str) -> Callable[[], int]:
    """Return the function that gives a constant: 0 for a `_None`, else a bit by its name."""
    value = 0 if name.endswith("_None") else 1 << zlib.crc32(name.encode()) % 24
    return lambda: value
