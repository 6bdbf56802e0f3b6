"""Ten sessions as editors really have them: what docs/reaper.md promises holds in each of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from integrations.reaper.standin import Item, Project, Take
from integrations.reaper.standin.audio import read_take
from integrations.reaper.standin.sources import MidiSource
from integrations.reaper.studio import RATE, Studio, heard, ramp

Open = Callable[..., Studio]
KEPT = """D_POSITION D_LENGTH D_VOL D_FADEINLEN D_FADEOUTLEN D_SNAPOFFSET I_GROUPID B_MUTE B_LOOPSRC C_LOCK
    I_FIXEDLANE C_BEATATTACHMODE I_CUSTOMCOLOR""".split()


def as_it_was(item: Item) -> tuple[Any, ...]:
    """What no conversion may change in an item: itself and the takes that were there."""
    takes = [(take.guid, take.name, take.path, dict(take.values)) for take in item.takes]
    return ({name: item.values[name] for name in KEPT}, item.notes, dict(item.extension), takes)


def unchanged(before: tuple[Any, ...], item: Item) -> bool:
    now = as_it_was(item)
    return now[:3] == before[:3] and now[3][: len(before[3])] == before[3]


def converted(item: Item, take: int | Take = -1, original: int = 0) -> bool:
    """Whether a take plays, all over the item, the converted sound of what its original plays."""
    new = take if isinstance(take, Take) else item.takes[take]
    frames = max(10, round(item.length * 500))
    here, there = (read_take(each, 0.0, frames, 500) for each in (item.takes[original], new))
    width = min(here.shape[1], there.shape[1])
    off = np.abs(here[:, :width] + there[:, :width]).max(axis=1) > 5e-7  # 2 ms of the ramp
    return bool(np.any(here)) and off.mean() < 0.02


def plain(name: str) -> str:
    """The beginning of a take's name as a file's name has it."""
    return "".join("_" if each in '<>:"/\\|?*\n' else each for each in name.strip(" .").removesuffix(".wav"))[:20]


def counts(studio: Studio) -> list[int]:
    return [len(item.takes) for item in studio.items]


def cuts(studio: Studio) -> list[tuple[float, float]]:
    """Start and length of what was asked for, in the order of the places."""
    asked = [request["cut"] for request in studio.office.conversions]
    return sorted((round(cut["start"], 3), round(cut["length"], 3)) for cut in asked)


# 1. Reel 5 of a feature: time of day as the project's start, groups, snap offsets, mutes, crossfades


def test_reel_of_a_feature(studio: Studio) -> None:
    studio.project.offset = 5 * 3600.0
    path = ramp(studio.project.media / "T001 scene.wav", 20.0)

    def place(at: float, length: float, offset: float, name: str = "T001") -> Item:
        return studio.project.place(studio.track, path, at, length, name, offset)

    line, under = place(10.0, 3.0, 2.0), place(12.8, 3.0, 5.0)  # they overlap: a crossfade
    line.values |= {"D_FADEOUTLEN_AUTO": 0.2, "I_GROUPID": 3.0, "D_SNAPOFFSET": 0.4, "D_VOL": 0.5}
    under.values |= {"D_FADEINLEN_AUTO": 0.2, "I_GROUPID": 3.0, "B_MUTE": 1.0}
    under.notes = "check sync"
    click = place(20.0, 0.01, 9.0, "click")
    late = place(30 * 3600.0, 2.0, 11.0, "after hour 30")
    friend = studio.project.place(studio.project.track("boom"), path, 10.0, 3.0, "boom", 2.0)
    friend.values["I_GROUPID"] = 3.0
    studio.project.select(line, under, click, late)
    studio.project.edited("prepare")
    before = [as_it_was(item) for item in studio.items]
    studio.press()
    studio.finish()
    assert counts(studio) == [2, 2, 2, 2, 1]
    assert all(unchanged(*pair) for pair in zip(before, studio.items, strict=True))
    assert all(converted(item) for item in studio.items[:4])
    assert cuts(studio) == [(2.0, 3.0), (5.0, 3.0), (9.0, 0.01), (11.0, 2.0)]
    assert studio.steps == ["prepare", "takevoice: 4 takes"]
    studio.project.ctrl_z()
    assert [as_it_was(item) for item in studio.items] == before


# 2. Names as clients, game engines and old projects have them

NAMES = [
    "Anna/Bert",
    "C:\\Takes\\line",
    "50%20off %s %d %1",
    'he said "no"',
    "two\nlines",
    "a=b]c[d;e|f",
    "\u202eright to left\u200f",
    "zoë – ナレーター 🎙️👩‍👩‍👧",
    "..",
    "   ",
    "",
    "CON.wav",
    "same",
    "same",
    "take.ada",
    "\udce4lter (Latin-1)",
    "x" * 5000,
]


def test_names_of_all_kinds(studio: Studio) -> None:
    path = ramp(studio.project.media / "100% café; l'été #1.wav", 60.0)
    studio.track.name = 'VO = "Anna"\n[main] %d/\\'
    for n, name in enumerate(NAMES):
        studio.project.place(studio.track, path, 3.0 * n, 2.0, name, 3.0 * n)
    studio.press()
    studio.finish()
    assert counts(studio) == [2] * len(NAMES)
    for name, item in zip(NAMES, studio.items, strict=True):
        assert item.takes[0].name == name
        assert item.takes[1].name.startswith(plain(name)), name
        assert converted(item), name
    assert len({item.takes[1].path for item in studio.items}) == len(NAMES)
    assert studio.steps[-1] == f"takevoice: {len(NAMES)} takes"
    assert studio.left() == []


@pytest.mark.parametrize("name", ["two\nlines", 'a=b "c" | d', "x" * 5000, "\udce4lter", "..", "50%20off %s"])
def test_what_is_under_way_survives_a_restart_whatever_its_name(studio: Studio, name: str) -> None:
    path = ramp(studio.project.media / "line.wav")
    studio.project.place(studio.track, path, name=name)
    studio.office.gate = False
    studio.press()
    studio.work()
    studio.restart()
    studio.press("listener")
    studio.office.gate = True
    studio.finish()
    assert counts(studio) == [2]
    assert converted(studio.items[0])


# 3. A narration session: loop recording, 30 takes, gaps, MIDI in between, duplicates


def test_item_with_thirty_takes(studio: Studio) -> None:
    media = studio.project.media
    item = studio.project.place(studio.track, ramp(media / "pass 1.wav"), name="pass 1")
    for n in range(2, 31):
        studio.project.add_take(item, ramp(media / f"pass {n}.wav"), f"pass {n}")
        item.takes[-1].values["D_STARTOFFS"] = 0.01 * n
    item.active = item.takes[16]
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    item = studio.items[0]
    assert len(item.takes) == 31
    assert (item.takes[-1].name, item.takes[-1].active) == ("pass 17.ada", True)
    assert converted(item, original=16)
    studio.press("back_to_original")
    assert studio.items[0].active is studio.items[0].takes[16]
    studio.press("next_candidate")
    assert studio.items[0].active is studio.items[0].takes[30]


def test_empty_takes_and_midi_between_the_takes(studio: Studio) -> None:
    """Loop recording fills the gaps of shorter passes with empty takes: the API has no pointer for them."""
    item = studio.place("pass 1")
    studio.project.add_empty_take(item)
    studio.project.add_take(item, MidiSource(), "MIDI")
    studio.project.add_take(item, ramp(studio.project.media / "pass 4.wav"), "pass 4")
    studio.project.add_empty_take(item)
    item.active = item.takes[3]
    hole = studio.place("hole", 5.0)
    studio.project.add_empty_take(hole)
    hole.active = hole.takes[1]
    studio.project.edited("prepare")
    studio.press("convert_selected_items_3_candidates")
    studio.finish()
    item, hole = studio.items
    assert [take.name for take in item.takes[5:]] == ["pass 4.ada", "pass 4.ada.2", "pass 4.ada.3"]
    assert all(converted(item, take, 3) for take in item.takes[5:])
    assert len(hole.takes) == 2
    item.active = item.takes[1]  # an empty one
    studio.project.edited("active take")
    studio.press("keep_this_candidate")
    studio.press("back_to_original")
    assert studio.items[0].active is studio.items[0].takes[3]
    studio.items[0].active = studio.items[0].takes[4]
    studio.project.edited("active take")
    for _ in range(5):
        studio.press("next_candidate")
    studio.press("back_to_original")
    item = studio.items[0]
    assert item.active is item.takes[3]
    studio.press("next_candidate")
    studio.press("keep_this_candidate")
    item = studio.items[0]
    assert len(item.takes) == 6
    assert item.takes[-1].active
    assert [take.source is None for take in item.takes] == [False, True, False, False, True, False]


def test_takes_of_locked_items_are_not_switched_or_taken_out(studio: Studio) -> None:
    studio.place("locked")
    studio.place("free", 5.0)
    studio.press("convert_selected_items_3_candidates")
    studio.finish()
    locked = studio.items[0]
    locked.values["C_LOCK"] = 1.0
    studio.project.edited("lock")
    active, steps = locked.takes[1].guid, len(studio.steps)
    for action in ("next_candidate", "back_to_original", "next_candidate", "keep_this_candidate"):
        studio.press(action)
    locked, free = studio.items
    assert (len(locked.takes), locked.active and locked.active.guid) == (4, active)
    assert len(free.takes) == 2
    assert studio.said().count("locked.ada is in a locked item") == 4
    assert len(studio.steps) == steps + 4
    studio.project.select(locked)
    studio.press("next_candidate")
    assert len(studio.steps) == steps + 4


def test_duplicates_and_duplicated_tracks_are_converted_each(studio: Studio) -> None:
    """A copy has the marks of the original in its P_EXT; its takes have ids of their own."""
    item = studio.place()
    item.extension["P_EXT:takevoice"] = "voice=bea"
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    copies = [studio.project.duplicate(studio.items[0], 5.0 * n) for n in (1, 2)]
    other = studio.project.track("Anna copy")
    other.items.append(studio.items[0].copy(other))
    studio.project.edited("Duplicate tracks")
    assert len(copies) == 2
    studio.project.select(*studio.items)
    studio.office.gate = False
    studio.press("convert_selected_items_3_candidates")
    studio.work()
    studio.project.duplicate(studio.items[0], 30.0)  # a copy made while it is under way
    studio.office.gate = True
    studio.finish()
    assert counts(studio) == [5] * 5
    for item in studio.items:
        assert item.takes[0].name == "line"
        assert all(take.name.startswith("line.bea") for take in item.takes[1:])
        assert all(converted(item, take) for take in item.takes[1:])
    assert {request["path"] for request in studio.office.conversions} == {str(studio.project.media / "line.wav")}


# 4. Two versions of a project, open side by side


def as_copy(studio: Studio, name: str = "Session v2.rpp") -> Project:
    """Save a copy of the project under another name and open it in a second tab: all ids are the same."""
    copy = Project(studio.project.media, name)
    copy.load(studio.project.save())
    return studio.reaper.open(copy)


def test_a_copied_project_in_the_other_tab(open_studio: Open) -> None:
    studio = open_studio()
    studio.place()
    copy = as_copy(studio)
    before = [as_it_was(item) for item in copy.items]
    studio.reaper.project = studio.project
    studio.press()
    studio.reaper.project = copy  # the user looks at the other one while the take comes
    studio.work(0.5)
    assert studio.reaper.project is copy
    studio.reaper.project = studio.project
    studio.finish()
    assert counts(studio) == [2]
    assert [as_it_was(item) for item in copy.items] == before
    assert copy.history == []
    studio.reaper.project = copy
    studio.press()
    studio.until(lambda: len(copy.items[0].takes) == 2)
    studio.until(lambda: not copy.ext.get("takevoice"))
    assert counts(studio) == [2]


def test_a_project_saved_under_another_name_while_takes_are_under_way(open_studio: Open) -> None:
    """Both tabs have the same records: each gets its take when it is in front, and nothing is converted twice."""
    studio = open_studio()
    studio.place()
    studio.office.gate = False
    studio.press()
    studio.work()
    copy = as_copy(studio)
    studio.work()
    studio.office.gate = True
    for project in (copy, studio.project):
        studio.reaper.project = project
        studio.until(lambda each=project: len(each.items[0].takes) == 2 and not each.ext.get("takevoice"), 40)
        assert project.history[-1] == "takevoice: line"
    assert len(studio.office.conversions) == 1
    assert studio.reaper.boxes == []


def test_save_as_with_media_moves_the_project_while_takes_are_under_way(studio: Studio) -> None:
    """Save as with "copy all media into project directory": other files, other folder, the same ids."""
    studio.place("first")
    path = ramp(studio.project.media / "odd.wav")
    odd = studio.project.place(studio.track, path, 5.0, name="odd")
    odd.takes[0].values["D_PLAYRATE"] = 0.5
    studio.project.edited("prepare")
    studio.office.gate = False
    studio.press()
    studio.work()
    moved = studio.folder / "Moved" / "Audio"
    moved.mkdir(parents=True)
    for item in studio.items:
        source = item.takes[0].source
        assert source
        source.path = str(moved / Path(ramp(moved / Path(source.path).name)).name)
    studio.project.media, studio.project.file = moved, str(moved.parent / "Song v2.rpp")
    studio.project.edited("Save as")
    studio.office.gate = True
    studio.finish()
    assert counts(studio) == [2, 2]
    assert all(Path(item.takes[1].path).is_file() for item in studio.items)
    assert converted(studio.items[0])
    studio.press()
    studio.finish()
    assert Path(studio.items[0].takes[2].path).parent == moved


def test_a_project_that_was_never_saved(open_studio: Open) -> None:
    studio = open_studio()
    first = studio.reaper.open(Project(studio.folder / "Default media", ""))
    second = studio.reaper.open(Project(studio.folder / "Default media", ""))
    for project in (first, second):
        project.place(project.track("VO"), ramp(project.media / "memo.wav"), name="memo")
        studio.reaper.project = project
        studio.press()
    for project in (second, first):
        studio.reaper.project = project
        studio.until(lambda each=project: len(each.items[0].takes) == 2 and not each.ext.get("takevoice"))
    assert first.items[0].takes[1].path != second.items[0].takes[1].path
    assert [project.history for project in (first, second)] == [["takevoice: memo"]] * 2


# 5. An editor who goes on editing

BEGUN = 4.0
"""Where the items of this session begin in their file."""


def under_way(studio: Studio, number: int = 1) -> list[Item]:
    path = ramp(studio.project.media / "session.wav", 60.0)
    for n in range(number):
        studio.project.place(studio.track, path, 10.0 * n, 4.0, f"line {n}", BEGUN + 6.0 * n)
    studio.office.gate = False
    studio.press()
    studio.work()
    return studio.items


def come_back(studio: Studio) -> None:
    studio.office.gate = True
    studio.finish()


EDITS: dict[str, Callable[[Studio, Item], None]] = {
    "slipped": lambda _, item: item.takes[0].values.update(D_STARTOFFS=BEGUN + 0.3),
    "trimmed at both ends": lambda _, item: (
        item.takes[0].values.update(D_STARTOFFS=BEGUN + 1.0),
        item.values.update(D_POSITION=1.0, D_LENGTH=2.0),
    ),
    "stretched": lambda _, item: (
        item.takes[0].values.update(D_PLAYRATE=0.5, B_PPITCH=1.0),
        item.values.update(D_LENGTH=8.0),
    ),
    "renamed, muted, faded": lambda _, item: item.values.update(B_MUTE=1.0, D_FADEINLEN=0.5, D_VOL=0.1),
    "looped": lambda _, item: item.values.update(B_LOOPSRC=1.0),
    "not looped": lambda _, item: item.values.update(B_LOOPSRC=0.0),
    "panned": lambda _, item: item.takes[0].values.update(D_PAN=-0.5, D_VOL=2.0),
    "moved by ripple": lambda _, item: item.values.update(D_POSITION=-0.0 + 7.25),
    "locked": lambda _, item: item.values.update(C_LOCK=1.0),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_item_that_is_edited_meanwhile(studio: Studio, edit: str) -> None:
    item = under_way(studio)[0]
    EDITS[edit](studio, item)
    studio.project.edited(edit)
    before = as_it_was(studio.items[0])
    come_back(studio)
    (item,) = studio.items
    assert unchanged(before, item)
    assert len(item.takes) == 2
    assert converted(item)
    assert {name: item.takes[1].values[name] for name in ("D_PAN", "D_VOL", "B_PPITCH")} == {
        name: item.takes[0].values[name] for name in ("D_PAN", "D_VOL", "B_PPITCH")
    }


def test_items_split_in_five_rippled_and_moved_to_another_track(studio: Studio) -> None:
    under_way(studio)
    for at in (3.0, 2.0, 1.0, 0.5):
        studio.project.split(studio.items[0], at)
    second = studio.project.track("Anna B")
    for n, part in enumerate(studio.items[1:]):
        part.values["D_POSITION"] += 2.0 * n  # ripple all
    studio.project.edited("Ripple")
    studio.project.move(studio.items[2], track=second)
    studio.project.delete(studio.items[1])
    come_back(studio)
    assert counts(studio) == [2] * 4
    assert all(converted(item) for item in studio.items)
    assert studio.reaper.boxes == []
    assert studio.steps[-1] == "takevoice: line 0"


def test_a_breath_is_cut_out_and_ripple_moves_the_rest(studio: Studio) -> None:
    item = under_way(studio)[0]
    studio.project.split(item, 1.5)
    studio.project.split(studio.items[1], 1.8)
    studio.project.delete(studio.items[1])
    studio.project.move(studio.items[1], 1.5)
    come_back(studio)
    assert counts(studio) == [2, 2]
    assert all(converted(item) for item in studio.items)


def test_the_half_that_is_left_of_a_split_item(studio: Studio) -> None:
    """The first half, which has the id of the item, is deleted: that is no deleted item."""
    item = under_way(studio)[0]
    studio.project.split(item, 1.5)
    studio.project.delete(studio.items[0])
    come_back(studio)
    assert counts(studio) == [2]
    assert converted(studio.items[0])
    assert studio.reaper.boxes == []


def test_an_item_is_cut_and_pasted_elsewhere(studio: Studio) -> None:
    item = under_way(studio)[0]
    elsewhere = studio.project.track("Anna ADR")
    elsewhere.items.append(item.copy(elsewhere))
    studio.project.delete(studio.items[0])
    come_back(studio)
    assert counts(studio) == [2]
    assert converted(studio.items[0])
    assert studio.reaper.boxes == []


def test_neighbours_from_the_same_file_get_nothing(studio: Studio) -> None:
    """Items of one recording overlap in their file: what was there at the key press is no half."""
    path = ramp(studio.project.media / "session.wav", 60.0)
    line = studio.project.place(studio.track, path, 0.0, 4.0, "line", 10.0)
    for offset, at in ((8.0, 20.0), (12.0, 30.0), (10.5, 40.0)):
        studio.project.place(studio.track, path, at, 3.0, "neighbour", offset)
    studio.project.select(line)
    studio.office.gate = False
    studio.press()
    studio.work()
    studio.project.trim(studio.items[0], right=-1.5)
    come_back(studio)
    assert counts(studio) == [2, 1, 1, 1]


def part_under_way(studio: Studio) -> Item:
    path = ramp(studio.project.media / "session.wav", 60.0)
    item = studio.project.place(studio.track, path, 10.0, 8.0, "line", 10.0)
    studio.track.razor = [(15.0, 17.0, "", None, None)]
    studio.project.edited("prepare")
    studio.office.gate = False
    studio.press("convert_razor_edits")
    studio.work()
    return studio.project.now(item)


@pytest.mark.parametrize("how", ["trimmed away", "split off and deleted"])
def test_the_part_that_is_converted_is_deleted(studio: Studio, how: str) -> None:
    """The rest of the item is there, but not the part: that is one question as well, and the file is not lost."""
    item = part_under_way(studio)
    if how == "trimmed away":
        studio.project.trim(item, right=-4.0)
    else:
        studio.project.split(item, 14.0)
        studio.project.delete(studio.items[1])
    before = as_it_was(studio.items[0])
    come_back(studio)
    assert len(studio.reaper.boxes) == 1
    assert unchanged(before, studio.items[0])
    assert counts(studio) == [1, 1]
    placed = studio.items[1]
    assert (placed.track.name, placed.position, placed.length) == ("Anna (takevoice)", 15.0, 2.0)
    assert heard(placed.takes[0]) == pytest.approx(15.0, abs=1e-3)


def test_the_part_that_is_converted_is_trimmed_moved_and_split(studio: Studio) -> None:
    item = part_under_way(studio)
    studio.project.trim(item, right=-2.0)  # 15 to 16 is left
    studio.project.move(studio.items[0], 40.0)
    studio.project.split(studio.items[0], 45.5)
    come_back(studio)
    assert [(each.position, each.length, len(each.takes)) for each in studio.items] == [
        (40.0, 5.0, 1),
        (45.0, 0.5, 2),
        (45.5, 0.5, 2),
    ]
    assert all(converted(each) for each in studio.items[1:])


def test_the_track_is_deleted_meanwhile(studio: Studio) -> None:
    under_way(studio, 2)
    studio.project.track("Bert")
    studio.project.delete_track(studio.project.tracks[0])
    come_back(studio)
    assert len(studio.reaper.boxes) == 1
    assert [(track.name, len(track.items)) for track in studio.project.tracks] == [("Bert", 0), ("Anna (takevoice)", 2)]
    assert [heard(item.takes[0]) for item in studio.items] == pytest.approx([BEGUN, BEGUN + 6.0], abs=1e-3)
    assert studio.steps[-1] == "takevoice: 2 takes"


def test_a_loop_that_is_split_meanwhile(studio: Studio) -> None:
    item = studio.place(seconds=2.0, length=9.0)
    item.takes[0].values["D_STARTOFFS"] = 0.5
    studio.project.edited("prepare")
    studio.office.gate = False
    studio.press()
    studio.work()
    studio.project.split(studio.items[0], 3.3)
    studio.project.split(studio.items[1], 7.1)
    studio.project.move(studio.items[1], 20.0)
    come_back(studio)
    assert counts(studio) == [2, 2, 2]
    assert all(converted(item) for item in studio.items)


@pytest.mark.parametrize("what", ["effects", "must be rendered"])
def test_an_item_that_is_locked_meanwhile_gets_its_take(studio: Studio, what: str) -> None:
    item = studio.place()
    if what == "effects":
        studio.project.add_effect(item.takes[0])
    else:
        studio.project.section(item.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    studio.office.gate, studio.project.play_state = False, 1
    studio.press()
    studio.work()
    studio.items[0].values["C_LOCK"] = 1.0
    studio.project.edited("lock")
    studio.project.play_state = 0
    come_back(studio)
    (item,) = studio.items
    assert len(item.takes) == 2
    assert item.locked
    assert len(item.takes[1].effects) == len(item.takes[0].effects)
    assert studio.said() == ""
    assert studio.steps == ["prepare", "lock", "takevoice: line"]


def test_a_rendered_pitch_is_not_applied_twice(studio: Studio) -> None:
    item = studio.place()
    item.takes[0].values["D_PITCH"] = 3.0
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    assert studio.items[0].takes[1].values["D_PITCH"] == 0.0


def test_glued_meanwhile_is_one_question(studio: Studio) -> None:
    under_way(studio, 3)
    studio.project.select(*studio.items[:2])
    studio.reaper.action(40362)
    come_back(studio)
    assert len(studio.reaper.boxes) == 1
    names = [(item.track.name, len(item.takes)) for item in studio.items]
    assert names == [("Anna", 1), ("Anna", 2), ("Anna (takevoice)", 1), ("Anna (takevoice)", 1)]
    assert [item.position for item in studio.items if "takevoice" in item.track.name] == [0.0, 10.0]
    (step,) = [name for name in studio.steps if name.startswith("takevoice")]
    assert step == "takevoice: 3 takes"


def test_an_item_that_is_dragged_to_another_tab(open_studio: Open) -> None:
    """Cut there, pasted here: its ids are new, so it counts as deleted, and the file is not lost."""
    studio = open_studio()
    studio.reaper.yes = False
    item = under_way(studio, 2)[0]
    other = Project(studio.folder / "Other" / "Media", "Other.rpp")
    track = other.track("Anna")
    track.items.append(item.copy(track))
    studio.project.delete(studio.items[0])
    studio.reaper.open(other)
    studio.work()
    studio.reaper.project = studio.project
    come_back(studio)
    assert len(studio.reaper.boxes) == 1
    assert "line 0.ada.wav" in studio.said()
    assert counts(studio) == [2]
    assert other.history == []


def test_a_large_project_is_not_searched_again_and_again(open_studio: Open) -> None:
    """A feature has thousands of items; each look at an item's id is a call into REAPER."""
    studio = open_studio()
    path = ramp(studio.project.media / "session.wav", 60.0)
    others = studio.project.track("Bert")
    studio.project.tracks.reverse()  # the others come first
    for n in range(150):
        others.items.append(studio.project.place(studio.track, path, 3.0 * n, 2.0, f"other {n}").copy(others))
    studio.track.items.clear()
    for n in range(20):
        studio.project.place(studio.track, path, 3.0 * n, 2.0, f"line {n}", 2.0 * n)
    studio.project.select(*studio.track.items)
    studio.office.gate = False
    studio.press()
    studio.work(1.0)
    studio.project.delete(*(item for item in studio.items if item.takes[0].name in ("line 3", "line 4")))
    studio.project.play_state = 1
    studio.work()
    studio.reaper.calls.clear()
    studio.office.gate = True
    studio.until(lambda: sum(len(item.takes) == 2 for item in studio.items) == 18)
    studio.work(0.2)
    looks = studio.reaper.calls.get("GetSetMediaItemInfo_String", 0)
    assert looks < 170 * 20
    studio.reaper.calls.clear()
    studio.work(1.0)
    assert studio.reaper.calls.get("GetSetMediaItemInfo_String", 0) < 170
    studio.project.play_state = 0
    studio.finish()
    assert [len(item.takes) for item in studio.items if item.takes[0].name.startswith("line")] == [2] * 18 + [1] * 2


