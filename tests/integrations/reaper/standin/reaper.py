"""REAPER itself: its tabs, its scripts, and what a test looks at."""

from __future__ import annotations

import inspect
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import gfx, imgui
from .actions import Actions
from .errors import ApiError
from .extras import Extras
from .files import ExtState, Files
from .imgui_context import Context
from .interface import Box, Interface
from .items import Items, Tracks
from .media import Media
from .project import Project
from .script import Script
from .signatures import BUILT_IN, SIGNATURES
from .sources import Source
from .tabs import Tabs
from .takes import Takes
from .window import Window

SINCE_7 = ("set_action_options", "GetNumRegionsOrMarkers", "GetRegionOrMarker", "GetTakeStretchMarkerSlope")
"""Calls that REAPER 6 does not have, of those modelled here."""
OF_SWS = ("NF_DeleteTakeFromItem",)
FRAME = 1 / 30
"""Seconds between ticks in `until`; REAPER has about 30 a second."""


class Misuse(AssertionError):
    """The scripts did what REAPER, or its user, would suffer from."""


class Reaper:
    """A running REAPER. Start another one with the same resources for a restart.

    Args:
        resources: REAPER's resource folder; scripts are in Scripts/takevoice.
        project: The tab in front; more are added by `open`.
        version: 7 (Lua 5.4) or 6 (Lua 5.3, older API).
        sockets: Whether `require "socket.core"` finds LuaSocket.
        os: What GetOS says: Other, Win64, OSX64, macOS-arm64.
        reaimgui: Version of ReaImGui, such as "0.10.0.2"; None: it is not installed.
        sws: Whether the SWS extension's few calls are there.
    """

    def __init__(
        self,
        resources: str | Path,
        project: Project,
        version: int = 7,
        sockets: bool = True,
        os: str = "Other",
        reaimgui: str | None = None,
        sws: bool = False,
    ):
        self.resources, self.version, self.sockets, self.os = Path(resources), version, sockets, os
        self.project = project
        self.projects = [project]
        self.exe_path = "/opt/REAPER"
        self.scripts: list[Script] = []
        self.script: Script | None = None
        """The script whose call is carried out."""
        self.absent: set[str] = set() if sws else set(OF_SWS)
        """Calls to be missing, as in an older REAPER."""
        # What the user saw
        self.boxes: list[Box] = []
        self.console: list[str] = []
        self.help: list[str] = []
        self.help_line = ""
        self.explored: list[tuple[str, bool]] = []
        self.toolbar: dict[int, int] = {}
        self.menus: list[str] = []
        # How the user answers
        self.yes = True
        self.answer: Callable[[str, str], int | None] = lambda title, text: None  # noqa: ARG005
        self.typed: Callable[[list[str], list[str]], list[str] | None] = lambda captions, values: values  # noqa: ARG005
        self.menu: Callable[[list[str]], str | int | None] = lambda fields: None  # noqa: ARG005
        """What the user picks of the fields of a gfx menu: a text, a number from 1, or nothing."""
        self.opens_tabs = True
        self.clock_ahead = 0.0
        """By how many seconds time_precise is ahead: tests need not wait."""
        self.modal_seconds = 0.0
        """How long the user looks at a box before answering it."""
        self.task_control: str = "cancel"
        """How the user answers "is already running": cancel, terminate or new."""
        # What was done
        self.misuse: list[str] = []
        self.script_errors: list[str] = []
        self.coroutine_calls: list[str] = []
        self.calls: dict[str, int] = {}
        self.executed: list[str] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.processes_fail = False
        self.open_accessors: list[Any] = []
        self.sources: list[Source] = []
        """Sources that scripts have made, or have taken out of a take."""
        self.refresh_prevented = 0
        self.commands: dict[int, Path] = {}
        self.toggles: dict[int, int] = {}
        self.gmem: dict[str, dict[int, float]] = {}
        self.gmem_name = ""
        self.ext_state = ExtState(self.resources / "reaper-extstate.ini")
        self.ext_state.read()
        self.actions = Actions(self)
        parts = [Items(self), Tracks(self), Takes(self), Media(self), Tabs(self), Files(self), Interface(self)]
        parts += [gfx.Gfx(self), Extras(self)]
        self._functions = {name: function for part in parts for name, function in _functions(part)}
        if reaimgui:
            self._functions |= imgui.ImGui(self, reaimgui).functions

    # The user

    def run(self, name: str) -> None:
        """Run one of takevoice's actions, as by a key: Scripts/takevoice/takevoice_NAME.lua."""
        self.start(self.resources / "Scripts" / "takevoice" / f"takevoice_{name}.lua")

    def action(self, number: int) -> None:
        """Run a native action by hand, such as 40362 (glue) or 1013 (record), in the tab in front."""
        self.actions.run(number, self.project)

    def start_up(self) -> None:
        """Run Scripts/__startup.lua, as REAPER does at its start."""
        path = self.resources / "Scripts" / "__startup.lua"
        if path.is_file():
            self.start(path)

    def start(self, path: str | Path) -> None:
        """Run a script of the list of actions."""
        path = Path(path)
        if self.version < 7 and self.script is None and any(each.path == path for each in self.scripts):
            self.tick()  # a script of REAPER 6 cannot keep it from asking; most users are slower than a frame
        if self.script is None and not self.scripts:
            for each in self.projects:
                if not each.undo.depth:
                    each.undo.rewrite()  # what a test has set up belongs to the state before
        if not self._may_start(path):
            return
        script = Script(self, path, self.command_of(path))
        caller, project = self.script, self.project
        script.start()
        self.script = caller
        if script.queue:
            self.scripts.append(script)
            return
        script.end()
        if not script.deferred:
            project.undo.add(f"Script: {path.name}")

    def _may_start(self, path: Path) -> bool:
        """Settle what becomes of instances that run; return whether another one starts."""
        for script in [each for each in self.scripts if each.path == path]:
            if script.options & 1:
                self._terminate(script)
                if not script.options & 2:
                    return False
                continue
            self.show_box("task control", "ReaScript task control", f"{path.name} is already running")
            if self.task_control == "cancel":
                return False
            if self.task_control == "terminate":
                self._terminate(script)
                return False
        return True

    def _terminate(self, script: Script) -> None:
        self.scripts.remove(script)
        script.end()

    def tick(self) -> None:
        """Let every script run what it deferred."""
        for script in list(self.scripts):
            if script in self.scripts:
                script.tick()
                if not script.queue and script in self.scripts:
                    self._terminate(script)

    def until(self, condition: Callable[[], Any], seconds: float = 20.0) -> bool:
        """Tick until a condition holds; return whether it did in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            self.tick()
            if condition():
                return True
            time.sleep(max(0.0, FRAME - (time.monotonic() - began)))
        return False

    def open(self, project: Project) -> Project:
        """Open a project in a tab of its own, in front."""
        self.projects.append(project)
        self.project = project
        return project

    def close(self, project: Project) -> bytes:
        """Save a project and close its tab; return what `reopen` takes. Another tab comes to the front."""
        saved = project.save()
        self.projects.remove(project)
        project.close()
        if self.project is project:
            self.project = self.projects[0] if self.projects else self.open(Project(project.media, ""))
        return saved

    def reopen(self, project: Project, saved: bytes) -> Project:
        """Open what was saved in a tab: another project pointer with the same file and media folder."""
        name = Path(project.file).name
        again = Project(project.media, name)
        again.load(saved)
        return self.open(again)

    def open_here(self, media: str | Path, saved: bytes | None = None, name: str = "") -> bytes:
        """Open another project (what was saved, or a new one) in the tab in front; return the one that was there.

        The tab's pointer stays the same: the documents do not say that it becomes another.
        """
        before = self.project.save()
        self.project.become(Path(media), name, saved)
        return before

    @property
    def leaked(self) -> list[Source]:
        """The sources that are in no project and were not destroyed."""
        return [each for each in self.sources if not each.owned and not each.gone]

    # The windows scripts draw

    @property
    def windows(self) -> list[Window]:
        """The gfx windows that are open."""
        return [each.window for each in self.scripts if each.window and each.window.open]

    @property
    def texts(self) -> list[str]:
        """All that can be read in windows, of gfx and of ReaImGui."""
        drawn = [text for window in self.windows for text in window.texts]
        return drawn + [text for context in self.imgui_contexts for text in context.texts]

    @property
    def imgui_contexts(self) -> list[Context]:
        """The contexts of ReaImGui that are alive."""
        return [context for script in self.scripts for context in script.contexts if not context.gone]

    def click(self, text: str, number: int = 0, buttons: int = 1) -> None:
        """Click at a text in a window: move there, press, let go, each for a tick."""
        holder = [context for context in self.imgui_contexts if context.has(text)]
        if holder:
            holder[0].press(text, number)
            self.tick()
            self.tick()
            return
        window = self._window_with(text)
        x, y = window.find(text, number).centre
        self.click_at(window, x, y, buttons)

    def enter(self, label: str, value: Any, number: int = 0) -> None:
        """Enter a value into a widget of ReaImGui: a text, a number, an entry of a combo."""
        next(each for each in self.imgui_contexts if each.has(label)).enter(label, value, number)
        self.tick()
        self.tick()

    def click_at(self, window: Window, x: float, y: float, buttons: int = 1) -> None:
        """Click at a place in a gfx window."""
        for pressed in (0, buttons, 0):
            window.mouse(x, y, pressed)
            self.tick()

    def wheel(self, window: Window, steps: int) -> None:
        """Turn the mouse's wheel; positive is up."""
        window.fields["mouse_wheel"] += 120.0 * steps
        self.tick()

    def key(self, *codes: int | str) -> None:
        """Press keys in the gfx window in front: codes of gfx.getchar, or text."""
        window = self.windows[-1]
        for code in codes:
            window.keys += [ord(each) for each in code] if isinstance(code, str) else [code]
        while window.keys and window.open:
            before = len(window.keys)
            self.tick()
            if len(window.keys) == before:
                raise AssertionError("the script reads no keys")

    def close_window(self, window: Window | None = None) -> None:
        """Close a gfx window (the one in front), as by its cross: gfx.getchar gives -1."""
        (window or self.windows[-1]).open = False
        self.tick()

    def _window_with(self, text: str) -> Window:
        for window in reversed(self.windows):
            if any(text in each for each in window.texts):
                return window
        raise LookupError(f"{text!r} is in no window: {self.texts}")

    def hover(self) -> None:
        """Move the mouse over something: REAPER's own text replaces what Help_Set showed."""
        self.help_line = "(what the mouse is over)"

    def quit(self) -> None:
        """End REAPER: scripts run what they left for their exit; processes they started may finish."""
        for script in list(self.scripts):
            self._terminate(script)
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()

    def check(self) -> None:
        """Raise what was done wrong so far, and errors scripts ended with."""
        if self.misuse or self.script_errors:
            raise Misuse("\n".join([*self.misuse, *self.script_errors]))

    # For the parts

    def exists(self, name: str) -> bool:
        """Return whether `reaper.NAME` is there: also calls that are not modelled, which fail when used."""
        if name in self.absent or (self.version < 7 and name in SINCE_7):
            return False
        return name in self._functions or name in SIGNATURES or name in BUILT_IN

    def carry_out(self, script: Script, name: str, arguments: tuple[Any, ...]) -> Any:
        """Carry out a call of a script."""
        function = self._functions.get(name)
        if function is None:
            self.blame(f"{name} is not modelled by the stand-in")
            raise ApiError(f"{name} is not modelled by the stand-in")
        self.count(name)
        before, self.script = self.script, script
        try:
            if name.startswith("gfx."):
                _check_arguments(name, function, arguments)
            return function(*arguments)
        except ApiError as error:
            self.blame(str(error))
            raise
        finally:
            self.script = before

    def count(self, name: str) -> None:
        """Count a call."""
        self.calls[name] = self.calls.get(name, 0) + 1

    def blame(self, what: str) -> None:
        """Note something a script must not do."""
        if what not in self.misuse:
            self.misuse.append(what)

    def show_box(self, kind: str, title: str, text: str) -> None:
        """Note a modal box; while playing or recording it is misuse."""
        state = self.project.play_state
        self.boxes.append(Box.of(kind, title, text, state))
        if state & 5:
            self.blame(f"a box ({title}: {text}) while {'recording' if state & 4 else 'playing'}")
        if self.modal_seconds:
            time.sleep(self.modal_seconds)

    def after_code(self, script: Script) -> None:
        """Check what has to be balanced and covered whenever a script gives control back."""
        if self.script is not None:
            return  # started by another script, which is not through
        if self.refresh_prevented:
            self.blame(f"PreventUIRefresh is off by {self.refresh_prevented}")
        if script.window and script.window.unknown:
            self.blame(f"gfx has no fields {script.window.unknown}")
        for project in self.projects:
            if project.undo.depth:
                self.blame("Undo_BeginBlock2 without Undo_EndBlock2")
            elif script.deferred and project.undo.uncovered:
                self.blame(f"changed outside of an undo block: {', '.join(project.undo.uncovered)}")
                project.undo.uncovered.clear()

    def command_of(self, path: Path) -> int:
        """Return the number of a script's action; it is another one in every session."""
        known = {each: number for number, each in self.commands.items()}
        if path not in known:
            number = 53000 + len(self.commands) + (id(self) // 16) % 1000 * 3
            while number in self.commands:
                number += 1
            self.commands[number] = path
            return number
        return known[path]

    def window_of(self, script: Script) -> Window:
        """Return the gfx window of a script, open or not."""
        if script.window is None:
            script.window = Window()
        return script.window


def _check_arguments(name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Check the number of arguments of a call that is not in the listing of the API."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise ApiError(f"{name}: {error}") from error


def _functions(part: Any) -> list[tuple[str, Callable[..., Any]]]:
    prefix: str = getattr(part, "prefix", "")
    names = [name for name in dir(part) if not name.startswith("_") and name != "prefix"]
    return [(prefix + name.rstrip("_"), getattr(part, name)) for name in names if callable(getattr(part, name))]
