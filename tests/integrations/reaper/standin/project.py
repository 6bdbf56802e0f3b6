"""A project (a tab) and what the user does with it by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .history import History, abandon, freeze, thaw
from .model import Effect, Envelope, Item, Take, Track, forget, new_guid
from .sources import FileSource, MidiSource, SectionSource, Source

Thing = TypeVar("Thing", Item, Take, Track)


@dataclass(eq=False)
class Marker:
    """A marker, or a region if it has an end."""

    position: float
    name: str = ""
    end: float | None = None
    number: int = 0
    color: int = 0
    guid: str = field(default_factory=new_guid)


@dataclass(eq=False)
class State:
    """What undo brings back and a project file keeps."""

    tracks: list[Track] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)
    ext: dict[str, dict[str, str]] = field(default_factory=dict)
    time_selection: tuple[float, float] = (0.0, 0.0)
    loop: tuple[float, float] = (0.0, 0.0)


class Project:
    """A project. The switches below are for a test to set; their defaults are the strict or the usual ways.

    Args:
        media: The folder for recordings, made if it is not there.
        name: The file, without the folder; "" for one that was never saved.
    """

    pointer = "ReaProject"

    def __init__(self, media: str | Path, name: str = "Session.rpp"):
        self.media = Path(media)
        self.media.mkdir(parents=True, exist_ok=True)
        self.file = str(self.media.parent / name) if name else ""
        self.gone = False
        self.state = State()
        self.cursor = 0.0
        self.play_state = 0
        """As GetPlayStateEx: 1 playing, 2 paused, 4 recording."""
        self.rate = 48000
        self.offset = 0.0
        """The project's start time in seconds."""
        self.glue_format = ("wav", "PCM_24")
        """What "apply FX/glue" writes: suffix and libsndfile's subtype; wv and mp3 need ffmpeg."""
        self.render_takes_volume = False
        """Whether rendering to a new take includes the take's volume; the documents do not say."""
        self.renders_fail = False
        """Whether rendering takes makes none, as on a full disk or in a folder without rights."""
        self.undo_moves_cursor = False
        """A preference of the user's: whether undo brings the edit cursor back, too."""
        self.undo_restores_ext_state = True
        """Public scripts disagree (SWS #1743 against others): test both."""
        self.rendering = False
        self.rendered: list[Path] = []
        self.targets: list[Path] = []
        self.info: dict[str, float] = {}
        self.texts: dict[str, str] = {}
        self.dirty = False
        self.undo = History(self)

    # What tests look at

    @property
    def tracks(self) -> list[Track]:
        """The tracks of now."""
        return self.state.tracks

    @property
    def items(self) -> list[Item]:
        """All items, track by track."""
        return [item for track in self.state.tracks for item in track.items]

    @property
    def ext(self) -> dict[str, dict[str, str]]:
        """Project extension state: section, key, value."""
        return self.state.ext

    @property
    def history(self) -> list[str]:
        """The descriptions of the undo points, oldest first."""
        return self.undo.descriptions

    def now(self, thing: Thing) -> Thing:
        """Return the object that has a thing's id now (undo and redo put others in their places)."""
        things: list[Any] = [*self.tracks, *self.items]
        things += [take for item in self.items for take in item.takes]
        found: Thing = next(each for each in things if each.guid == thing.guid)
        return found

    def edited(self, description: str = "Edit") -> None:
        """Add an undo point for what a test has changed in items, takes and tracks by itself."""
        self.undo.add(description)

    # Building

    def track(self, name: str = "") -> Track:
        """Add a track; like everything a test builds, it is part of the undo point before it."""
        track = Track(self.state, name)
        self.tracks.append(track)
        self._built()
        return track

    def place(
        self,
        track: Track,
        source: str | Path | Source,
        position: float = 0.0,
        length: float | None = None,
        name: str | None = None,
        offset: float = 0.0,
    ) -> Item:
        """Put an item on a track, selected, named after its file unless a name is given."""
        if not isinstance(source, Source):
            source = FileSource(str(source))
        item = Item(track)
        item.values |= {"D_POSITION": position, "B_UISEL": 1.0}
        item.values["D_LENGTH"] = source.length - offset if length is None else length
        take = self.add_take(item, source, Path(source.root.path).name if name is None else name)
        take.values["D_STARTOFFS"] = offset
        track.items.append(item)
        track.sort()
        self._built()
        return item

    def place_empty(self, track: Track, position: float = 0.0, length: float = 1.0) -> Item:
        """Put an item without takes on a track."""
        item = Item(track)
        item.values |= {"D_POSITION": position, "D_LENGTH": length, "B_UISEL": 1.0}
        track.items.append(item)
        track.sort()
        self._built()
        return item

    def place_midi(self, track: Track, position: float = 0.0, length: float = 1.0) -> Item:
        """Put a MIDI item on a track."""
        return self.place(track, MidiSource(), position, length, "MIDI")

    def add_take(self, item: Item, source: str | Path | Source, name: str = "") -> Take:
        """Add a take to an item; the first one is active."""
        source = source if isinstance(source, Source) else FileSource(str(source))
        source.owned = True
        take = Take(item, source, name)
        item.takes.append(take)
        self._built()
        return take

    def add_empty_take(self, item: Item) -> Take:
        """Add an empty take to an item, as REAPER does where a pass of a loop recording has nothing."""
        item.takes.append(Take(item, gap=True))
        self._built()
        return item.takes[-1]

    def add_effect(self, take: Take, name: str = "VST: ReaEQ (Cockos)", gain: float = -0.5) -> Effect:
        """Add an effect to a take."""
        take.effects.append(Effect(name, gain))
        self._built()
        return take.effects[-1]

    def add_envelope(self, take: Take, points: Iterable[tuple[float, float]], name: str = "Volume") -> Envelope:
        """Add an envelope to a take."""
        take.envelopes.append(Envelope(name, list(points), take=take))
        self._built()
        return take.envelopes[-1]

    def section(self, take: Take, offset: float, length: float, reverse: bool = False) -> SectionSource:
        """Make a take's source a section of what it was."""
        assert take.source is not None
        take.source = SectionSource(parent=take.source, offset=offset, section_length=length, reverse=reverse)
        take.source.owned = True
        self._built()
        return take.source

    def region(self, start: float, end: float, name: str = "") -> Marker:
        """Add a region."""
        return self._add_marker(Marker(start, name, end))

    def marker(self, position: float, name: str = "") -> Marker:
        """Add a marker."""
        return self._add_marker(Marker(position, name))

    def place_glued(self, track: Track, path: Path, position: float, length: float) -> Item:
        """Put the item that gluing has made on a track; the action adds the undo point."""
        item = Item(track)
        item.values |= {"D_POSITION": position, "D_LENGTH": length, "B_UISEL": 1.0}
        item.takes.append(Take(item, FileSource(str(path), owned=True), path.name))
        track.items.append(item)
        track.sort()
        return item

    def _add_marker(self, marker: Marker) -> Marker:
        same = [each for each in self.state.markers if (each.end is None) == (marker.end is None)]
        marker.number = len(same) + 1
        self.state.markers.append(marker)
        self.state.markers.sort(key=lambda each: each.position)
        self._built()
        return marker

    def _built(self) -> None:
        """Take what a test has built into the newest undo point."""
        self.undo.rewrite()

    # The user's side: each is one undo point, as in REAPER

    def split(self, item: Item, at: float) -> Item | None:
        """Split an item at a time of the project; return the right part, which has new ids."""
        right = split_item(item, at)
        self.undo.add("Split items")
        return right

    def delete(self, *items: Item) -> None:
        """Delete items."""
        for item in items:
            remove_item(item)
        self.undo.add("Delete items" if len(items) > 1 else "Remove item")

    def delete_track(self, track: Track) -> None:
        """Delete a track."""
        self.tracks.remove(track)
        forget(track)
        self.undo.add("Remove tracks")

    def move(self, item: Item, position: float | None = None, track: Track | None = None) -> None:
        """Move an item in time, or to another track."""
        if position is not None:
            item.values["D_POSITION"] = position
        if track is not None:
            item.track.items.remove(item)
            item.track = track
            track.items.append(item)
        item.track.sort()
        self.undo.add("Move media items")

    def trim(self, item: Item, left: float = 0.0, right: float = 0.0) -> None:
        """Move the edges of an item by seconds; positive to the right."""
        for take in item.takes:
            take.values["D_STARTOFFS"] += left * take.values["D_PLAYRATE"]
        item.values["D_POSITION"] += left
        item.values["D_LENGTH"] += right - left
        self.undo.add("Edit media item edges")

    def duplicate(self, item: Item, position: float) -> Item:
        """Copy an item to another time."""
        copy = item.copy(item.track)
        copy.values["D_POSITION"] = position
        item.track.items.append(copy)
        item.track.sort()
        self.undo.add("Duplicate items")
        return copy

    def activate(self, take: Take) -> None:
        """Make a take the one that plays."""
        take.item.active = take
        self.undo.add("Set active take")

    def select(self, *items: Item) -> None:
        """Select these items and no others."""
        for item in self.items:
            item.selected = item in items
        self._built()

    def ctrl_z(self) -> str | None:
        """Undo; return what was undone, or None."""
        return self.undo.undo()

    def ctrl_y(self) -> str | None:
        """Redo; return what was done again, or None."""
        return self.undo.redo()

    # Saving and closing

    def save(self) -> bytes:
        """Return the project as its file keeps it."""
        self.dirty = False
        return freeze(self.state)

    def load(self, saved: bytes) -> None:
        """Become the project that was saved, with a history of its own; as `Reaper.reopen` does."""
        self.gone = False
        self.replace_state(thaw(saved))
        self.undo = History(self)

    def become(self, media: Path, name: str, saved: bytes | None) -> None:
        """Be another project in the same tab: what was saved, or an empty one."""
        self.media, self.file = media, str(media.parent / name) if name else ""
        self.media.mkdir(parents=True, exist_ok=True)
        self.rendered, self.targets = [], []
        self.replace_state(thaw(saved) if saved else State())
        self.undo = History(self)

    def close(self) -> None:
        """Make all pointers into the project invalid."""
        abandon(self.state)
        self.gone = True

    def replace_state(self, state: State) -> None:
        """Put another state in the place of this one; the pointers into the old one become invalid."""
        abandon(self.state)
        self.state = state


def split_item(item: Item, at: float) -> Item | None:
    """Split an item; None if the time is not inside of it."""
    if not item.position < at < item.end:
        return None
    right = item.copy(item.track)
    left_length = at - item.position
    for take in right.takes:
        later = left_length * take.values["D_PLAYRATE"]
        take.values["D_STARTOFFS"] += later
        take.stretch_markers = [(place - later, source - later) for place, source in take.stretch_markers]
    right.values |= {"D_POSITION": at, "D_LENGTH": item.length - left_length}
    item.values["D_LENGTH"] = left_length
    item.track.items.append(right)
    item.track.sort()
    return right


def remove_item(item: Item) -> None:
    """Take an item out of its track; its pointers become invalid."""
    item.track.items.remove(item)
    forget(item)


def remove_take(take: Take) -> None:
    """Take a take out of its item; the one before it becomes active, or the first."""
    item = take.item
    number = item.takes.index(take)
    item.takes.remove(take)
    if item.current >= number:
        item.current = max(0, item.current - 1)
    forget(take)