def test_undo_and_redo_storms(studio: Studio) -> None:
    under_way(studio, 3)
    for n in range(5):
        studio.project.move(studio.items[0], 0.5 * n)
    for n in range(12):
        (studio.project.ctrl_z if n % 3 else studio.project.ctrl_y)()
        studio.work(0.05)
    studio.office.gate = True
    for _ in range(3):
        studio.project.ctrl_y()
        studio.work(0.02)
    studio.finish()
    assert counts(studio) == [2, 2, 2]
    takes = [take.guid for item in studio.items for take in item.takes]
    for _ in range(3):
        while studio.project.ctrl_z():
            studio.work(0.02)
        assert counts(studio) == [1, 1, 1]
        while studio.project.ctrl_y():
            studio.work(0.02)
    assert [take.guid for item in studio.items for take in item.takes] == takes
    assert len(studio.office.conversions) == 3
    assert (studio.left(), studio.reaper.boxes) == ([], [])


def test_undo_of_the_split_itself_while_under_way(studio: Studio) -> None:
    """Split, convert the right part, undo the split: the part is no item any more, the file is not lost."""
    path = ramp(studio.project.media / "session.wav", 10.0)
    item = studio.project.place(studio.track, path, 0.0, 6.0, "line")
    right = studio.project.split(item, 2.5)
    assert right
    studio.project.select(right)
    studio.office.gate = False
    studio.press()
    studio.work()
    studio.project.ctrl_z()
    assert len(studio.items) == 1
    come_back(studio)
    asked = studio.reaper.boxes
    assert len(asked) == 1
    placed = [item for item in studio.items if item.track.name != "Anna"]
    assert [item.position for item in placed] == [2.5]
    assert heard(placed[0].takes[0]) == pytest.approx(2.5, abs=1e-3)


