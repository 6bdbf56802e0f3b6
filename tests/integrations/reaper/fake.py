"""A stand-in for REAPER: it runs the real scripts in a real Lua, and refuses every call that REAPER would refuse.

It knows the calls' names, numbers and types of arguments, handles that are gone, undo blocks and the queue of deferred
functions. What an action of REAPER really does to audio it can only imitate.
"""

# ruff: noqa: N802 -- the names are REAPER's

from __future__ import annotations

import shlex
import socket
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from integrations.modules import LUAS
from integrations.reaper.model import Item, Project, Source, Take, Track
from integrations.reaper.signatures import SIGNATURES, Misuse, checked

RENDER, DELETE_TAKE, BUILD_PEAKS = 41999, 40129, 40047
YES, NO = 6, 7
TICK = 0.005
"""Seconds between two ticks; REAPER takes about 0.03."""
OPTIONAL = {"set_action_options"}
"""Calls that older versions of REAPER do not have."""

FRAME = """
package.cpath, package.path = "", ""
local calls, refuse, sockets = ...
local arrays = {}
function arrays.new(size)
  local values = {}
  local array = {}
  function array.clear(value) for i = 1, size do values[i] = value or 0 end end
  function array.table(offset, count)
    assert(offset >= 1 and offset + count - 1 <= size, "beyond the array")
    return { table.unpack(values, offset, offset + count - 1) }
  end
  function array.fill(bytes, count)
    for i = 1, count do values[i] = string.unpack("<d", bytes, 8 * i - 7) end
  end
  array.clear()
  return array
end
if sockets then
  local function wrap(udp)
    return {
      setpeername = function(_, host, port) return udp.connect(host, port) end,
      send = function(_, data) return udp.send(data) end,
      close = function() return udp.close() end,
    }
  end
  package.preload["socket.core"] = function() return { udp = function() return wrap(sockets()) end } end
end
reaper = setmetatable({}, { __index = function(_, name)
  local call = calls(name)
  if name == "new_array" then return function(size) call(size) return arrays.new(size) end end
  if call ~= nil then rawset(reaper, name, call) end
  return call
end })
"""


class Accessor:
    """An audio accessor: open until it is destroyed."""

    def __init__(self, take: Take) -> None:
        self.samples, self.rate, self.dead = take.heard(), take.source.rate() if take.source else 0, False


HANDLES = {
    "ReaProject": Project,
    "MediaTrack": Track,
    "MediaItem": Item,
    "MediaItem_Take": Take,
    "PCM_source": Source,
    "AudioAccessor": Accessor,
}
CHANGES = (
    "AddTakeToMediaItem AddMediaItemToTrack SetMediaItemTake_Source SetMediaItemTakeInfo_Value "
    "SetMediaItemInfo_Value InsertTrackAtIndex"
).split()
"""What changes a project, and so belongs into an undo block."""


