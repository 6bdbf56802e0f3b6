# ruff: noqa: N802
"""Calls about what the user sees: boxes, the console, the help line, toolbars; and the life of scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .errors import ApiError
from .part import Part

ANSWERS = {0: (1,), 1: (1, 2), 2: (3, 4, 5), 3: (6, 7, 2), 4: (6, 7), 5: (4, 2)}
"""The buttons of each kind of box: 1 OK, 2 cancel, 3 abort, 4 retry, 5 ignore, 6 yes, 7 no."""
OBJECTS = {"ReaProject*", "MediaTrack*", "MediaItem*", "MediaItem_Take*", "TrackEnvelope*", "PCM_source*"}


class Box(str):
    """The text of a modal box, with its `caption`, its `kind` and the transport's state when it came up."""

    caption: str
    kind: str
    play_state: int

    @classmethod
    def of(cls, kind: str, title: str, text: str, play_state: int) -> Box:
        """Make a box."""
        box = cls(text)
        box.kind, box.caption, box.play_state = kind, title, play_state
        return box


class Interface(Part):
    """What the user sees."""

    def ShowMessageBox(self, text: str, title: str, kind: int) -> int:
        buttons = ANSWERS[int(kind)]
        self._reaper.show_box("message", title, text)
        answer = self._reaper.answer(title, text)
        if answer is None:
            return buttons[0] if self._reaper.yes else buttons[-1]
        if answer not in buttons:
            raise ApiError(f"the test answers {answer}, the box has {buttons}")
        return answer

    def MB(self, text: str, title: str, kind: int) -> int:
        return self.ShowMessageBox(text, title, kind)

    def GetUserInputs(self, title: str, count: int, captions: str, values: str) -> tuple[bool, str]:
        if not 1 <= int(count) <= 16:
            raise ApiError("GetUserInputs: 1 to 16 fields")
        fields = captions.split(",")
        options = dict(each.split("=", 1) for each in fields[int(count) :] if "=" in each)
        separator = options.get("separator", ",")
        given = values.split(separator)
        given += [""] * (int(count) - len(given))
        self._reaper.show_box("inputs", title, captions)
        typed = self._reaper.typed(fields[: int(count)], given[: int(count)])
        return (False, "") if typed is None else (True, separator.join(typed))

    def GetUserFileNameForRead(self, start: str, title: str, suffix: str) -> tuple[bool, str]:
        self._reaper.show_box("file", title, start)
        typed = self._reaper.typed([title], [start])
        return (False, "") if typed is None else (True, typed[0])

    def ShowConsoleMsg(self, text: str) -> None:
        self._reaper.console.append(text)

    def ClearConsole(self) -> None:
        self._reaper.console.clear()

    def Help_Set(self, text: str, temporary: bool) -> None:
        self._reaper.help.append(text)
        self._reaper.help_line = text

    def OpenMediaExplorer(self, path: str, play: bool) -> Any:
        self._reaper.explored.append((path, play))
        return Window()

    def SetToggleCommandState(self, section: int, command: int, state: int) -> bool:
        if int(command) not in self._reaper.commands:
            return False
        self._reaper.toggles[int(command)] = int(state)
        return True

    def GetToggleCommandState(self, command: int) -> int:
        return self._reaper.toggles.get(int(command), -1)

    def GetToggleCommandStateEx(self, section: int, command: int) -> int:
        return self._reaper.toggles.get(int(command), -1)

    def RefreshToolbar(self, command: int) -> None:
        self._reaper.toolbar[int(command)] = self._reaper.toggles.get(int(command), -1)

    def RefreshToolbar2(self, section: int, command: int) -> None:
        self.RefreshToolbar(command)

    def PreventUIRefresh(self, count: int) -> None:
        self._reaper.refresh_prevented += int(count)

    def UpdateArrange(self) -> None:
        self._reaper.count("UpdateArrange")

    def UpdateTimeline(self) -> None:
        self._reaper.count("UpdateTimeline")

    def ColorToNative(self, red: int, green: int, blue: int) -> int:
        if self._reaper.os.startswith("Win"):
            return int(red) | int(green) << 8 | int(blue) << 16
        return int(blue) | int(green) << 8 | int(red) << 16

    def ColorFromNative(self, color: int) -> tuple[int, int, int]:
        low, middle, high = int(color) & 255, int(color) >> 8 & 255, int(color) >> 16 & 255
        return (low, middle, high) if self._reaper.os.startswith("Win") else (high, middle, low)

    def GetMainHwnd(self) -> Any:
        return Window()

    def GetMousePosition(self) -> tuple[int, int]:
        return 0, 0

    def ValidatePtr2(self, proj: Any, thing: Any, kind: str) -> bool:
        if kind not in OBJECTS:
            self._reaper.blame(f"ValidatePtr2: {kind} is not a documented type")
        known = getattr(thing, "pointer", "") + "*" == kind and not thing.gone
        if not known or kind in ("ReaProject*", "PCM_source*"):
            return known
        return self._owner(thing) is self._project(proj)

    def ValidatePtr(self, thing: Any, kind: str) -> bool:
        return self.ValidatePtr2(None, thing, kind)

    # The life of scripts

    def defer(self, function: Any) -> bool:
        self._script.queue.append(function)
        self._script.deferred = True
        return True

    def runloop(self, function: Any) -> bool:
        return self.defer(function)

    def atexit(self, function: Any) -> bool:
        self._script.at_exit.append(function)
        return True

    def set_action_options(self, flags: int) -> None:
        script = self._script
        script.options = (script.options & ~3) | (int(flags) & 3)
        if int(flags) & 12:
            self._reaper.toggles[script.command] = 1 if int(flags) & 4 else 0

    def get_action_context(self) -> tuple[Any, ...]:
        script = self._script
        known = script.command in self._reaper.commands
        return False, str(script.path), 0 if known else -1, script.command, -1, -1, -1, ""

    def Main_OnCommand(self, number: int, flag: int) -> None:
        self.Main_OnCommandEx(number, flag, None)

    def Main_OnCommandEx(self, number: int, flag: int, proj: Any) -> None:
        path: Path | None = self._reaper.commands.get(int(number))
        if path:
            self._reaper.start(path)
        else:
            self._reaper.actions.run(int(number), self._project(proj))


class Window:
    """A window's handle, of which scripts only look whether it is there."""

    pointer = "HWND"
    gone = False