# 6. Razor edits everywhere


def test_razor_edits_over_items_gaps_envelopes_and_midi(studio: Studio) -> None:
    path = ramp(studio.project.media / "session.wav", 60.0)
    for n in range(3):
        studio.project.place(studio.track, path, 10.0 * n, 8.0, f"line {n}", 10.0 * n)
    studio.project.place_midi(studio.track, 30.0, 4.0)
    studio.project.place_empty(studio.track, 35.0)
    envelope = "{11111111-2222-3333-4444-555555555555}"
    studio.track.razor = [
        (6.0, 12.0, "", None, None),  # the end of one and the start of the next
        (14.0, 15.0, "", None, None),  # a second one in that item
        (20.0, 28.0, "", None, None),  # exactly an item
        (28.5, 29.5, "", None, None),  # nothing but a gap
        (29.0, 36.0, "", None, None),  # MIDI and an empty item
        (1.0, 3.0, envelope, None, None),  # an envelope's, no item's
    ]
    quiet = studio.project.track("Bert")
    studio.project.place(quiet, path, 5.0, 5.0, "no razor", 40.0)
    studio.project.select()
    studio.project.edited("prepare")
    studio.press("convert_razor_edits")
    studio.finish()
    assert cuts(studio) == [(6.0, 2.0), (10.0, 2.0), (14.0, 1.0), (20.0, 8.0)]
    whole = [(item.position, item.length, len(item.takes)) for item in studio.items]
    assert whole == [
        (0.0, 6.0, 1),
        (6.0, 2.0, 2),
        (10.0, 2.0, 2),
        (12.0, 2.0, 1),
        (14.0, 1.0, 2),
        (15.0, 3.0, 1),
        (20.0, 8.0, 2),
        (30.0, 4.0, 1),
        (35.0, 1.0, 0),
        (5.0, 5.0, 1),
    ]
    assert all(converted(item) for item in studio.items if len(item.takes) == 2)
    assert studio.steps == ["prepare", "takevoice: 4 takes"]
    studio.project.ctrl_z()
    assert [item.length for item in studio.items] == [8.0, 8.0, 8.0, 4.0, 1.0, 5.0]


