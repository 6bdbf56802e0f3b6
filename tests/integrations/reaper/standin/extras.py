# ruff: noqa: N802
"""Smaller calls: envelopes as text, parameters of effects, times and tempo (always 120 beats a minute)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .model import Envelope, Item, Take, Track
from .part import Part, nth

SECONDS_OF_A_QUARTER = 0.5
CHUNKS = {"Volume": "VOLENV", "Pan": "PANENV", "Mute": "MUTEENV", "Pitch": "PITCHENV"}


class Extras(Part):
    """Calls that few scripts need."""

    def GetItemStateChunk(self, item: Item, text: str, undo: bool) -> tuple[bool, str]:
        """A few lines of the item's state: what tells takes and spectral edits apart."""
        rows = ["<ITEM", f"POSITION {item.position}", f"LENGTH {item.length}", f"IGUID {item.guid}"]
        for number, take in enumerate(item.takes):
            rows += ["TAKE NULL"] if take.gap else ["TAKE"] * (number > 0)
            if not take.gap:
                rows += [f'NAME "{take.name}"', f"GUID {take.guid}", "<SOURCE WAVE", f'FILE "{take.path}"', ">"]
                rows += ["SPECTRAL_EDIT 0.1 0.5 1 0 0 0 0 100 2000"] * int(take.values["IP_SPECEDIT:CNT"])
        return True, "\n".join([*rows, ">", ""])

    def GetEnvelopeStateChunk(self, envelope: Envelope, text: str, undo: bool) -> tuple[bool, str]:
        rows = [f"<{CHUNKS.get(envelope.name, 'ENV')}", f"EGUID {envelope.guid}"]
        rows += [f"ACT {envelope.strings['ACTIVE']} -1", f"VIS {envelope.strings['VISIBLE']} 1 1"]
        rows += [f"ARM {envelope.strings['ARM']}", "DEFSHAPE 0 -1 -1"]
        rows += [f"PT {time:.8f} {value:.8f} 0" for time, value in envelope.points]
        return True, "\n".join([*rows, ">", ""])

    def SetEnvelopeStateChunk(self, envelope: Envelope, text: str, undo: bool) -> bool:
        self._changed(envelope, "SetEnvelopeStateChunk")
        rows = [line.split() for line in text.splitlines()]
        envelope.points = [(float(row[1]), float(row[2])) for row in rows if row and row[0] == "PT"]
        names = {"ACT": "ACTIVE", "VIS": "VISIBLE", "ARM": "ARM"}
        envelope.strings |= {names[row[0]]: row[1] for row in rows if row and row[0] in names}
        return True

    def DeleteEnvelopePointRange(self, envelope: Envelope, start: float, end: float) -> bool:
        self._changed(envelope, "DeleteEnvelopePointRange")
        envelope.points = [point for point in envelope.points if not start <= point[0] < end]
        return True

    def Envelope_Evaluate(self, envelope: Envelope, time: float, rate: float, count: int) -> tuple[Any, ...]:
        times, values = zip(*(sorted(envelope.points) or [(0.0, 1.0)]), strict=True)
        return 1, float(np.interp(time, times, values)), 0.0, 0.0, 0.0

    def TakeFX_GetNumParams(self, take: Take, index: int) -> int:
        found = nth(take.effects, index)
        return max(found.parameters, default=-1) + 1 if found else 0

    def TakeFX_GetParam(self, take: Take, index: int, number: int) -> tuple[float, float, float]:
        found = nth(take.effects, index)
        return (found.parameters.get(int(number), 0.0) if found else -1.0), 0.0, 1.0

    def TakeFX_SetParam(self, take: Take, index: int, number: int, value: float) -> bool:
        found = nth(take.effects, index)
        if found:
            self._changed(take, "TakeFX_SetParam")
            found.parameters[int(number)] = float(value)
        return bool(found)

    def TrackFX_GetCount(self, track: Track) -> int:
        return len(track.effects)

    def TrackFX_GetFXName(self, track: Track, index: int) -> tuple[bool, str]:
        found = nth(track.effects, index)
        return bool(found), found.name if found else ""

    def CountTrackEnvelopes(self, track: Track) -> int:
        return 0

    def GetParentTrack(self, track: Track) -> Track | None:
        parents: list[Track] = []
        for each in self._owner(track).tracks:
            if each is track:
                return parents[-1] if parents else None
            depth = int(each.values["I_FOLDERDEPTH"])
            if depth > 0:
                parents.append(each)
            else:
                del parents[len(parents) + depth :]
        return None

    def format_timestr(self, time: float, text: str) -> str:
        sign, seconds = ("-" if time < 0 else ""), abs(time)
        hours, rest = divmod(seconds, 3600)
        minutes, rest = divmod(rest, 60)
        return f"{sign}{int(hours)}:{int(minutes):02}:{rest:06.3f}" if hours else f"{sign}{int(minutes)}:{rest:06.3f}"

    def format_timestr_pos(self, time: float, text: str, mode: int) -> str:
        return self.format_timestr(time + self._reaper.project.offset, text)

    def TimeMap_QNToTime(self, quarters: float) -> float:
        return quarters * SECONDS_OF_A_QUARTER

    def TimeMap2_QNToTime(self, proj: Any, quarters: float) -> float:
        return quarters * SECONDS_OF_A_QUARTER

    def TimeMap_timeToQN(self, time: float) -> float:
        return time / SECONDS_OF_A_QUARTER

    def TimeMap2_timeToQN(self, proj: Any, time: float) -> float:
        return time / SECONDS_OF_A_QUARTER

    def Audio_IsRunning(self) -> int:
        return 1
