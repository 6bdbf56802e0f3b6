"""The things a project is made of: tracks, items, takes, envelopes and effects.

Every object is what a script sees as a pointer: `pointer` is its type, and `gone` tells that it was deleted, or that
undo, redo or closing the project has put another in its place. All of them can be pickled: that is how undo points and
saved projects are kept.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .sources import Source

if TYPE_CHECKING:
    from .project import State

ITEM_VALUES = dict.fromkeys(
    """B_MUTE B_MUTE_ACTUAL C_MUTE_SOLO B_ALLTAKESPLAY B_UISEL C_AUTOSTRETCH C_LOCK D_POSITION D_LENGTH
    D_SNAPOFFSET D_FADEINDIR D_FADEOUTDIR C_FADEINSHAPE C_FADEOUTSHAPE I_FADELPF I_GROUPID I_LASTY I_LASTH
    I_CUSTOMCOLOR F_FREEMODE_Y I_FIXEDLANE B_FIXEDLANE_HIDDEN""".split(),
    0.0,
) | {
    "B_LOOPSRC": 1.0,
    "C_BEATATTACHMODE": -1.0,
    "C_LANEPLAYS": 1.0,
    "D_VOL": 1.0,
    "D_FADEINLEN": 0.01,
    "D_FADEOUTLEN": 0.01,
    "D_FADEINLEN_AUTO": -1.0,
    "D_FADEOUTLEN_AUTO": -1.0,
    "F_FREEMODE_H": 1.0,
}
"""GetMediaItemInfo_Value of the listing, as a new item has them."""

TAKE_VALUES = dict.fromkeys("D_STARTOFFS D_PAN D_PITCH I_LASTY I_LASTH I_CHANMODE".split(), 0.0) | {
    "D_VOL": 1.0,
    "D_PANLAW": -1.0,
    "D_PLAYRATE": 1.0,
    "B_PPITCH": 1.0,
    "I_PITCHMODE": -1.0,
    "I_STRETCHFLAGS": 0.0,
    "F_STRETCHFADESIZE": 0.0025,
    "I_RECPASSID": 0.0,
    "I_TAKEFX_NCH": 2.0,
    "I_CUSTOMCOLOR": 0.0,
    "IP_SPECEDIT:CNT": 0.0,
}
"""GetMediaItemTakeInfo_Value of the listing, as a new take has them."""

TRACK_VALUES = dict.fromkeys(
    """B_MUTE B_PHASE I_SOLO B_SOLO_DEFEAT I_RECARM I_RECINPUT I_RECMODE I_RECMON I_AUTOMODE I_SELECTED I_FOLDERDEPTH
    I_FOLDERCOMPACT I_CUSTOMCOLOR I_HEIGHTOVERRIDE D_PAN I_FREEMODE C_LANESCOLLAPSED C_LANESETTINGS I_FREEZECOUNT
    I_PERFFLAGS C_ALLLANESPLAY""".split(),
    0.0,
) | {
    "I_FXEN": 1.0,
    "I_NCHAN": 2.0,
    "D_VOL": 1.0,
    "D_WIDTH": 1.0,
    "I_PANMODE": 3.0,
    "D_PANLAW": -1.0,
    "B_SHOWINMIXER": 1.0,
    "B_SHOWINTCP": 1.0,
    "B_MAINSEND": 1.0,
    "I_NUMFIXEDLANES": 1.0,
    "I_TCPH": 60.0,
    "I_TCPY": 0.0,
}
"""GetMediaTrackInfo_Value of the listing, as a new track has them."""


def new_guid() -> str:
    """Return an id as REAPER writes it."""
    return "{" + str(uuid.uuid4()).upper() + "}"


@dataclass(eq=False)
class Effect:
    """An effect in the chain of a take; it multiplies the sound by `gain`."""

    name: str = "VST: ReaEQ (Cockos)"
    gain: float = -0.5
    enabled: bool = True
    offline: bool = False
    parameters: dict[int, float] = field(default_factory=dict)
    guid: str = field(default_factory=new_guid)


@dataclass(eq=False)
class Envelope:
    """An envelope of a take or track: points (seconds in the item or project, value)."""

    pointer = "TrackEnvelope"
    name: str = "Volume"
    points: list[tuple[float, float]] = field(default_factory=list)
    strings: dict[str, str] = field(default_factory=lambda: {"ACTIVE": "1", "VISIBLE": "1", "ARM": "0"})
    guid: str = field(default_factory=new_guid)
    take: Take | None = None
    gone: bool = False


@dataclass(eq=False)
class Take:
    """A take of an item; without a source it has no sound yet."""

    pointer = "MediaItem_Take"
    item: Item
    source: Source | None = None
    name: str = ""
    values: dict[str, float] = field(default_factory=lambda: dict(TAKE_VALUES))
    extension: dict[str, str] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    stretch_markers: list[tuple[float, float]] = field(default_factory=list)
    """Position in the item and in the source, both in seconds as `SetTakeStretchMarker` has them."""
    markers: list[tuple[float, str, int]] = field(default_factory=list)
    guid: str = field(default_factory=new_guid)
    gone: bool = False
    gap: bool = False
    """An empty take, as loop recording leaves them: it counts, but the API has no pointer for it."""

    @property
    def active(self) -> bool:
        """Whether it is the take that plays."""
        return self.item.active is self

    @property
    def path(self) -> str:
        """The file the source reads, through sections; "" without one."""
        return self.source.root.path if self.source else ""

    def copy(self, item: Item) -> Take:
        """Return a take like this for an item, with an id of its own, as split and duplicate make them."""
        copies = [Effect(e.name, e.gain, e.enabled, e.offline, dict(e.parameters)) for e in self.effects]
        new = Take(item, self.source.copy() if self.source else None, self.name)
        new.values, new.extension, new.effects = dict(self.values), dict(self.extension), copies
        new.envelopes = [Envelope(e.name, list(e.points), dict(e.strings), take=new) for e in self.envelopes]
        new.stretch_markers, new.markers = list(self.stretch_markers), list(self.markers)
        new.gap = self.gap
        return new


@dataclass(eq=False)
class Item:
    """An item of a track."""

    pointer = "MediaItem"
    track: Track
    takes: list[Take] = field(default_factory=list)
    current: int = 0
    values: dict[str, float] = field(default_factory=lambda: dict(ITEM_VALUES))
    extension: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    guid: str = field(default_factory=new_guid)
    gone: bool = False

    @property
    def active(self) -> Take | None:
        """The take that plays; None for an empty item."""
        return self.takes[self.current] if 0 <= self.current < len(self.takes) else None

    @active.setter
    def active(self, take: Take) -> None:
        self.current = self.takes.index(take)

    @property
    def position(self) -> float:
        """Where it begins, in seconds of the project."""
        return self.values["D_POSITION"]

    @property
    def length(self) -> float:
        """How long it is, in seconds."""
        return self.values["D_LENGTH"]

    @property
    def end(self) -> float:
        """Where it ends, in seconds of the project."""
        return self.position + self.length

    @property
    def selected(self) -> bool:
        """Whether the user has selected it."""
        return bool(self.values["B_UISEL"])

    @selected.setter
    def selected(self, on: bool) -> None:
        self.values["B_UISEL"] = float(on)

    @property
    def locked(self) -> bool:
        """Whether it is locked."""
        return bool(int(self.values["C_LOCK"]) & 1)

    def copy(self, track: Track) -> Item:
        """Return an item like this for a track, with ids of its own."""
        new = Item(track, current=self.current, values=dict(self.values), extension=dict(self.extension))
        new.notes, new.takes = self.notes, [take.copy(new) for take in self.takes]
        return new


@dataclass(eq=False)
class Track:
    """A track."""

    pointer = "MediaTrack"
    state: State
    name: str = ""
    values: dict[str, float] = field(default_factory=lambda: dict(TRACK_VALUES))
    strings: dict[str, str] = field(default_factory=dict)
    """P_EXT:..., P_ICON and so on, by their names in the API."""
    razor: list[tuple[float, float, str, float | None, float | None]] = field(default_factory=list)
    """Razor edits: start, end, GUID of the envelope or "", top and bottom (0 to 1) or None."""
    items: list[Item] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    guid: str = field(default_factory=new_guid)
    gone: bool = False

    @property
    def selected(self) -> bool:
        """Whether the user has selected it."""
        return bool(self.values["I_SELECTED"])

    @selected.setter
    def selected(self, on: bool) -> None:
        self.values["I_SELECTED"] = float(on)

    def sort(self) -> None:
        """Put the items in order of their positions, as REAPER numbers them."""
        self.items.sort(key=lambda item: item.position)


def forget(thing: Any) -> None:
    """Make the pointers to a thing and to everything in it invalid."""
    thing.gone = True
    for name in ("items", "takes", "envelopes"):
        for each in getattr(thing, name, ()):
            forget(each)
    if isinstance(thing, Take) and thing.source is not None:
        for source in thing.source.chain:
            source.gone = True
