"""A script that runs: its Lua state, its queue of deferred functions, and what it hands to the API and back."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lupa import lua53, lua54

from .errors import ApiError
from .signatures import SIGNATURES, complaint
from .window import Window

if TYPE_CHECKING:
    from .reaper import Reaper

PRELUDE = Path(__file__).with_name("prelude.lua").read_text("latin-1")
NO_PROJECT_NEEDED = ("ValidatePtr", "ValidatePtr2")


class Script:
    """A running script. Strings cross over as bytes: Lua's are Python's `str` with surrogate escapes."""

    def __init__(self, reaper: Reaper, path: Path, command: int = -1):
        self.reaper = reaper
        self.path = path
        self.command = command
        self.queue: list[Any] = []
        self.at_exit: list[Any] = []
        self.options = 0
        self.deferred = False
        self.window: Window | None = None
        self.contexts: list[Any] = []
        self._pointers: list[Any] = []
        self._numbers: dict[int, int] = {}
        runtime = lua54 if reaper.version >= 7 else lua53
        self.lua = runtime.LuaRuntime(unpack_returned_tuples=True, register_eval=False, encoding="latin-1")
        self._error: type[Exception] = runtime.LuaError

    def start(self) -> None:
        """Run the script's file, as REAPER does for an action."""
        sockets = Udp if self.reaper.sockets else None
        prepare = self.lua.eval("function(text, ...) return load(text, '=reaper')(...) end")
        prepare(PRELUDE, self.call, self._exists, self._pointer, self._gfx_get, self._gfx_set, sockets)
        self.lua.globals().package.path = to_lua(f"{self.reaper.resources}/Scripts/?.lua;?.lua")
        self.lua.globals().package.cpath = to_lua(f"{self.reaper.resources}/UserPlugins/?.so")
        load = self.lua.eval("function(path) return assert(loadfile(path)) end")
        self._run(lambda: load(to_lua(str(self.path)))())
        self._end_frames()

    def tick(self) -> None:
        """Run the functions deferred since the last tick."""
        queue, self.queue = self.queue, []
        for function in queue:
            self._run(function)
        self._end_frames()

    def _end_frames(self) -> None:
        """End the frame of every context of ReaImGui."""
        for context in self.contexts:
            for problem in context.end_frame():
                self.reaper.blame(problem)

    def end(self) -> None:
        """Stop the script: what it deferred is dropped, what it left for its exit is run."""
        self.queue = []
        exits, self.at_exit = self.at_exit, []
        for function in exits:
            self._run(function)
        if self.window:
            self.window.open = False

    def _run(self, function: Callable[[], Any]) -> None:
        try:
            function()
        except self._error as error:
            # REAPER opens its error box and ends the script.
            self.reaper.script_errors.append(f"{self.path.name}: {error}")
            self.queue = []
        finally:
            self.reaper.after_code(self)

    # The API

    def _exists(self, name: str) -> bool:
        return self.reaper.exists(name)

    def _pointer(self, number: int) -> Any:
        """Return the object of a number, wrapped as Lua's userdata."""
        return self.lua_object(self._pointers[int(number)])

    def lua_object(self, thing: Any) -> Any:
        """Return an object that scripts can only pass on."""
        return Opaque(thing)

    def number_of(self, thing: Any) -> int:
        """Return the number of a pointer for this script."""
        if id(thing) not in self._numbers:
            self._numbers[id(thing)] = len(self._pointers)
            self._pointers.append(thing)
        return self._numbers[id(thing)]

    def call(self, name: str, in_coroutine: bool, *given: Any) -> tuple[Any, ...]:
        """Carry out a call and return its results as the prelude wants them."""
        arguments = tuple(from_lua(each) for each in given)
        if name == "__note":
            self.reaper.coroutine_calls.append(str(arguments[0]))
            return ("",)
        if in_coroutine:
            self.reaper.coroutine_calls.append(name)
        try:
            self._check(name, arguments)
            results = self.reaper.carry_out(self, name, arguments)
        except ApiError as error:
            return "!", to_lua(str(error))
        return self._packed(results)

    def _check(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name in SIGNATURES:
            problem = complaint(name, arguments)
            if problem:
                self.reaper.blame(problem)
                raise ApiError(problem)
        if name in NO_PROJECT_NEEDED:
            return
        for each in arguments:
            if getattr(each, "gone", False):
                problem = f"{name}: the pointer ({each.pointer}) is not valid any more"
                self.reaper.blame(problem)
                raise ApiError(problem)

    def _packed(self, results: Any) -> tuple[Any, ...]:
        values = results if isinstance(results, tuple) else (results,)
        mask, packed = "", []
        for value in values:
            is_pointer = hasattr(value, "pointer")
            mask += "p" if is_pointer else "-"
            packed.append(self.number_of(value) if is_pointer else to_lua(value))
        return (mask if "p" in mask else "", *packed)

    def _gfx_get(self, name: str) -> Any:
        return to_lua(self.reaper.window_of(self).get(name))

    def _gfx_set(self, name: str, value: Any) -> None:
        self.reaper.window_of(self).set(name, from_lua(value))


class Opaque:
    """A pointer as Lua holds it: userdata without fields."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any):
        self.thing = thing


class Udp:
    """The few calls of LuaSocket's UDP object."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def setpeername(self, host: str, port: Any) -> int:
        """Set where to send."""
        self._socket.connect((host, int(port)))
        return 1

    def send(self, data: str) -> int:
        """Send a packet."""
        return self._socket.send(data.encode("latin-1"))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def from_lua(value: Any) -> Any:
    """Return a value from Lua as the stand-in has it."""
    if isinstance(value, str):
        return value.encode("latin-1").decode("utf-8", "surrogateescape")
    return value.thing if isinstance(value, Opaque) else value


def to_lua(value: Any) -> Any:
    """Return a value of the stand-in as Lua has it."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value.decode("latin-1") if isinstance(value, bytes) else value