class Udp:
    """What LuaSocket's udp object does."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def connect(self, host: str, port: int) -> int:
        self._socket.connect((host, port))
        return 1

    def send(self, data: str) -> int:
        return self._socket.send(data.encode())

    def close(self) -> None:
        self._socket.close()


class Script:
    """One run of a script, in a Lua state of its own."""

    def __init__(self, reaper: Reaper, path: Path, lua: str) -> None:
        self.reaper, self.path, self.deferred, self.at_exit = reaper, path, [], []
        self.options = 0
        runtime = LUAS[lua].LuaRuntime(unpack_returned_tuples=True, register_eval=False)
        runtime.execute(FRAME, self._call, None, Udp if reaper.sockets else None)
        runtime.execute(f"assert(loadfile({str(path)!r}))()")

    def _call(self, name: str) -> Callable[..., Any] | None:
        if name in OPTIONAL and self.reaper.version < 7:
            return None
        call = getattr(self, name, None) or getattr(self.reaper, name, None)
        if call is None or name not in SIGNATURES:
            self.reaper.misuse.append(f"there is no reaper.{name}")
            raise Misuse(f"there is no reaper.{name}")
        return self.reaper.strict(call)

    def tick(self) -> None:
        queue, self.deferred = self.deferred, []
        for function in queue:
            function()

    def end(self) -> None:
        self.deferred = []
        for function in self.at_exit:
            function()

    # The calls that belong to a script.

    def defer(self, function: Any) -> bool:
        self.deferred.append(function)
        return True

    def atexit(self, function: Any) -> bool:
        self.at_exit.append(function)
        return True

    def get_action_context(self) -> tuple[Any, ...]:
        return True, str(self.path), 0, 0, 0, 0, 0, ""

    def set_action_options(self, flag: float) -> None:
        self.options, self.reaper.toggled = int(flag), bool(int(flag) & 4)

    def new_array(self, size: float) -> object:
        assert size <= 4_194_304
        return object()


class Reaper:
    """The program: `project` is in front, `scripts` are the ones that are still deferring."""

    def __init__(self, resources: Path, project: Project, *, lua: str = "5.4", sockets: bool = True) -> None:
        self.resources, self.project, self.lua, self.sockets = resources, project, lua, sockets
        self.version, self.os, self.toggled = 7, "Other", False
        self.scripts: list[Script] = []
        self.misuse: list[str] = []
        self.boxes: list[str] = []
        self.console: list[str] = []
        self.help: list[str] = []
        self.commands: dict[int, Path] = {}
        self.executed: list[str] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.state: dict[tuple[str, str], str] = {}
        self.accessors: list[Accessor] = []
        self.ticks: list[float] = []
        self.yes = True
        self.typed: Callable[[list[str], list[str]], list[str] | None] = lambda _captions, values: values
        self.rendering: Project | None = None
        self.hidden = 0
        self.runs_processes = True

    # What a test does.

    def run(self, name: str) -> None:
        """Starts an action from the action list."""
        self._start(self.resources / "Scripts" / "takevoice" / f"takevoice_{name}.lua")

    def tick(self) -> None:
        started = time.monotonic()
        for script in list(self.scripts):
            script.tick()
        self.ticks.append(time.monotonic() - started)
        self.scripts = [script for script in self.scripts if script.deferred]
        assert not self.misuse, self.misuse
        assert self.project.blocks == 0, "an undo block is open"
        assert self.hidden == 0, "PreventUIRefresh is out of balance"

    def until(self, what: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Lets the deferred scripts continue, as REAPER does, until `what` is true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tick()
            found = what()
            if found:
                return found
            time.sleep(TICK)
        raise AssertionError(
            f"waited {seconds} s in vain; REAPER showed {self.boxes + self.console + self.help}"
        )

    def quit(self) -> None:
        for script in self.scripts:
            script.end()
        for process in self.processes:
            process.wait(20)
        assert not self.misuse, self.misuse
        assert not [each for each in self.accessors if not each.dead], "an audio accessor was left open"

    def strict(self, call: Callable[..., Any]) -> Callable[..., Any]:
        checking = checked(call, HANDLES)

        def strictly(*args: Any) -> Any:
            try:
                if call.__name__ in CHANGES and not self.project.blocks:
                    raise Misuse(f"{call.__name__} outside of an undo block")
                return checking(*args)
            except Exception as error:
                self.misuse.append(f"{type(error).__name__}: {error}")
                raise

        return strictly

    def _start(self, path: Path) -> None:
        for running in [script for script in self.scripts if script.path == path]:
            options = running.options
            assert options & 1, f"REAPER would ask whether to end {path.name}"
            running.end()
            self.scripts.remove(running)
            if not options & 2:
                return
        script = Script(self, path, self.lua)
        assert not self.misuse, self.misuse
        if script.deferred:
            self.scripts.append(script)

    # REAPER's calls.

    def AddRemoveReaScript(self, add: bool, section: int, path: str, commit: bool) -> int:
        assert add
        if not Path(path).is_file():
            return 0
        number = 50_000 + sum(path.encode()) % 9_000
        self.commands[number] = Path(path)
        return number

    def Main_OnCommand(self, command: int, flag: int) -> None:
        if command in self.commands:
            self._start(self.commands[int(command)])
            return
        actions = {RENDER: self._render, DELETE_TAKE: self._delete_take, BUILD_PEAKS: self._build_peaks}
        actions[int(command)]()

    def _render(self) -> None:
        for item in [each for each in self.project.items() if each.selected]:
            assert item.active and item.active.source
            path = self.project.media / f"{item.active.name}-glued-{uuid.uuid4().hex[:6]}.wav"
            rate = item.active.source.rate()
            soundfile.write(str(path), item.active.rendered(), rate, "PCM_24")
            take = Take(item, Source(path))
            take.strings["P_NAME"] = path.stem
            item.takes.append(take)
            item.active = take

    def _delete_take(self) -> None:
        for item in [each for each in self.project.items() if each.selected]:
            assert item.active
            item.active.dead = True
            item.takes.remove(item.active)
            item.active = item.takes[0]

    def _build_peaks(self) -> None:
        for item in self.project.items():
            for take in item.takes:
                take.peaks = True

    def EnumProjects(self, index: int) -> tuple[Project | None, str]:
        return {-1: (self.project, ""), 0x40000000: (self.rendering, "")}[int(index)]

    def EnumProjExtState(
        self, project: Project, name: str, index: int
    ) -> tuple[bool, str | None, str | None]:
        pairs = list(project.data.items())
        return (True, *pairs[int(index)]) if index < len(pairs) else (False, None, None)

    def SetProjExtState(self, project: Project, name: str, key: str, value: str) -> int:
        assert name == "takevoice"
        assert not set(value) & set("\r\n\"'` ")
        project.data[key] = value
        if not value:
            del project.data[key]
        return len(value)

    def MarkProjectDirty(self, project: Project) -> None:
        pass

    def GetExtState(self, section: str, key: str) -> str:
        return self.state.get((section, key), "")

    def SetExtState(self, section: str, key: str, value: str, persist: bool) -> None:
        assert "\n" not in value
        self.state[section, key] = value

    def DeleteExtState(self, section: str, key: str, persist: bool) -> None:
        self.state.pop((section, key), None)

    def GetResourcePath(self) -> str:
        return str(self.resources)

    def GetProjectPathEx(self, project: Project) -> str:
        return str(project.media)

    def RecursiveCreateDirectory(self, path: str, ignored: int) -> int:
        Path(path).mkdir(parents=True, exist_ok=True)
        return 1

    def GetSetProjectInfo(self, project: Project, name: str, value: float, is_set: bool) -> float:
        assert not is_set
        return {"PROJECT_SRATE": 48_000.0}[name]

    def GetSetProjectInfo_String(
        self, project: Project, name: str, text: str, is_set: bool
    ) -> tuple[bool, str]:
        assert not is_set
        stats = "".join(f"FILE:{path};PEAK:-1.2;" for path in project.last_render)
        return True, {"RENDER_STATS": stats, "RENDER_TARGETS": ""}[name]

    def GetPlayStateEx(self, project: Project) -> int:
        return 5 if project.recording else 0

    def GetOS(self) -> str:
        return self.os

    def ExecProcess(self, line: str, timeout: int) -> str:
        assert timeout in (-1, -2), "REAPER would stand still"
        self.executed.append(line)
        if self.runs_processes:
            words = shlex.split(line)
            assert Path(words[0]).is_absolute(), "REAPER searches no PATH"
            self.processes.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, env={}))
        return ""

    def time_precise(self) -> float:
        return time.monotonic()

    def genGuid(self, text: str) -> str:
        return "{" + str(uuid.uuid4()).upper() + "}"

    def ColorToNative(self, red: int, green: int, blue: int) -> int:
        return int(blue) << 16 | int(green) << 8 | int(red)

    # Words.

    def ShowMessageBox(self, text: str, title: str, kind: int) -> int:
        self.boxes.append(text)
        return {0: 1, 4: YES if self.yes else NO}[int(kind)]

    def ShowConsoleMsg(self, text: str) -> None:
        self.console.append(text)

    def Help_Set(self, text: str, temporary: bool) -> None:
        self.help.append(text)

    def GetUserInputs(self, title: str, count: int, captions: str, values: str) -> tuple[bool, str]:
        names, (width, separator) = captions.split(",")[: int(count)], captions.split(",")[int(count) :]
        assert width.startswith("extrawidth=")
        assert separator == "separator=\n"
        assert count <= 16
        given = values.split("\n")
        assert len(given) == count
        answer = self.typed(names, given)
        return (False, "") if answer is None else (True, "\n".join(answer))

    # Undo and the screen.

    def Undo_BeginBlock2(self, project: Project) -> None:
        project.blocks += 1

    def Undo_EndBlock2(self, project: Project, text: str, flags: int) -> None:
        project.blocks -= 1
        if flags:
            project.undo.append(text)

    def PreventUIRefresh(self, count: int) -> None:
        self.hidden += int(count)

    def UpdateArrange(self) -> None:
        pass

    def UpdateItemInProject(self, item: Item) -> None:
        pass

    # Tracks.

    def CountTracks(self, project: Project) -> int:
        return len(project.tracks)

    def GetTrack(self, project: Project, index: int) -> Track | None:
        return _at(project.tracks, index)

    def CountSelectedTracks(self, project: Project) -> int:
        return sum(track.selected for track in project.tracks)

    def GetSelectedTrack(self, project: Project, index: int) -> Track | None:
        return _at([track for track in project.tracks if track.selected], index)

    def GetTrackGUID(self, track: Track) -> str:
        return track.guid

    def GetTrackName(self, track: Track) -> tuple[bool, str]:
        return True, track.strings["P_NAME"]

    def GetMediaTrackInfo_Value(self, track: Track, name: str) -> float:
        return {"IP_TRACKNUMBER": self.project.tracks.index(track) + 1.0}[name]

    def GetSetMediaTrackInfo_String(self, track: Track, name: str, text: str, new: bool) -> tuple[bool, str]:
        return _string(track.strings, name, text, new)

    def InsertTrackAtIndex(self, index: int, defaults: bool) -> None:
        self.project.tracks.insert(int(index), Track({"P_NAME": ""}))

    # Items.

    def CountMediaItems(self, project: Project) -> int:
        return len(project.items())

    def GetMediaItem(self, project: Project, index: int) -> Item | None:
        return _at(project.items(), index)

    def CountSelectedMediaItems(self, project: Project) -> int:
        return sum(item.selected for item in project.items())

    def GetSelectedMediaItem(self, project: Project, index: int) -> Item | None:
        return _at([item for item in project.items() if item.selected], index)

    def SetMediaItemSelected(self, item: Item, selected: bool) -> None:
        item.selected = selected

    def AddMediaItemToTrack(self, track: Track) -> Item:
        track.items.append(Item(track))
        return track.items[-1]

    def GetMediaItem_Track(self, item: Item) -> Track:
        return item.track

    def GetMediaItemInfo_Value(self, item: Item, name: str) -> float:
        return item.values[name]

    def SetMediaItemInfo_Value(self, item: Item, name: str, value: float) -> bool:
        assert name in item.values
        item.values[name] = float(value)
        return True

    def GetSetMediaItemInfo_String(self, item: Item, name: str, text: str, new: bool) -> tuple[bool, str]:
        return _string(item.strings, name, text, new)

    # Takes.

    def CountTakes(self, item: Item) -> int:
        return len(item.takes)

    def GetTake(self, item: Item, index: int) -> Take | None:
        return _at(item.takes, index)

    def GetActiveTake(self, item: Item) -> Take | None:
        return item.active

    def SetActiveTake(self, take: Take) -> None:
        take.item.active = take

    def AddTakeToMediaItem(self, item: Item) -> Take:
        item.takes.append(Take(item))
        return item.takes[-1]

    def GetMediaItemTakeByGUID(self, project: Project, guid: str) -> Take | None:
        takes = (take for item in project.items() for take in item.takes)
        return next((take for take in takes if take.strings["GUID"] == guid), None)

    def ValidatePtr2(self, project: Project, pointer: Any, kind: str) -> bool:
        assert kind.removesuffix("*") in HANDLES
        return isinstance(pointer, HANDLES[kind.removesuffix("*")]) and not getattr(pointer, "dead", False)

    def TakeIsMIDI(self, take: Take) -> bool:
        return take.midi

    def GetTakeName(self, take: Take) -> str:
        return take.name

    def TakeFX_GetCount(self, take: Take) -> int:
        return take.effects

    def CountTakeEnvelopes(self, take: Take) -> int:
        return take.envelopes

    def GetTakeNumStretchMarkers(self, take: Take) -> int:
        return take.stretch_markers

    def GetMediaItemTakeInfo_Value(self, take: Take, name: str) -> float:
        return take.values[name]

    def SetMediaItemTakeInfo_Value(self, take: Take, name: str, value: float) -> bool:
        assert name in take.values
        take.values[name] = float(value)
        return True

    def GetSetMediaItemTakeInfo_String(self, take: Take, name: str, text: str, new: bool) -> tuple[bool, str]:
        return _string(take.strings, name, text, new)

    # Sources and their audio.

    def GetMediaItemTake_Source(self, take: Take) -> Source | None:
        return take.source

    def SetMediaItemTake_Source(self, take: Take, source: Source) -> bool:
        take.source = source
        return True

    def PCM_Source_CreateFromFile(self, path: str) -> Source | None:
        return Source(Path(path)) if Path(path).is_file() else None

    def GetMediaSourceParent(self, source: Source) -> Source | None:
        return source.parent

    def GetMediaSourceFileName(self, source: Source) -> str:
        return str(source.path) if source.path else ""

    def GetMediaSourceLength(self, source: Source) -> tuple[float, bool]:
        return source.seconds(), False

    def GetMediaSourceNumChannels(self, source: Source) -> int:
        return source.channels()

    def GetMediaSourceSampleRate(self, source: Source) -> int:
        return source.rate()

    def CreateTakeAudioAccessor(self, take: Take) -> Accessor:
        self.accessors.append(Accessor(take))
        return self.accessors[-1]

    def DestroyAudioAccessor(self, accessor: Accessor) -> None:
        accessor.dead = True

    def GetAudioAccessorSamples(
        self, accessor: Accessor, rate: int, channels: int, start: float, count: int, array: Any
    ) -> int:
        assert rate == accessor.rate, "the fake does not resample"
        first = round(start * rate)
        block = accessor.samples[first : first + int(count)]
        assert block.shape[1] == channels
        array.fill(np.ascontiguousarray(block, "<f8").tobytes(), block.size)
        return 1


def _at(things: list[Any], index: float) -> Any:
    return things[int(index)] if 0 <= index < len(things) else None


def _string(strings: dict[str, str], name: str, text: str, new: bool) -> tuple[bool, str]:
    known = name in ("P_NAME", "GUID") or name.startswith("P_EXT:")
    assert known, f"there is no {name}"
    if new:
        strings[name] = text
    return name in strings, strings.get(name, "")
