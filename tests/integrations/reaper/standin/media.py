# ruff: noqa: N802
"""Calls about sources and audio accessors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .audio import read_take
from .errors import ApiError
from .model import Take
from .part import Part
from .sources import FileSource, MidiSource, SectionSource, Source


def peaks_of(path: str | Path) -> str:
    """Return where REAPER keeps the peaks of a file, without a folder for them in its preferences."""
    return f"{path}.reapeaks"


@dataclass(eq=False)
class Accessor:
    """An audio accessor of a take."""

    pointer = "AudioAccessor"
    take: Take
    gone: bool = False


class Media(Part):
    """Sources and accessors; `open_accessors` are those no script has destroyed yet."""

    def PCM_Source_CreateFromFile(self, path: str) -> Source | None:
        if not Path(path).is_file():
            return None
        if Path(path).suffix.lower() in (".mid", ".midi"):
            return MidiSource()
        source = FileSource(path)
        self._reaper.sources.append(source)
        return source

    def PCM_Source_CreateFromFileEx(self, path: str, no_midi: bool) -> Source | None:
        return self.PCM_Source_CreateFromFile(path)

    def PCM_Source_Destroy(self, source: Source) -> None:
        if source.owned:
            raise ApiError("PCM_Source_Destroy: the source is in a project")
        source.gone = True

    def PCM_Source_GetSectionInfo(self, source: Source) -> tuple[bool, float, float, bool]:
        if isinstance(source, SectionSource):
            return True, source.offset, source.length, source.reverse
        return False, 0.0, 0.0, False

    def GetPeakFileName(self, path: str) -> str:
        return peaks_of(path)

    def PCM_Source_BuildPeaks(self, source: Source, mode: int) -> int:
        self._reaper.count("PCM_Source_BuildPeaks")
        return 0

    def GetMediaSourceFileName(self, source: Source) -> str:
        return source.path

    def GetMediaSourceLength(self, source: Source) -> tuple[float, bool]:
        return source.length, isinstance(source, MidiSource)

    def GetMediaSourceNumChannels(self, source: Source) -> int:
        return source.channels

    def GetMediaSourceSampleRate(self, source: Source) -> int:
        return source.rate

    def GetMediaSourceParent(self, source: Source) -> Source | None:
        return source.parent

    def GetMediaSourceType(self, source: Source) -> str:
        return source.kind

    def CreateTakeAudioAccessor(self, take: Take) -> Accessor | None:
        if take.source is None:
            return None
        accessor = Accessor(take)
        self._reaper.open_accessors.append(accessor)
        return accessor

    def DestroyAudioAccessor(self, accessor: Accessor) -> None:
        accessor.gone = True
        self._reaper.open_accessors.remove(accessor)

    def AudioAccessorStateChanged(self, accessor: Accessor) -> bool:
        return accessor.take.gone

    def AudioAccessorValidateState(self, accessor: Accessor) -> bool:
        return accessor.take.gone

    def AudioAccessorUpdate(self, accessor: Accessor) -> None:
        pass

    def GetAudioAccessorStartTime(self, accessor: Accessor) -> float:
        return 0.0

    def GetAudioAccessorEndTime(self, accessor: Accessor) -> float:
        return accessor.take.item.length

    def GetAudioAccessorSamples(
        self, accessor: Accessor, rate: int, channels: int, start: float, count: int, _buffer: Any
    ) -> tuple[int, bytes]:
        """Return samples for the buffer; the prelude refuses it in coroutines and fills the buffer."""
        if accessor.take.gone:
            return -1, b""
        sound = read_take(accessor.take, start, int(count), int(rate))
        wide = np.zeros((int(count), int(channels)))
        used = min(sound.shape[1], int(channels))
        wide[:, :used] = sound[:, :used]
        if sound.shape[1] == 1:
            wide[:, 1:2] = sound
        return 1, wide.astype("<f8").tobytes()