def test_razor_edits_in_lanes_take_the_items_of_their_lane(open_studio: Open) -> None:
    studio = open_studio(version=7)
    path = ramp(studio.project.media / "comp.wav", 30.0)
    studio.track.values |= {"I_FREEMODE": 2.0, "I_NUMFIXEDLANES": 3.0}
    for lane in range(3):
        item = studio.project.place(studio.track, path, 0.0, 6.0, f"lane {lane}", 8.0 * lane)
        item.values |= {"I_FIXEDLANE": float(lane), "F_FREEMODE_Y": lane / 3, "F_FREEMODE_H": 1 / 3}
        item.values["C_LANEPLAYS"] = float(lane == 0)
    studio.track.razor = [(2.0, 4.0, "", 1 / 3, 2 / 3)]
    studio.project.edited("prepare")
    studio.press("convert_razor_edits")
    studio.finish()
    assert cuts(studio) == [(10.0, 2.0)]
    assert sorted((item.values["I_FIXEDLANE"], item.length, len(item.takes)) for item in studio.items) == [
        (0.0, 6.0, 1),
        (1.0, 2.0, 1),
        (1.0, 2.0, 1),
        (1.0, 2.0, 2),
        (2.0, 6.0, 1),
    ]


@pytest.mark.parametrize("action", ["convert_selected_tracks", "convert_time_selection", "convert_regions"])
def test_lanes_that_do_not_play_are_not_paid_for(open_studio: Open, action: str) -> None:
    """The comp plays; what it was comped from does not. Only a selected item is asked for by itself."""
    studio = open_studio(version=7)
    path = ramp(studio.project.media / "comp.wav", 30.0)
    studio.track.values |= {"I_FREEMODE": 2.0, "I_NUMFIXEDLANES": 3.0, "I_SELECTED": 1.0}
    for lane in range(3):
        item = studio.project.place(studio.track, path, 0.0, 6.0, f"lane {lane}", 8.0 * lane)
        item.values |= {"I_FIXEDLANE": float(lane), "C_LANEPLAYS": float(lane == 0)}
    studio.project.state.time_selection = (0.0, 6.0)
    studio.project.region(0.0, 6.0)
    studio.project.select()
    studio.project.edited("prepare")
    studio.press(action)
    studio.finish()
    assert cuts(studio) == [(0.0, 6.0)]
    studio.project.select(*studio.items)
    studio.press()
    studio.finish()
    assert {start for start, _ in cuts(studio)} == {0.0, 8.0, 16.0}


