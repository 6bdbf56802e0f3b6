"""Native actions by number; names as REAPER's list of actions has them (read in public scripts that use them)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from .audio import render_take
from .media import peaks_of
from .model import Envelope, Item, Take, forget
from .project import Project, remove_item, remove_take, split_item
from .sources import FileSource, SectionSource

if TYPE_CHECKING:
    from .reaper import Reaper

FALLBACK_RATE = 48000
NEW_TAB = 41929
"""New project tab (ignore default template)."""


class Actions:
    """What `Main_OnCommandEx` carries out; `done` has the numbers in order."""

    def __init__(self, reaper: Reaper):
        self._reaper = reaper
        self.done: list[int] = []

    def run(self, number: int, project: Project) -> None:
        """Carry out an action; one that is not here is misuse, as numbers are easily mistyped."""
        self.done.append(number)
        if number == NEW_TAB:
            if self._reaper.opens_tabs:
                self._reaper.open(Project(self._reaper.resources / "Default media", ""))
            return
        known = KNOWN.get(number)
        if known is None:
            self._reaper.blame(f"Main_OnCommand: the stand-in knows no action {number}")
            return
        description, function, makes_a_point = known
        if number in RENDERING_ACTIONS and project.play_state & 4:
            self._reaper.blame(f"action {number} ({description}) while recording")
        if function(project) is not False and makes_a_point:
            project.undo.native(description)


def _selected(project: Project) -> list[Item]:
    return [item for item in project.items if item.selected]


def _unlocked(project: Project) -> list[Item]:
    return [item for item in _selected(project) if not item.locked]


def _render(project: Project) -> bool:
    """Render unlocked selected items, each to a new last take, which becomes active."""
    items = [item for item in _unlocked(project) if item.active and item.active.source]
    if project.renders_fail:
        return False
    for item in items:
        assert item.active is not None
        path = _free(project.media, f"{Path(item.active.name or 'untitled').stem} render")
        take = Take(item, rendered(project, item.active, path), path.name)
        Path(peaks_of(take.path)).touch()
        item.takes.append(take)
        item.active = take
    return bool(items)


def rendered(project: Project, take: Take, path: Path) -> FileSource:
    """Write a take's sound to a file in the project's glue format and return its source."""
    assert take.source is not None
    rate = take.source.root.rate or FALLBACK_RATE
    sound = render_take(take, rate, project.render_takes_volume)
    path = path.with_suffix("." + project.glue_format[0])
    source = FileSource(str(path), owned=True)
    if project.glue_format[0] in ("wv", "mp3"):
        plain = path.with_suffix(".plain.wav")
        soundfile.write(plain, sound, rate, "PCM_24")
        subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-i", plain, path], check=True)
        plain.unlink()
        source.told = (len(sound) / rate, rate, sound.shape[1])
    else:
        subtype = project.glue_format[1]
        soundfile.write(path, sound, rate, subtype if project.glue_format[0] == "wav" else None)
    return source


def _free(folder: Path, stem: str) -> Path:
    """Return a path nothing has, whatever the suffix."""
    stem = stem.replace("/", "_")
    number = 1
    while list(folder.glob(f"{_escaped(stem)} {number:03}.*")):
        number += 1
    return folder / f"{stem} {number:03}.wav"


def _escaped(text: str) -> str:
    return "".join(f"[{each}]" if each in "*?[" else each for each in text)


def _delete_active(project: Project) -> bool:
    for item in _unlocked(project):
        if item.active is None:
            continue
        if len(item.takes) == 1:
            remove_item(item)
        else:
            remove_take(item.active)
    return True


def _duplicate_active(project: Project) -> bool:
    for item in _unlocked(project):
        if item.active is not None:
            copy = item.active.copy(item)
            item.takes.insert(item.current + 1, copy)
            item.active = copy
    return True


def _crop(project: Project) -> bool:
    for item in _unlocked(project):
        for take in [take for take in item.takes if take is not item.active]:
            remove_take(take)
    return True


def _switch(step: int) -> Callable[[Project], bool]:
    def switch(project: Project) -> bool:
        for item in _unlocked(project):
            if item.takes:
                item.current = (item.current + step) % len(item.takes)
        return True

    return switch


def _remove(project: Project) -> bool:
    for item in _unlocked(project):
        remove_item(item)
    return True


def _select_all(on: bool) -> Callable[[Project], bool]:
    def select(project: Project) -> bool:
        for item in project.items:
            item.selected = on
        return True

    return select


def _select_in_time(project: Project) -> bool:
    start, end = project.state.time_selection
    for item in project.items:
        item.selected = item.position < end and item.end > start
    return True


def _unselect_tracks(project: Project) -> bool:
    for track in project.tracks:
        track.selected = False
    return True


def _select_on_tracks(project: Project) -> bool:
    for track in project.tracks:
        for item in track.items:
            item.selected = item.selected or track.selected
    return True


def _time_selection_to_items(project: Project) -> bool:
    items = _selected(project)
    if items:
        project.state.time_selection = (min(i.position for i in items), max(i.end for i in items))
    return True


def _no_time_selection(project: Project) -> bool:
    project.state.time_selection = (0.0, 0.0)
    return True


def _no_razor(project: Project) -> bool:
    for track in project.tracks:
        track.razor = []
    return True


def _split_at(places: Callable[[Project], list[float]]) -> Callable[[Project], bool]:
    def split(project: Project) -> bool:
        for place in places(project):
            for item in _unlocked(project):
                split_item(item, place)
        return True

    return split


def _split_razor(project: Project) -> bool:
    for track in project.tracks:
        for area in track.razor:
            for place in area[:2]:
                for item in list(track.items):
                    split_item(item, place)
    return True


def _set_item(name: str, value: float) -> Callable[[Project], bool]:
    def put(project: Project) -> bool:
        for item in _selected(project):
            item.values[name] = value
        return True

    return put


def _reverse(project: Project) -> bool:
    """Toggle take reverse: the source becomes a reversed section, or what it was before."""
    for item in _unlocked(project):
        take = item.active
        if take is None or take.source is None:
            continue
        source = take.source
        if isinstance(source, SectionSource) and source.reverse and not source.offset and source.parent:
            take.source = source.parent
        else:
            take.source = SectionSource(parent=source, section_length=source.length, reverse=True, owned=True)
    return True


def _envelope(name: str) -> Callable[[Project], bool]:
    """Toggle a take envelope: shown and active, or neither."""

    def toggle(project: Project) -> bool:
        for item in _unlocked(project):
            take = item.active
            found = next((each for each in take.envelopes if each.name == name), None) if take else None
            if found:
                on = "0" if found.strings["ACTIVE"] == "1" else "1"
                found.strings |= {"ACTIVE": on, "VISIBLE": on}
            elif take:
                take.envelopes.append(Envelope(name, [(0.0, 1.0 if name != "Pan" else 0.0)], take=take))
        return True

    return toggle


def _offline(on: bool) -> Callable[[Project], bool]:
    def put(project: Project) -> bool:
        for item in _selected(project):
            for take in item.takes:
                if take.source and isinstance(take.source.root, FileSource):
                    take.source.root.offline = on
                    take.source.root.was_offline = True
        return True

    return put


def _glue(project: Project) -> bool:
    """Glue the selected items of each track to one new item: its ids are new, the old pointers invalid."""
    for track in project.tracks:
        items = [item for item in track.items if item.selected and not item.locked and item.active]
        if not items:
            continue
        start, end = min(i.position for i in items), max(i.end for i in items)
        rate = next((i.active.source.root.rate for i in items if i.active and i.active.source), 0) or FALLBACK_RATE
        mix = np.zeros((round((end - start) * rate), 1))
        for item in items:
            assert item.active is not None
            sound = render_take(item.active, rate, True) * item.values["D_VOL"]
            if sound.shape[1] > mix.shape[1]:
                mix = np.repeat(mix, sound.shape[1], axis=1)
            first = round((item.position - start) * rate)
            mix[first : first + len(sound)] += sound[: len(mix) - first]
        path = _free(project.media, f"{Path(items[0].active.name).stem if items[0].active else ''}-glued")
        soundfile.write(path, mix, rate, "PCM_24")
        for item in items:
            track.items.remove(item)
            forget(item)
        project.place_glued(track, path, start, end - start)
    return True


def _render_project(project: Project) -> bool:
    """Render by the most recent settings: a file for each target, of silence here."""
    for path in project.targets:
        path.parent.mkdir(parents=True, exist_ok=True)
        length = max((item.end for item in project.items), default=1.0)
        soundfile.write(path, np.zeros(round(length * project.rate)), project.rate)
    project.rendered = list(project.targets)
    return True


def _transport(state: int) -> Callable[[Project], bool]:
    def put(project: Project) -> bool:
        project.play_state = state
        return True

    return put


def _play_or_stop(project: Project) -> None:
    project.play_state = 0 if project.play_state else 1


def _nothing(_project: Project) -> bool:
    return True


def _undo(project: Project) -> bool:
    project.ctrl_z()
    return False


def _redo(project: Project) -> bool:
    project.ctrl_y()
    return False


RENDERING_ACTIONS = (41999, 40601, 40361, 40209, 41588, 40362, 42230, 41824)
KNOWN: dict[int, tuple[str, Callable[[Project], bool], bool]] = {
    41999: ("Render items to new take", _render, True),
    40601: ("Render items to new take", _render, True),
    40129: ("Delete active take from items", _delete_active, True),
    40639: ("Duplicate active take", _duplicate_active, True),
    40131: ("Crop to active take in items", _crop, True),
    40125: ("Switch items to next take", _switch(1), True),
    40126: ("Switch items to previous take", _switch(-1), True),
    40006: ("Remove items", _remove, True),
    40182: ("Select all items", _select_all(True), True),
    40289: ("Unselect all items", _select_all(False), True),
    40717: ("Select all items in current time selection", _select_in_time, True),
    40718: ("Select all items on selected tracks in current time selection", _select_in_time, True),
    40421: ("Select all items in track", _select_on_tracks, True),
    40297: ("Unselect all tracks", _unselect_tracks, True),
    40290: ("Set time selection to items", _time_selection_to_items, True),
    40635: ("Remove time selection", _no_time_selection, True),
    42406: ("Clear all razor edit areas", _no_razor, True),
    40061: ("Split items at time selection", _split_at(lambda p: list(p.state.time_selection)), True),
    40012: ("Split items at edit or play cursor", _split_at(lambda p: [p.cursor]), True),
    40757: ("Split items at edit cursor (no change selection)", _split_at(lambda p: [p.cursor]), True),
    42432: ("Split items at razor edits", _split_razor, True),
    40719: ("Mute items", _set_item("B_MUTE", 1.0), True),
    40720: ("Unmute items", _set_item("B_MUTE", 0.0), True),
    40688: ("Lock items", _set_item("C_LOCK", 1.0), True),
    40689: ("Unlock items", _set_item("C_LOCK", 0.0), True),
    41051: ("Toggle take reverse", _reverse, True),
    40693: ("Toggle take volume envelope", _envelope("Volume"), True),
    40694: ("Toggle take pan envelope", _envelope("Pan"), True),
    40695: ("Toggle take mute envelope", _envelope("Mute"), True),
    40440: ("Set selected media temporarily offline", _offline(True), False),
    40439: ("Set selected media online", _offline(False), False),
    40362: ("Glue items", _glue, True),
    41588: ("Glue items", _glue, True),
    40044: ("Transport: Play/stop", _play_or_stop, False),
    40047: ("Build any missing peaks", _nothing, False),
    40048: ("Rebuild all peaks", _nothing, False),
    40441: ("Rebuild peaks for selected items", _nothing, False),
    40026: ("Save project", _nothing, False),
    42230: ("Render project, using the most recent render settings, auto-close", _render_project, False),
    41824: ("Render project, using the most recent render settings", _render_project, False),
    40029: ("Undo", _undo, False),
    40030: ("Redo", _redo, False),
    1007: ("Play", _transport(1), False),
    1008: ("Pause", _transport(2), False),
    1013: ("Record", _transport(5), False),
    1016: ("Stop", _transport(0), False),
}
"""Number: description of the undo point, what it does (False: nothing was done), whether it makes a point."""
