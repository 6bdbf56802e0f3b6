# ruff: noqa: N802
"""Calls about takes: their values, effects, envelopes and markers."""

from __future__ import annotations

from typing import Any

from .items import extension
from .model import Effect, Envelope, Item, Take, Track
from .part import Part, nth, value_of
from .sources import MidiSource, Source

READ_ONLY = {"I_LASTY", "I_LASTH", "IP_SPECEDIT:CNT"}


class Takes(Part):
    """Takes."""

    def GetMediaItemTake_Item(self, take: Take) -> Item:
        return take.item

    def GetMediaItemTake_Track(self, take: Take) -> Track:
        return take.item.track

    def GetMediaItemTake_Source(self, take: Take) -> Source | None:
        return take.source

    def GetMediaItemTakeByGUID(self, proj: Any, guid: str) -> Take | None:
        takes = (take for item in self._project(proj).items for take in item.takes if not take.gap)
        return next((take for take in takes if take.guid == guid), None)

    def SetActiveTake(self, take: Take) -> None:
        self._changed(take, "SetActiveTake")
        take.item.active = take

    def GetTakeName(self, take: Take) -> str:
        return take.name

    def TakeIsMIDI(self, take: Take) -> bool:
        return isinstance(take.source, MidiSource)

    def GetMediaItemTakeInfo_Value(self, take: Take, name: str) -> Any:
        if name in ("P_ITEM", "P_TRACK", "P_SOURCE"):
            return {"P_ITEM": take.item, "P_TRACK": take.item.track, "P_SOURCE": take.source}[name]
        if name == "IP_TAKENUMBER":
            return float(take.item.takes.index(take))
        if name.startswith("IP_SPECEDIT") and self._reaper.version < 7:
            return 0.0  # as any name that it does not know
        return value_of(take.values, name, "GetMediaItemTakeInfo_Value")

    def SetMediaItemTakeInfo_Value(self, take: Take, name: str, value: float) -> bool:
        value_of(take.values, name, "SetMediaItemTakeInfo_Value")
        if name in READ_ONLY:
            return False
        self._changed(take, f"SetMediaItemTakeInfo_Value {name}")
        take.values[name] = float(value)
        return True

    def GetSetMediaItemTakeInfo_String(self, take: Take, name: str, text: str, write: bool) -> tuple[bool, str]:
        if write:
            self._changed(take, f"GetSetMediaItemTakeInfo_String {name}")
        if name == "P_NAME":
            take.name = text if write else take.name
            return True, take.name
        if name == "GUID":
            take.guid = text if write else take.guid
            return True, take.guid
        return extension(take.extension, name, text, write)

    def SetMediaItemTake_Source(self, take: Take, source: Source) -> bool:
        self._changed(take, "SetMediaItemTake_Source")
        if take.source is not None:
            take.source.owned = False  # the script's to destroy from now on
            self._reaper.sources.append(take.source)
        if any(each.source is take.source for each in take.item.takes if each is not take and each.source):
            assert take.source is not None
            take.source.owned = True
        take.source = source.copy() if source.owned else source
        take.source.owned = True
        return True

    # Markers

    def GetTakeNumStretchMarkers(self, take: Take) -> int:
        return len(take.stretch_markers)

    def GetTakeStretchMarker(self, take: Take, index: int) -> tuple[Any, ...]:
        found = nth(take.stretch_markers, index)
        return (int(index), *found) if found else (-1, 0.0, 0.0)

    def SetTakeStretchMarker(self, take: Take, index: int, position: float, source: float | None = None) -> int:
        self._changed(take, "SetTakeStretchMarker")
        marker = (position, position if source is None else source)
        if int(index) >= 0:
            take.stretch_markers.pop(int(index))
        take.stretch_markers.append(marker)
        take.stretch_markers.sort()
        return take.stretch_markers.index(marker)

    def DeleteTakeStretchMarkers(self, take: Take, index: int, count: int | None = None) -> int:
        self._changed(take, "DeleteTakeStretchMarkers")
        wanted = slice(int(index), int(index) + int(1 if count is None else count))
        deleted = len(take.stretch_markers[wanted])
        del take.stretch_markers[wanted]
        return deleted

    def GetTakeStretchMarkerSlope(self, take: Take, index: int) -> float:
        return 0.0

    def GetNumTakeMarkers(self, take: Take) -> int:
        return len(take.markers)

    def GetTakeMarker(self, take: Take, index: int) -> tuple[Any, ...]:
        return nth(take.markers, index) or (-1.0, "", 0)

    def SetTakeMarker(
        self, take: Take, index: int, name: str, position: float | None = None, color: int | None = None
    ) -> int:
        self._changed(take, "SetTakeMarker")
        old = nth(take.markers, index) or (0.0, "", 0)
        marker = (old[0] if position is None else position, name, old[2] if color is None else int(color))
        if int(index) >= 0:
            take.markers.pop(int(index))
        take.markers.append(marker)
        take.markers.sort()
        return take.markers.index(marker)

    def DeleteTakeMarker(self, take: Take, index: int) -> bool:
        self._changed(take, "DeleteTakeMarker")
        found = nth(take.markers, index)
        if found:
            take.markers.remove(found)
        return bool(found)

    # Envelopes

    def CountTakeEnvelopes(self, take: Take) -> int:
        return len(take.envelopes)

    def GetTakeEnvelope(self, take: Take, index: int) -> Envelope | None:
        return nth(take.envelopes, index)

    def GetTakeEnvelopeByName(self, take: Take, name: str) -> Envelope | None:
        return next((each for each in take.envelopes if each.name == name), None)

    def GetEnvelopeName(self, envelope: Envelope) -> tuple[bool, str]:
        return True, envelope.name

    def CountEnvelopePoints(self, envelope: Envelope) -> int:
        return len(envelope.points)

    def GetEnvelopePoint(self, envelope: Envelope, index: int) -> tuple[Any, ...]:
        found = nth(envelope.points, index)
        return (True, *found, 0, 0.0, False) if found else (False, 0.0, 0.0, 0, 0.0, False)

    def InsertEnvelopePoint(
        self,
        envelope: Envelope,
        time: float,
        value: float,
        shape: int,
        tension: float,
        selected: bool,
        unsorted: bool | None = None,
    ) -> bool:
        self._changed(envelope, "InsertEnvelopePoint")
        envelope.points.append((time, value))
        if not unsorted:
            envelope.points.sort()
        return True

    def Envelope_SortPoints(self, envelope: Envelope) -> bool:
        envelope.points.sort()
        return True

    def GetSetEnvelopeInfo_String(self, envelope: Envelope, name: str, text: str, write: bool) -> tuple[bool, str]:
        if name == "GUID":
            return True, envelope.guid
        if write:
            self._changed(envelope, f"GetSetEnvelopeInfo_String {name}")
            envelope.strings[name] = text
        return name in envelope.strings, envelope.strings.get(name, "")

    # Effects

    def TakeFX_GetCount(self, take: Take) -> int:
        return len(take.effects)

    def TakeFX_GetFXName(self, take: Take, index: int) -> tuple[bool, str]:
        found = nth(take.effects, index)
        return bool(found), found.name if found else ""

    def TakeFX_GetFXGUID(self, take: Take, index: int) -> str | None:
        found = nth(take.effects, index)
        return found.guid if found else None

    def TakeFX_GetEnabled(self, take: Take, index: int) -> bool:
        found = nth(take.effects, index)
        return bool(found and found.enabled)

    def TakeFX_SetEnabled(self, take: Take, index: int, on: bool) -> None:
        found = nth(take.effects, index)
        if found:
            self._changed(take, "TakeFX_SetEnabled")
            found.enabled = on

    def TakeFX_GetOffline(self, take: Take, index: int) -> bool:
        found = nth(take.effects, index)
        return bool(found and found.offline)

    def TakeFX_SetOffline(self, take: Take, index: int, on: bool) -> None:
        found = nth(take.effects, index)
        if found:
            self._changed(take, "TakeFX_SetOffline")
            found.offline = on

    def TakeFX_AddByName(self, take: Take, name: str, instantiate: int) -> int:
        names = [effect.name for effect in take.effects]
        if int(instantiate) == 0 or (int(instantiate) == 1 and name in names):
            return names.index(name) if name in names else -1
        self._changed(take, "TakeFX_AddByName")
        take.effects.append(Effect(name))
        return len(take.effects) - 1

    def TakeFX_Delete(self, take: Take, index: int) -> bool:
        found = nth(take.effects, index)
        if found:
            self._changed(take, "TakeFX_Delete")
            take.effects.remove(found)
        return bool(found)

    def TakeFX_CopyToTake(self, take: Take, index: int, to: Take, to_index: int, move: bool) -> None:
        found = nth(take.effects, index)
        if found is None:
            return
        self._changed(to, "TakeFX_CopyToTake")
        copy = Effect(found.name, found.gain, found.enabled, found.offline, dict(found.parameters))
        if move:
            take.effects.remove(found)
        place = int(to_index)
        to.effects.insert(place if 0 <= place <= len(to.effects) else len(to.effects), copy)