# 7. A conform: time selection over crossfades, overlapping regions, folders


def test_time_selection_over_a_crossfade(studio: Studio) -> None:
    path = ramp(studio.project.media / "session.wav", 60.0)
    left = studio.project.place(studio.track, path, 0.0, 10.0, "left", 0.0)
    right = studio.project.place(studio.track, path, 8.0, 10.0, "right", 20.0)
    left.values["D_FADEOUTLEN_AUTO"] = right.values["D_FADEINLEN_AUTO"] = 2.0
    studio.project.state.time_selection = (7.0, 11.0)
    studio.project.edited("prepare")
    studio.press("convert_time_selection")
    studio.finish()
    assert cuts(studio) == [(7.0, 3.0), (20.0, 3.0)]
    parts = sorted((item.position, item.length, len(item.takes)) for item in studio.items)
    assert parts == [(0.0, 7.0, 1), (7.0, 3.0, 2), (8.0, 3.0, 2), (11.0, 7.0, 1)]
    assert all(converted(item) for item in studio.items if len(item.takes) == 2)
    assert studio.steps == ["prepare", "takevoice: 2 takes"]


def test_overlapping_regions_over_items_in_folders(studio: Studio) -> None:
    """A piece in two regions is paid for once; items of child tracks and of nested folders belong to it."""
    path = ramp(studio.project.media / "session.wav", 60.0)
    studio.track.values["I_FOLDERDEPTH"] = 1.0
    child, last = studio.project.track("child"), studio.project.track("last")
    last.values["I_FOLDERDEPTH"] = -1.0
    studio.project.place(child, path, 0.0, 10.0, "child", 0.0)
    studio.project.place(last, path, 3.0, 2.0, "last", 30.0)
    studio.project.region(2.0, 6.0, "scene 1")
    studio.project.region(4.0, 8.0, "scene 1 alt")
    studio.project.region(2.0, 6.0, "same again")
    studio.project.region(20.0, 25.0, "elsewhere")
    studio.project.marker(5.0, "5%")
    studio.project.cursor = 5.0
    studio.project.edited("prepare")
    studio.press("convert_regions")
    studio.finish()
    asked = sorted(cuts(studio))
    assert (30.0, 2.0) in asked
    seconds = np.zeros(60)
    for start, length in asked:
        seconds[round(start) : round(start + length)] += 1
    assert seconds[2:8].tolist() == [1.0] * 6  # all of it, and nothing of it twice
    assert seconds.sum() == 8.0
    assert all(converted(item) for item in studio.items if len(item.takes) == 2)


