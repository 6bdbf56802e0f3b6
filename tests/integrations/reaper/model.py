"""What a project is made of, as far as the scripts touch it; and what REAPER makes of a take's audio."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile


def guid() -> str:
    return "{" + str(uuid.uuid4()).upper() + "}"


@dataclass(eq=False)
class Source:
    """A file, or a stretch of another source, maybe backwards."""

    path: Path | None
    parent: Source | None = None
    start: float = 0.0
    length: float = 0.0
    reverse: bool = False

    @property
    def root(self) -> Source:
        return self.parent.root if self.parent else self

    def samples(self) -> np.ndarray:
        if self.parent is None:
            return soundfile.read(str(self.path), always_2d=True)[0]
        rate = self.rate()
        whole = self.parent.samples()[round(self.start * rate) :][: round(self.length * rate)]
        return whole[::-1] if self.reverse else whole

    def rate(self) -> int:
        return int(soundfile.info(str(self.root.path)).samplerate)

    def channels(self) -> int:
        return int(soundfile.info(str(self.root.path)).channels)

    def seconds(self) -> float:
        try:
            return len(self.samples()) / self.rate()
        except soundfile.LibsndfileError:
            return 0.0


@dataclass(eq=False)
class Take:
    item: Item
    source: Source | None = None
    midi: bool = False
    effects: int = 0
    envelopes: int = 0
    stretch_markers: int = 0
    peaks: bool = False
    dead: bool = False
    strings: dict[str, str] = field(default_factory=lambda: {"P_NAME": "", "GUID": guid()})
    values: dict[str, float] = field(
        default_factory=lambda: {
            "D_STARTOFFS": 0.0,
            "D_VOL": 1.0,
            "D_PAN": 0.0,
            "D_PLAYRATE": 1.0,
            "D_PITCH": 0.0,
            "I_CHANMODE": 0.0,
            "I_CUSTOMCOLOR": 0.0,
        }
    )

    @property
    def name(self) -> str:
        return self.strings["P_NAME"]

    def heard(self) -> np.ndarray:
        """The item's length of it before effects, level and pan, at the source's rate."""
        assert self.source is not None
        source, values = self.source.samples(), self.values
        rate = self.source.rate()
        frames = round(self.item.values["D_LENGTH"] * rate)
        places = np.rint(values["D_STARTOFFS"] * rate + np.arange(frames) * values["D_PLAYRATE"]).astype(int)
        if self.item.values["B_LOOPSRC"]:
            return source[places % len(source)]
        inside = (places >= 0) & (places < len(source))
        return np.where(inside[:, None], source[np.clip(places, 0, len(source) - 1)], 0)

    def rendered(self) -> np.ndarray:
        """With its effects: each halves the level and turns it upside down."""
        return self.heard() * (-0.5) ** self.effects


@dataclass(eq=False)
class Item:
    track: Track
    takes: list[Take] = field(default_factory=list)
    active: Take | None = None
    selected: bool = False
    dead: bool = False
    strings: dict[str, str] = field(default_factory=lambda: {"GUID": guid()})
    values: dict[str, float] = field(
        default_factory=lambda: {"D_POSITION": 0.0, "D_LENGTH": 0.0, "B_LOOPSRC": 1.0}
    )


@dataclass(eq=False)
class Track:
    strings: dict[str, str]
    guid: str = field(default_factory=guid)
    selected: bool = False
    items: list[Item] = field(default_factory=list)


@dataclass(eq=False)
class Project:
    """A project's tracks, its own data, and what is in its undo history."""

    media: Path
    tracks: list[Track] = field(default_factory=list)
    data: dict[str, str] = field(default_factory=dict)
    undo: list[str] = field(default_factory=list)
    blocks: int = 0
    recording: bool = False
    last_render: list[Path] = field(default_factory=list)

    def items(self) -> list[Item]:
        return [item for track in self.tracks for item in track.items]

    def track(self, name: str) -> Track:
        found = Track({"P_NAME": name})
        self.tracks.append(found)
        return found

    def place(
        self, track: Track, path: Path, position: float = 0.0, length: float | None = None, name: str = ""
    ) -> Item:
        """A selected item with one take of a file."""
        source = Source(path)
        item = Item(track, selected=True)
        item.values |= {"D_POSITION": position, "D_LENGTH": source.seconds() if length is None else length}
        take = Take(item, source)
        take.strings["P_NAME"] = name or path.stem
        item.takes.append(take)
        item.active = take
        track.items.append(item)
        return item

    def delete(self, item: Item) -> None:
        item.track.items.remove(item)
        item.dead = True
        for take in item.takes:
            take.dead = True
