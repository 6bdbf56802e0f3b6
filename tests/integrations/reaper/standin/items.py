# ruff: noqa: N802
"""Calls about items and tracks."""

from __future__ import annotations

from typing import Any

from .errors import ApiError
from .model import ITEM_VALUES, Item, Take, Track, forget
from .part import Part, nth, value_of
from .project import Project, remove_item, remove_take, split_item
from .razor import read_razor, read_razor_ext, write_razor, write_razor_ext

SINCE_7 = {"I_FIXEDLANE", "C_LANEPLAYS", "B_FIXEDLANE_HIDDEN"}
READ_ONLY = {"C_LANEPLAYS", "I_LASTY", "I_LASTH", "B_FIXEDLANE_HIDDEN"}


class Items(Part):
    """Items."""

    def CountMediaItems(self, proj: Any) -> int:
        return len(self._project(proj).items)

    def GetMediaItem(self, proj: Any, index: int) -> Item | None:
        return nth(self._project(proj).items, index)

    def CountSelectedMediaItems(self, proj: Any) -> int:
        return len(self._selected(proj))

    def GetSelectedMediaItem(self, proj: Any, index: int) -> Item | None:
        return nth(self._selected(proj), index)

    def _selected(self, proj: Any) -> list[Item]:
        return [item for item in self._project(proj).items if item.selected]

    def SetMediaItemSelected(self, item: Item, on: bool) -> None:
        item.selected = on

    def IsMediaItemSelected(self, item: Item) -> bool:
        return item.selected

    def SelectAllMediaItems(self, proj: Any, on: bool) -> None:
        for item in self._project(proj).items:
            item.selected = on

    def CountTrackMediaItems(self, track: Track) -> int:
        return len(track.items)

    def GetTrackNumMediaItems(self, track: Track) -> int:
        return len(track.items)

    def GetTrackMediaItem(self, track: Track, index: int) -> Item | None:
        return nth(track.items, index)

    def GetMediaItem_Track(self, item: Item) -> Track:
        return item.track

    def GetMediaItemTrack(self, item: Item) -> Track:
        return item.track

    def GetItemProjectContext(self, item: Item) -> Project:
        return self._owner(item)

    def AddMediaItemToTrack(self, track: Track) -> Item:
        self._changed(track, "AddMediaItemToTrack")
        item = Item(track)
        track.items.append(item)
        track.sort()
        return item

    def DeleteTrackMediaItem(self, track: Track, item: Item) -> bool:
        if item.track is not track:
            return False
        self._changed(track, "DeleteTrackMediaItem")
        remove_item(item)
        return True

    def SplitMediaItem(self, item: Item, position: float) -> Item | None:
        self._changed(item, "SplitMediaItem")
        return split_item(item, position)

    def MoveMediaItemToTrack(self, item: Item, track: Track) -> bool:
        self._changed(item, "MoveMediaItemToTrack")
        item.track.items.remove(item)
        item.track = track
        track.items.append(item)
        track.sort()
        return True

    def GetMediaItemInfo_Value(self, item: Item, name: str) -> Any:
        if name == "P_TRACK":
            return item.track
        if name == "I_CURTAKE":
            return float(item.current)
        if name == "IP_ITEMNUMBER":
            return float(item.track.items.index(item))
        if name in SINCE_7 and self._reaper.version < 7:
            return 0.0
        return value_of(item.values, name, "GetMediaItemInfo_Value")

    def SetMediaItemInfo_Value(self, item: Item, name: str, value: float) -> bool:
        if name in READ_ONLY:
            return False
        if name == "I_CURTAKE":
            item.current = int(value)
        elif name not in ITEM_VALUES:
            raise ApiError(f"SetMediaItemInfo_Value: the stand-in knows no {name}")
        item.values[name] = float(value)
        if name != "B_UISEL":
            self._changed(item, f"SetMediaItemInfo_Value {name}")
        item.track.sort()
        return True

    def SetMediaItemPosition(self, item: Item, position: float, refresh: bool) -> bool:
        return self.SetMediaItemInfo_Value(item, "D_POSITION", position)

    def SetMediaItemLength(self, item: Item, length: float, refresh: bool) -> bool:
        return self.SetMediaItemInfo_Value(item, "D_LENGTH", length)

    def GetSetMediaItemInfo_String(self, item: Item, name: str, text: str, write: bool) -> tuple[bool, str]:
        if write:
            self._changed(item, f"GetSetMediaItemInfo_String {name}")
        if name == "GUID":
            item.guid = text if write else item.guid
            return True, item.guid
        if name == "P_NOTES":
            item.notes = text if write else item.notes
            return True, item.notes
        return extension(item.extension, name, text, write)

    def UpdateItemInProject(self, item: Item) -> None:
        self._reaper.count("UpdateItemInProject")

    def CountTakes(self, item: Item) -> int:
        return len(item.takes)

    def GetMediaItemNumTakes(self, item: Item) -> int:
        return len(item.takes)

    def GetTake(self, item: Item, index: int) -> Take | None:
        return _pointer(nth(item.takes, index))

    def GetMediaItemTake(self, item: Item, index: int) -> Take | None:
        return _pointer(item.active if int(index) == -1 else nth(item.takes, index))

    def GetActiveTake(self, item: Item) -> Take | None:
        return _pointer(item.active)

    def AddTakeToMediaItem(self, item: Item) -> Take:
        self._changed(item, "AddTakeToMediaItem")
        take = Take(item)
        item.takes.append(take)
        return take

    def NF_DeleteTakeFromItem(self, item: Item, index: int) -> bool:
        take = nth(item.takes, index)
        if take is None:
            return False
        self._changed(item, "NF_DeleteTakeFromItem")
        remove_take(take)
        return True