def test_only_the_regions_that_are_selected_and_each_by_itself(studio: Studio) -> None:
    """Lines next to each other: the time selection ends where the next one begins."""
    path = ramp(studio.project.media / "session.wav", 30.0)
    studio.project.place(studio.track, path, 0.0, 20.0, "session")
    for n in range(4):
        studio.project.region(4.0 * n, 4.0 * n + 4.0, f"line {n}")
    studio.project.state.time_selection = (4.0, 12.0)
    studio.project.edited("prepare")
    studio.press("convert_regions")
    studio.finish()
    assert cuts(studio) == [(4.0, 4.0), (8.0, 4.0)]
    assert counts(studio) == [1, 2, 2, 1]


def test_pieces_of_an_item_that_was_converted_before(studio: Studio) -> None:
    """The original under the selection is what is converted, also where a converted take is active."""
    studio.place(seconds=10.0)
    studio.press()
    studio.finish()
    studio.project.state.time_selection = (4.0, 6.0)
    studio.press("convert_time_selection")
    studio.finish()
    assert cuts(studio) == [(0.0, 10.0), (4.0, 2.0)]
    assert counts(studio) == [2, 3, 2]
    assert converted(studio.items[1])
    assert all(request["path"].endswith("line.wav") for request in studio.office.conversions)


# 8. Fingers on the keyboard


def test_many_key_presses_in_a_row(studio: Studio) -> None:
    for n in range(4):
        studio.place(f"line {n}", 3.0 * n)
    studio.office.gate = False
    for _ in range(8):
        studio.press()
    studio.work()
    for _ in range(3):
        studio.press()
        studio.work(0.1)
    studio.office.gate = True
    studio.finish()
    assert counts(studio) == [2] * 4
    assert len(studio.office.conversions) == 4
    assert studio.steps == ["takevoice: 4 takes"]
    assert "already being converted" in studio.said()


def test_two_actions_at_once(studio: Studio) -> None:
    for n in range(3):
        studio.place(f"line {n}", 5.0 * n, 4.0)
    studio.project.state.time_selection = (1.0, 2.0)
    studio.project.edited("prepare")
    studio.press("convert_selected_items_3_candidates")
    studio.press("convert_time_selection")
    studio.press("listener")
    studio.press("next_candidate")
    studio.press("back_to_original")
    studio.press("keep_this_candidate")
    studio.press("convert_selected_tracks")
    studio.finish()
    assert studio.left() == []
    for item in studio.items:
        assert all(converted(item, take) for take in item.takes[1:])
    assert len(studio.items[-1].takes) == 4
    settings = [(r["cut"]["start"], r["cut"]["length"], r["name"], r.get("settings", {}).get("seed")) for r in studio.office.conversions]
    assert len(settings) == len(set(settings))


