# ruff: noqa: N802
"""Calls about projects: tabs, project state, markers, time selection, transport and undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .part import Part, as_flag
from .project import Marker, Project

ENUMERATED_BYTES = 4096
"""How much EnumProjExtState gives of a value, with its key; measured by others."""
RENDERING = 0x40000000


class Tabs(Part):
    """Projects."""

    def EnumProjects(self, index: int) -> tuple[Project | None, str]:
        if int(index) == -1:
            found: Project | None = self._reaper.project
        elif int(index) == RENDERING:
            found = next((each for each in self._reaper.projects if each.rendering), None)
        else:
            tabs = self._reaper.projects
            found = tabs[int(index)] if 0 <= int(index) < len(tabs) else None
        return found, found.file if found else ""

    def SelectProjectInstance(self, proj: Any) -> None:
        self._reaper.project = self._project(proj)

    def GetProjectName(self, proj: Any) -> str:
        return Path(self._project(proj).file).name

    def GetProjectPath(self) -> str:
        return str(self._reaper.project.media)

    def GetProjectPathEx(self, proj: Any) -> str:
        return str(self._project(proj).media)

    def GetProjectTimeOffset(self, proj: Any, whole_frames: bool) -> float:
        return self._project(proj).offset

    def GetProjectLength(self, proj: Any) -> float:
        return max((item.end for item in self._project(proj).items), default=0.0)

    def MarkProjectDirty(self, proj: Any) -> None:
        self._project(proj).dirty = True

    def IsProjectDirty(self, proj: Any) -> int:
        return as_flag(self._project(proj).dirty)

    def GetProjectStateChangeCount(self, proj: Any) -> int:
        return self._project(proj).undo.changes

    def GetSetProjectInfo(self, proj: Any, name: str, value: float, write: bool) -> float:
        project = self._project(proj)
        if name == "PROJECT_SRATE" and not write:
            return float(project.rate)
        if write:
            project.info[name] = float(value)
        return project.info.get(name, 0.0)

    def GetSetProjectInfo_String(self, proj: Any, name: str, text: str, write: bool) -> tuple[bool, str]:
        project = self._project(proj)
        if name == "RENDER_STATS":
            return bool(project.rendered), "".join(f"FILE:{path};PEAK:-1.5;" for path in project.rendered)
        if name == "RENDER_TARGETS":
            return bool(project.targets), ";".join(map(str, project.targets))
        if name == "PROJECT_NAME":
            return True, Path(project.file).name
        if name.startswith("MARKER_GUID:"):
            index = int(name.partition(":")[2])
            markers = project.state.markers
            return index < len(markers), markers[index].guid if index < len(markers) else ""
        if name == "APPLYFX_FORMAT" and name not in project.texts and not write:
            return True, {"wav": "evaw", "flac": "calf", "wv": "kpvw", "mp3": "l3pm"}[project.glue_format[0]]
        if write:
            project.texts[name] = text
        return name in project.texts, project.texts.get(name, "")

    # Project extension state

    def SetProjExtState(self, proj: Any, section: str, key: str, value: str) -> int:
        project = self._project(proj)
        values = project.ext.setdefault(section, {})
        if not key:
            values.clear()
        elif value:
            values[key] = value
        else:
            values.pop(key, None)
        project.dirty = True
        return sum(len(name) + len(text) for name, text in values.items())

    def GetProjExtState(self, proj: Any, section: str, key: str) -> tuple[int, str]:
        value = self._project(proj).ext.get(section, {}).get(key, "")
        return len(value.encode("utf-8", "surrogateescape")), value

    def EnumProjExtState(self, proj: Any, section: str, index: int) -> tuple[Any, ...]:
        rows = list(self._project(proj).ext.get(section, {}).items())
        if not 0 <= int(index) < len(rows):
            return False, None, None
        key, value = rows[int(index)]
        room = ENUMERATED_BYTES - len(key.encode()) - 2
        whole = value.encode("utf-8", "surrogateescape")
        return True, key, whole[:room].decode("utf-8", "surrogateescape")

    # Markers, time selection, cursor, transport

    def EnumProjectMarkers3(self, proj: Any, index: int) -> tuple[Any, ...]:
        markers = self._project(proj).state.markers
        if not 0 <= int(index) < len(markers):
            return 0, False, 0.0, 0.0, "", 0, 0
        each = markers[int(index)]
        end = 0.0 if each.end is None else each.end
        return int(index) + 1, each.end is not None, each.position, end, each.name, each.number, each.color

    def EnumProjectMarkers2(self, proj: Any, index: int) -> tuple[Any, ...]:
        return self.EnumProjectMarkers3(proj, index)[:-1]

    def EnumProjectMarkers(self, index: int) -> tuple[Any, ...]:
        return self.EnumProjectMarkers2(None, index)

    def CountProjectMarkers(self, proj: Any) -> tuple[int, int, int]:
        markers = self._project(proj).state.markers
        regions = sum(each.end is not None for each in markers)
        return len(markers), len(markers) - regions, regions

    def AddProjectMarker2(
        self, proj: Any, is_region: bool, position: float, end: float, name: str, number: int, color: int
    ) -> int:
        project = self._changed(self._project(proj), "AddProjectMarker2")
        marker = Marker(position, name, end if is_region else None, int(number), int(color))
        if marker.number < 0:
            marker.number = len(project.state.markers) + 1
        project.state.markers.append(marker)
        project.state.markers.sort(key=lambda each: each.position)
        return marker.number

    def AddProjectMarker(
        self, proj: Any, is_region: bool, position: float, end: float, name: str, number: int
    ) -> int:
        return self.AddProjectMarker2(proj, is_region, position, end, name, number, 0)

    def GetSet_LoopTimeRange2(
        self, proj: Any, write: bool, is_loop: bool, start: float, end: float, seek: bool
    ) -> tuple[float, float]:
        state = self._project(proj).state
        if write:
            if is_loop:
                state.loop = (start, end)
            else:
                state.time_selection = (start, end)
        return state.loop if is_loop else state.time_selection

    def GetSet_LoopTimeRange(
        self, write: bool, is_loop: bool, start: float, end: float, seek: bool
    ) -> tuple[float, float]:
        return self.GetSet_LoopTimeRange2(None, write, is_loop, start, end, seek)

    def GetCursorPosition(self) -> float:
        return self._reaper.project.cursor

    def GetCursorPositionEx(self, proj: Any) -> float:
        return self._project(proj).cursor

    def SetEditCurPos(self, time: float, move_view: bool, seek: bool) -> None:
        self._reaper.project.cursor = time

    def SetEditCurPos2(self, proj: Any, time: float, move_view: bool, seek: bool) -> None:
        self._project(proj).cursor = time

    def GetPlayState(self) -> int:
        return self._reaper.project.play_state

    def GetPlayStateEx(self, proj: Any) -> int:
        return self._project(proj).play_state

    def GetPlayPosition(self) -> float:
        return self._reaper.project.cursor

    def GetPlayPositionEx(self, proj: Any) -> float:
        return self._project(proj).cursor

    def OnPlayButton(self) -> None:
        self._reaper.project.play_state = 1

    def OnPlayButtonEx(self, proj: Any) -> None:
        self._project(proj).play_state = 1

    def OnStopButton(self) -> None:
        self._reaper.project.play_state = 0

    def OnStopButtonEx(self, proj: Any) -> None:
        self._project(proj).play_state = 0

    # Undo

    def Undo_BeginBlock2(self, proj: Any) -> None:
        self._project(proj).undo.begin()

    def Undo_BeginBlock(self) -> None:
        self._reaper.project.undo.begin()

    def Undo_EndBlock2(self, proj: Any, description: str, flags: int) -> None:
        project = self._project(proj)
        if project.undo.depth == 0:
            self._reaper.blame("Undo_EndBlock2 without Undo_BeginBlock2")
            return
        project.undo.end(description, int(flags))

    def Undo_EndBlock(self, description: str, flags: int) -> None:
        self.Undo_EndBlock2(None, description, flags)

    def Undo_OnStateChange2(self, proj: Any, description: str) -> None:
        self._project(proj).undo.native(description)

    def Undo_OnStateChange(self, description: str) -> None:
        self.Undo_OnStateChange2(None, description)

    def Undo_OnStateChangeEx2(self, proj: Any, description: str, which: int, track: int) -> None:
        self.Undo_OnStateChange2(proj, description)

    def Undo_OnStateChangeEx(self, description: str, which: int, track: int) -> None:
        self.Undo_OnStateChange2(None, description)

    def Undo_OnStateChange_Item(self, proj: Any, description: str, item: Any) -> None:
        self.Undo_OnStateChange2(proj, description)

    def Undo_CanUndo2(self, proj: Any) -> str | None:
        done = self._project(proj).undo.descriptions
        return done[-1] if done else None

    def Undo_CanRedo2(self, proj: Any) -> str | None:
        undone = self._project(proj).undo.undone
        return undone[0] if undone else None

    def Undo_DoUndo2(self, proj: Any) -> int:
        return as_flag(self._project(proj).ctrl_z() is not None)

    def Undo_DoRedo2(self, proj: Any) -> int:
        return as_flag(self._project(proj).ctrl_y() is not None)