class Tracks(Part):
    """Tracks."""

    def CountTracks(self, proj: Any) -> int:
        return len(self._project(proj).tracks)

    def GetNumTracks(self) -> int:
        return len(self._reaper.project.tracks)

    def GetTrack(self, proj: Any, index: int) -> Track | None:
        return nth(self._project(proj).tracks, index)

    def CountSelectedTracks(self, proj: Any) -> int:
        return len(self._selected(proj))

    def GetSelectedTrack(self, proj: Any, index: int) -> Track | None:
        return nth(self._selected(proj), index)

    def CountSelectedTracks2(self, proj: Any, master: bool) -> int:
        return len(self._selected(proj))

    def GetSelectedTrack2(self, proj: Any, index: int, master: bool) -> Track | None:
        return nth(self._selected(proj), index)

    def _selected(self, proj: Any) -> list[Track]:
        return [track for track in self._project(proj).tracks if track.selected]

    def SetTrackSelected(self, track: Track, on: bool) -> None:
        track.selected = on

    def SetOnlyTrackSelected(self, track: Track) -> None:
        for each in self._owner(track).tracks:
            each.selected = each is track

    def IsTrackSelected(self, track: Track) -> bool:
        return track.selected

    def GetTrackGUID(self, track: Track) -> str:
        return track.guid

    def GetTrackName(self, track: Track) -> tuple[bool, str]:
        number = self._owner(track).tracks.index(track) + 1
        return True, track.name or f"Track {number}"

    def GetMediaTrackInfo_Value(self, track: Track, name: str) -> float:
        if name == "IP_TRACKNUMBER":
            return float(self._owner(track).tracks.index(track) + 1)
        return value_of(track.values, name, "GetMediaTrackInfo_Value")

    def SetMediaTrackInfo_Value(self, track: Track, name: str, value: float) -> bool:
        value_of(track.values, name, "SetMediaTrackInfo_Value")
        track.values[name] = float(value)
        if name != "I_SELECTED":
            self._changed(track, f"SetMediaTrackInfo_Value {name}")
        return True

    def GetSetMediaTrackInfo_String(self, track: Track, name: str, text: str, write: bool) -> tuple[bool, str]:
        if write:
            self._changed(track, f"GetSetMediaTrackInfo_String {name}")
        if name == "P_NAME":
            track.name = text if write else track.name
            return True, track.name
        if name == "GUID":
            track.guid = text if write else track.guid
            return True, track.guid
        if name == "P_RAZOREDITS":
            track.razor = read_razor(text) if write else track.razor
            return True, write_razor(track.razor)
        if name == "P_RAZOREDITS_EXT":
            track.razor = read_razor_ext(text) if write else track.razor
            return True, write_razor_ext(track.razor)
        if name.startswith("P_LANENAME:") and not (self._reaper.version >= 7 and track.values["I_FREEMODE"] == 2):
            return False, ""
        return extension(track.strings, name, text, write)

    def InsertTrackAtIndex(self, index: int, defaults: bool) -> None:
        project = self._changed(self._reaper.project, "InsertTrackAtIndex")
        project.tracks.insert(int(index), Track(project.state))

    def InsertTrackInProject(self, proj: Any, index: int, flags: int) -> None:
        project = self._changed(self._project(proj), "InsertTrackInProject")
        project.tracks.insert(int(index), Track(project.state))

    def DeleteTrack(self, track: Track) -> None:
        project = self._changed(track, "DeleteTrack")
        project.tracks.remove(track)
        forget(track)

    def GetTrackColor(self, track: Track) -> int:
        return int(track.values["I_CUSTOMCOLOR"])

    def SetTrackColor(self, track: Track, color: int) -> None:
        self._changed(track, "SetTrackColor")
        track.values["I_CUSTOMCOLOR"] = float(int(color) | 0x1000000)

    def TrackList_AdjustWindows(self, minor: bool) -> None:
        self._reaper.count("TrackList_AdjustWindows")


def _pointer(take: Take | None) -> Take | None:
    """Return a take as the API gives it: nil for an empty one."""
    return None if take is None or take.gap else take


def extension(values: dict[str, str], name: str, text: str, write: bool) -> tuple[bool, str]:
    """Read or write P_EXT and other plain texts; an empty P_EXT is none at all."""
    if not name.startswith("P_"):
        raise ApiError(f"the stand-in knows no text attribute {name}")
    if write and (text or not name.startswith("P_EXT:")):
        values[name] = text
    elif write:
        values.pop(name, None)
    return (True, text) if write else (name in values, values.get(name, ""))