def test_key_presses_in_two_tabs_and_while_playing(open_studio: Open) -> None:
    studio = open_studio()
    studio.place("here")
    other = studio.reaper.open(Project(studio.folder / "Other" / "Media", "Other.rpp"))
    other.place(other.track("VO"), ramp(other.media / "there.wav"), name="there")
    other.play_state = 1
    studio.press()
    studio.reaper.project = studio.project
    studio.press()
    studio.reaper.project = other
    studio.until(lambda: len(other.items[0].takes) == 2)
    assert studio.reaper.project is other
    studio.reaper.project = studio.project
    studio.finish()
    assert (studio.steps, other.history) == (["takevoice: here"], ["takevoice: there"])
    assert Path(other.items[0].takes[1].path).parent == other.media


def test_the_self_test_in_the_middle_of_work(studio: Studio) -> None:
    """It leaves the project alone, also where REAPER opens no tab for it, and all is as it expects in the stand-in."""
    studio.place()
    studio.project.edited("prepare")
    before = [as_it_was(item) for item in studio.items]
    studio.reaper.opens_tabs = False
    studio.press("selftest")
    assert "opened no new project tab" in studio.reaper.boxes[0]
    studio.reaper.opens_tabs = True
    studio.press("selftest")
    studio.work(0.1)
    assert "everything is as takevoice expects it" in studio.said()
    assert [as_it_was(item) for item in studio.items] == before
    assert studio.steps == ["prepare"]
    assert len(studio.reaper.projects) == 2


# 9. A bad day: restarts, missing and offline media, full disks


def test_reaper_and_takevoice_end_and_start_again_and_again(studio: Studio) -> None:
    under_way(studio, 3)
    for n in range(3):
        studio.office.runs = n % 2 == 1
        studio.restart()
        studio.press("listener")
        studio.work(0.3)
    studio.office.runs = True
    come_back(studio)
    assert counts(studio) == [2, 2, 2]
    assert all(converted(item) for item in studio.items)
    assert len(studio.office.conversions) == 3
    assert studio.left() == []
    assert studio.steps == ["takevoice: 3 takes"]


def test_a_takevoice_that_lost_everything_is_asked_for_the_same_part(open_studio: Open) -> None:
    """Its state dir was deleted, and the item trimmed meanwhile."""
    studio = open_studio()
    item = under_way(studio)[0]
    studio.project.trim(item, left=1.0, right=-0.5)
    studio.office.under_way.clear()
    studio.office.requests.clear()
    studio.until(lambda: studio.office.conversions, 30)
    come_back(studio)
    assert cuts(studio) == [(BEGUN, 4.0)]
    assert converted(studio.items[0])


def test_missing_files_hold_up_no_other(studio: Studio) -> None:
    """A drive that is not there, an empty file, a path of another system; the list says which."""
    ghosts = ["/mnt/not there/scene.wav", "\\\\server\\share\\scene.wav", "scene.wav", "Z:/scene.wav"]
    for n, path in enumerate(ghosts):
        studio.project.place(studio.track, path, 5.0 * n, 2.0, f"ghost {n}")
    empty = studio.project.media / "empty.wav"
    empty.touch()
    studio.project.place(studio.track, empty, 30.0, 2.0, "no sound")
    studio.place("fine", 40.0)
    studio.press()
    studio.finish()
    assert counts(studio) == [1, 1, 1, 1, 1, 2]
    assert all(f"ghost {n}" in studio.said() for n in range(4))
    assert "no sound" in studio.said()
    assert studio.left() == []


def test_media_offline_while_reaper_is_in_the_background(studio: Studio) -> None:
    item = studio.place()
    reversed_one = studio.place("backwards", 5.0)
    studio.project.section(reversed_one.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    studio.reaper.action(40440)
    studio.press()
    studio.work(0.3)
    studio.reaper.action(40439)
    studio.finish()
    assert len(studio.project.now(item).takes) == 2
    assert converted(studio.project.now(item), original=0) or heard(studio.items[0].takes[1]) == pytest.approx(0.0, abs=1e-3)
    assert studio.steps[0] == "prepare"


def test_renders_that_fail_undo_nothing_of_the_user(studio: Studio) -> None:
    """A full disk or a folder without rights: REAPER renders nothing, so there is nothing to take back."""
    fine = studio.place("fine")
    backwards = studio.place("backwards", 5.0)
    studio.project.section(backwards.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    studio.project.move(fine, 1.0)
    studio.project.renders_fail = True
    studio.press()
    studio.finish()
    assert [item.position for item in studio.items] == [1.0, 5.0]
    assert counts(studio) == [2, 1]
    assert "backwards" in studio.said()
    assert studio.steps == ["prepare", "Move media items", "takevoice: fine"]
    studio.project.renders_fail = False
    studio.project.select(studio.items[1])
    studio.press()
    studio.finish()
    assert counts(studio) == [2, 2]


def test_a_media_folder_that_cannot_be_written(studio: Studio) -> None:
    """takevoice says not_writable; after the folder is mended, the same key does it."""
    studio.place()
    studio.office.failing["line"] = f"{studio.project.media} cannot be written"
    studio.press()
    studio.finish()
    assert "cannot be written" in studio.said()
    assert (counts(studio), studio.steps, studio.left()) == ([1], [], [])
    studio.office.failing.clear()
    studio.press()
    studio.finish()
    assert counts(studio) == [2]


def test_failures_with_percent_signs_are_told_as_they_are(studio: Studio) -> None:
    name = "100%d of %s %%"
    studio.place("fine", 5.0)
    studio.project.place(studio.track, ramp(studio.project.media / "x.wav"), name=name)
    studio.office.failing[name] = "%5 is no voice\n(%x)"
    studio.press()
    studio.finish()
    assert f"{name} was not converted: %5 is no voice\n(%x)" in studio.said()


def test_a_result_whose_file_is_gone_again(studio: Studio) -> None:
    """A cleaner, a sync program or a colleague was faster than REAPER."""
    under_way(studio, 2)
    studio.office.gate = True
    studio.office.turn()
    (studio.project.media / "line 0.ada.wav").unlink()
    studio.finish()
    assert counts(studio) == [1, 2]
    assert "line 0" in studio.said()
    assert studio.left() == []


# 10. Sources as sound designers have them


def loop_section(studio: Studio, item: Item) -> None:
    studio.project.section(item.takes[0], 1.0, 0.7)
    item.values |= {"D_LENGTH": 3.0, "B_LOOPSRC": 1.0}


def reversed_loop(studio: Studio, item: Item) -> None:
    studio.project.section(item.takes[0], 0.5, 0.9, reverse=True)
    item.values |= {"D_LENGTH": 3.1, "B_LOOPSRC": 1.0}
    item.takes[0].values["D_STARTOFFS"] = 0.25


def loop_from_inside(_: Studio, item: Item) -> None:
    item.values |= {"D_LENGTH": 7.0, "B_LOOPSRC": 1.0}
    item.takes[0].values["D_STARTOFFS"] = 1.5


def loop_twice_round(_: Studio, item: Item) -> None:
    item.values |= {"D_LENGTH": 2.5, "B_LOOPSRC": 1.0}
    item.takes[0].values["D_STARTOFFS"] = 5.0


def before_the_start(_: Studio, item: Item) -> None:
    item.values |= {"D_LENGTH": 2.0, "B_LOOPSRC": 0.0}
    item.takes[0].values["D_STARTOFFS"] = -0.5


def stretched(_: Studio, item: Item) -> None:
    item.takes[0].stretch_markers.extend([(0.0, 0.0), (0.5, 0.8), (1.2, 1.0), (2.0, 1.9)])


def slow_loop(_: Studio, item: Item) -> None:
    item.takes[0].values |= {"D_PLAYRATE": 0.8, "B_PPITCH": 1.0}
    item.values |= {"D_LENGTH": 6.0, "B_LOOPSRC": 1.0}


SOURCES: dict[str, Callable[[Studio, Item], object]] = {
    "looped section": loop_section,
    "reversed looped section": reversed_loop,
    "loop from inside": loop_from_inside,
    "loop that begins after a round": loop_twice_round,
    "item that begins before its file": before_the_start,
    "stretch markers": stretched,
    "slow loop that keeps its pitch": slow_loop,
    "right channel": lambda _, item: item.takes[0].values.update(I_CHANMODE=4.0),
    "fifth channel": lambda _, item: item.takes[0].values.update(I_CHANMODE=7.0),
    "reversed stereo": lambda _, item: item.takes[0].values.update(I_CHANMODE=1.0),
    "downmix": lambda _, item: item.takes[0].values.update(I_CHANMODE=2.0),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_of_some_kind_sounds_where_its_original_does(studio: Studio, kind: str) -> None:
    """Also with a track frozen around it, and after the take is switched, split and converted again."""
    item = studio.place("source", channels=6)
    SOURCES[kind](studio, item)
    studio.track.values["I_FREEZECOUNT"] = 1.0
    studio.project.edited("prepare")
    before = as_it_was(studio.items[0])
    studio.press()
    studio.finish()
    (item,) = studio.items
    assert unchanged(before, item)
    assert converted(item)
    assert studio.steps == ["prepare", "takevoice: source"]
    right = studio.project.split(item, 0.7)
    assert right
    studio.project.select(right)
    studio.press()
    studio.finish()
    assert counts(studio) == [2, 3]
    assert converted(studio.items[1])
    assert converted(studio.items[1], 1)


def test_a_split_of_a_rendered_take_meanwhile(studio: Studio) -> None:
    """What REAPER rendered is the sound of the whole item: both halves of a split play their part of it."""
    item = studio.place("backwards", seconds=4.0)
    studio.project.section(item.takes[0], 0.0, 4.0, reverse=True)
    studio.project.edited("prepare")
    studio.office.gate = False
    studio.press()
    studio.work()
    studio.project.split(studio.items[0], 1.5)
    studio.project.trim(studio.items[1], left=0.25)
    come_back(studio)
    assert counts(studio) == [2, 2]
    assert all(converted(item) for item in studio.items)


def test_videos_subprojects_and_what_cannot_be_read(studio: Studio) -> None:
    video, music = studio.project.media / "picture.mp4", studio.project.media / "music.rpp"
    for path in (video, music):
        path.write_bytes(b"not for libsndfile")
    for n, path in enumerate((video, music)):
        item = studio.project.place(studio.track, path, 5.0 * n, 2.0, path.stem)
        source = item.takes[0].source
        assert source
        source.told = (2.0, RATE, 2)  # type: ignore[attr-defined]
    studio.place("fine", 20.0)
    studio.project.edited("prepare")
    studio.office.failing["picture"] = "it is no audio file that takevoice can read"
    studio.press()
    studio.finish()
    assert "picture" in studio.said()
    assert len(studio.items[2].takes) == 2
    assert studio.steps[0] == "prepare"
    assert all(path.exists() for path in (video, music))


def test_effects_of_a_take_that_must_be_rendered(studio: Studio) -> None:
    """They are not part of what is converted; one that is bypassed stays so. Envelopes are in the rendered sound."""
    item = studio.place()
    item.takes[0].values |= {"D_PLAYRATE": 0.5, "D_PITCH": -2.0}
    studio.project.add_effect(item.takes[0], "VST: ReaComp (Cockos)")
    studio.project.add_effect(item.takes[0], "VST: ReaVerb (Cockos)").enabled = False
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    assert studio.steps == ["prepare", "takevoice: line"]
    for take in studio.items[0].takes:
        assert [(each.name, each.enabled) for each in take.effects] == [
            ("VST: ReaComp (Cockos)", True),
            ("VST: ReaVerb (Cockos)", False),
        ]
    assert converted(studio.items[0])
    assert studio.items[0].takes[1].values["D_PITCH"] == 0.0


def test_a_rendered_take_with_effects_before_the_conversion(studio: Studio) -> None:
    studio.reaper.ext_state.values["takevoice", "effects"] = "before"
    item = studio.place()
    item.takes[0].values["D_PLAYRATE"] = 0.5
    studio.project.add_effect(item.takes[0])
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    take = studio.items[0].takes[1]
    assert take.effects == []
    assert heard(take, 1.0) == pytest.approx(-0.25, abs=1e-3)  # the effect halves and inverts


def test_gaps_of_silence_and_rates_of_all_kinds(studio: Studio) -> None:
    """44.1, 96 and 8 kHz on a project of 48, items that are placed between samples."""
    for n, rate in enumerate((44_100, 96_000, 8_000, 22_050)):
        path = ramp(studio.project.media / f"{rate}.wav", 3.0, rate=rate)
        studio.project.place(studio.track, path, 1.0 / 3 + 5.0 * n, 1.0 / 7, f"{rate}", 1.0 / 9)
    studio.press()
    studio.finish()
    assert counts(studio) == [2] * 4
    for item in studio.items:
        assert heard(item.takes[1], 0.1) == pytest.approx(1.0 / 9 + 0.1, abs=2e-4)
        assert soundfile.info(item.takes[1].path).samplerate == soundfile.info(item.takes[0].path).samplerate
