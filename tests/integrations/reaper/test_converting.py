"""A key press in REAPER and the takes that come back, in the stand-in, with a takevoice that does what its documents say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integrations.reaper.standin import Project
from integrations.reaper.studio import Studio, heard, place_of, ramp

Open = Callable[..., Studio]


def test_a_plain_item_comes_back_as_a_take_in_one_undo_step(studio: Studio) -> None:
    studio.place("Anna 3")
    studio.press()
    studio.finish()
    assert studio.names() == ["Anna 3", "Anna 3.ada"]
    take = studio.items[0].active
    assert take and take.name == "Anna 3.ada"
    assert Path(take.path).parent == studio.project.media
    assert heard(take, 0.5) == pytest.approx(0.5, abs=1e-3)
    assert studio.steps == ["takevoice: Anna 3"]
    assert studio.reaper.boxes == []
    assert studio.left() == []
    studio.project.ctrl_z()
    assert studio.names() == ["Anna 3"]
    studio.project.ctrl_y()
    assert studio.names() == ["Anna 3", "Anna 3.ada"]


def test_no_audio_is_read_and_no_file_is_copied_by_the_scripts(studio: Studio) -> None:
    studio.place()
    studio.press()
    studio.finish()
    assert not [name for name in studio.reaper.calls if "Accessor" in name]
    assert studio.reaper.coroutine_calls == []
    assert studio.reaper.executed == []


def test_takes_of_one_key_press_are_one_undo_step(studio: Studio) -> None:
    for n in range(6):
        studio.place(f"line {n}", 3.0 * n)
    studio.press()
    studio.finish()
    assert [len(item.takes) for item in studio.items] == [2] * 6
    assert studio.steps == ["takevoice: 6 takes"]
    studio.project.ctrl_z()
    assert [len(item.takes) for item in studio.items] == [1] * 6


def test_takes_come_one_by_one_where_the_user_prefers_that(studio: Studio) -> None:
    studio.reaper.ext_state.values["takevoice", "together"] = "no"
    studio.place("first")
    studio.place("second", 3.0)
    studio.office.held["second"] = "too expensive"
    studio.press()
    studio.until(lambda: studio.names() == ["first", "first.ada"])
    studio.office.held.clear()
    studio.finish()
    assert studio.steps == ["takevoice: first", "takevoice: second"]


def test_items_cut_from_one_recording_with_one_name_lose_nothing(studio: Studio) -> None:
    path = ramp(studio.project.media / "session.wav", 120.0)
    for n in range(50):
        studio.project.place(studio.track, path, 2.0 * n, length=2.0, name="Anna session", offset=2.0 * n)
    studio.press()
    studio.finish()
    outputs = {item.takes[1].path for item in studio.items}
    assert len(outputs) == 50
    for n, item in enumerate(studio.items):
        assert heard(item.takes[1], 1.0) == pytest.approx(2.0 * n + 1.0, abs=2e-3)


def test_the_next_press_converts_the_original_with_the_settings_of_now(studio: Studio) -> None:
    studio.place()
    studio.press()
    studio.finish()
    studio.track.strings["P_EXT:takevoice"] = "voice=bea"
    studio.press()
    studio.finish()
    first, second = studio.office.conversions
    assert (first["path"], first["cut"]) == (second["path"], second["cut"])
    assert second["settings"] == {"voice": "bea"}
    assert studio.names() == ["line", "line.ada", "line.bea"]


def test_a_copy_of_an_item_finds_its_own_original(studio: Studio) -> None:
    item = studio.place()
    studio.press()
    studio.finish()
    copy = studio.project.duplicate(studio.project.now(item), 10.0)
    studio.project.select(copy)
    studio.press()
    studio.finish()
    assert [request["path"] for request in studio.office.conversions] == [str(studio.project.media / "line.wav")] * 2


def test_a_converted_take_without_its_original_says_so(studio: Studio) -> None:
    item = studio.place()
    studio.press()
    studio.finish()
    item = studio.project.now(item)
    del item.takes[0]
    item.active = item.takes[0]
    studio.project.edited()
    studio.press()
    assert "its original is no longer in the item" in studio.said()
    assert len(studio.office.conversions) == 1


def test_candidates_have_seeds_that_go_on(studio: Studio) -> None:
    studio.place()
    for _ in range(2):
        studio.press("convert_selected_items_3_candidates")
        studio.finish()
    assert [request["settings"]["seed"] for request in studio.office.conversions] == list("123456")
    assert len(studio.names()) == 7
    assert studio.steps == ["takevoice: line"] * 2


def test_candidates_are_in_the_order_of_their_names_and_the_first_is_active(studio: Studio) -> None:
    """takevoice converts several at once, and the last may be done first."""
    studio.place()
    studio.office.gate = False
    studio.press("convert_selected_items_3_candidates")
    studio.until(lambda: len(studio.office.under_way) == 3)
    studio.office.under_way = dict(reversed(studio.office.under_way.items()))
    studio.office.gate = True
    studio.finish()
    assert studio.names() == ["line", "line.ada", "line.ada.2", "line.ada.3"]
    active = studio.items[0].active
    assert active and active.name == "line.ada"
    studio.press("next_candidate")
    studio.press("keep_this_candidate")
    assert studio.names() == ["line", "line.ada.2"]
    assert sorted(path.name for path in studio.project.media.glob("line.ada*")) == ["line.ada.2.wav", "line.ada.3.wav", "line.ada.wav"]


def test_handles_are_cut_and_a_trim_meanwhile_is_followed(studio: Studio) -> None:
    path = ramp(studio.project.media / "scene.wav", 10.0)
    item = studio.project.place(studio.track, path, 20.0, length=2.0, name="scene", offset=4.0)
    studio.office.gate = False
    studio.press()
    studio.work()
    studio.project.trim(studio.project.now(item), left=-0.25, right=0.25)
    studio.project.move(studio.project.now(item), 33.0)
    studio.office.gate = True
    studio.finish()
    assert studio.office.conversions[0]["cut"] == {"start": 4.0, "length": 2.0, "handle": 0.5}
    take = studio.items[0].takes[1]
    assert heard(take, 0.0) == pytest.approx(3.75, abs=1e-3)
    assert heard(take, 2.4) == pytest.approx(6.15, abs=1e-3)


@pytest.mark.parametrize("looped", [False, True])
def test_an_item_that_is_longer_than_its_file(studio: Studio, *, looped: bool) -> None:
    item = studio.place(seconds=2.0, length=7.0)
    item.values["B_LOOPSRC"] = float(looped)
    studio.project.edited()
    studio.press()
    studio.finish()
    cut = studio.office.conversions[0]["cut"]
    assert (cut["start"], cut["length"], cut["handle"]) == ((0, 2, 0) if looped else (0, 7, 0.5))
    take = studio.items[0].takes[1]
    assert take.values["D_STARTOFFS"] == 0.0
    assert place_of(take.path, 1.0) == pytest.approx(1.0, abs=1e-3)


def test_one_channel_of_a_file_is_converted_alone(studio: Studio) -> None:
    item = studio.place(channels=2)
    item.takes[0].values["I_CHANMODE"] = 4.0
    studio.project.edited()
    studio.press()
    studio.finish()
    assert studio.office.conversions[0]["cut"]["channels"] == [2]
    assert studio.items[0].takes[1].values["I_CHANMODE"] == 0.0


def test_a_channel_that_the_file_does_not_have_is_left_to_reaper(studio: Studio) -> None:
    """A mono file in a take that plays the right channel: all of it is converted, and the new take has the mode."""
    item = studio.place()
    item.takes[0].values["I_CHANMODE"] = 4.0
    studio.project.edited()
    studio.press()
    studio.finish()
    assert "channels" not in studio.office.conversions[0]["cut"]
    assert studio.items[0].takes[1].values["I_CHANMODE"] == 4.0
    assert heard(studio.items[0].takes[1], 1.0) == pytest.approx(1.0, abs=1e-3)


def test_a_section_is_found_in_its_file(studio: Studio) -> None:
    item = studio.place(seconds=10.0)
    studio.project.section(item.takes[0], 3.0, 4.0)
    item.values |= {"D_LENGTH": 2.0}
    item.takes[0].values["D_STARTOFFS"] = 1.0
    studio.project.edited()
    studio.press()
    studio.finish()
    cut = studio.office.conversions[0]["cut"]
    assert (cut["start"], cut["length"]) == (4.0, 2.0)
    assert heard(studio.items[0].takes[1]) == pytest.approx(4.0, abs=1e-3)


def test_level_pan_law_and_polarity_are_kept(studio: Studio) -> None:
    item = studio.place()
    values = {"D_VOL": -0.5, "D_PAN": 0.3, "D_PANLAW": 0.7, "I_CHANMODE": 2.0}
    item.takes[0].values |= values
    studio.project.edited()
    studio.press()
    studio.finish()
    assert {name: studio.items[0].takes[1].values[name] for name in values} == values


def test_effects_and_envelopes_are_on_the_converted_take(studio: Studio) -> None:
    item = studio.place()
    studio.project.add_effect(item.takes[0], "VST: ReaComp (Cockos)")
    studio.project.add_envelope(item.takes[0], [(0.0, 1.0), (1.0, 0.5)])
    studio.press()
    studio.finish()
    take = studio.items[0].takes[1]
    assert [effect.name for effect in take.effects] == ["VST: ReaComp (Cockos)"]
    assert [envelope.points for envelope in take.envelopes] == [[(0.0, 1.0), (1.0, 0.5)]]
    assert heard(take, 0.5) == pytest.approx(0.5, abs=1e-3)
    assert studio.steps == ["takevoice: line"]


NEEDS_RENDERING: dict[str, Callable[[Studio, Any], None]] = {
    "playrate": lambda _, item: item.takes[0].values.update(D_PLAYRATE=1.5),
    "pitch": lambda _, item: item.takes[0].values.update(D_PITCH=2.0),
    "stretch markers": lambda _, item: item.takes[0].stretch_markers.extend([(0.0, 0.0), (1.0, 1.5)]),
    "reversed": lambda studio, item: studio.project.section(item.takes[0], 0.0, 2.0, reverse=True),
    "section of a section": lambda studio, item: [studio.project.section(item.takes[0], 0.0, 1.9) for _ in range(2)],
    "channel mode": lambda _, item: item.takes[0].values.update(I_CHANMODE=67.0),
}


@pytest.mark.parametrize("why", NEEDS_RENDERING)
def test_what_only_reaper_can_make_is_rendered_once_and_leaves_no_trace(studio: Studio, why: str) -> None:
    item = studio.place(channels=2)
    NEEDS_RENDERING[why](studio, item)
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    assert studio.steps == ["prepare", "takevoice: line"]
    assert studio.names() == ["line", "line.ada"]
    assert sorted(path.name for path in studio.project.media.iterdir()) == ["line.ada.wav", "line.wav"]
    assert [take.selected for take in studio.items] == [True]
    studio.project.ctrl_z()
    assert studio.names() == ["line"]


def test_effects_are_converted_too_where_the_user_prefers_that(studio: Studio) -> None:
    studio.reaper.ext_state.values["takevoice", "effects"] = "before"
    item = studio.place()
    studio.project.add_effect(item.takes[0])
    studio.press()
    studio.finish()
    take = studio.items[0].takes[1]
    assert take.effects == []
    assert heard(take, 1.0) == pytest.approx(-0.5, abs=1e-3)  # the effect halves and inverts
    assert studio.steps == ["takevoice: line"]


def test_a_locked_item_and_what_is_no_audio_are_listed_together(studio: Studio) -> None:
    locked = studio.place("locked")
    locked.values["C_LOCK"] = 1.0
    studio.project.place_midi(studio.track, 5.0)
    studio.project.place_empty(studio.track, 8.0)
    studio.place("fine", 10.0)
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    assert [len(item.takes) for item in studio.items] == [1, 1, 0, 2]
    (message,) = studio.reaper.console
    assert "locked is locked" in message
    assert "MIDI is not audio" in message


def test_nothing_selected_is_told_and_leaves_no_undo_step(studio: Studio) -> None:
    studio.press()
    assert studio.reaper.boxes == ["Select one or more audio items first."]
    assert studio.steps == []


# What the user does meanwhile


@pytest.mark.parametrize("restores", [True, False], ids=["project data in undo", "not in undo"])
def test_undo_of_something_else_while_a_take_is_under_way(studio: Studio, *, restores: bool) -> None:
    studio.project.undo_restores_ext_state = restores
    item = studio.place()
    studio.project.move(item, 50.0)
    studio.office.gate = False
    studio.press()
    studio.work()
    assert studio.project.ctrl_z() == "Move media items"
    studio.work()
    studio.office.gate = True
    studio.finish()
    assert len(studio.items[0].takes) == 2
    assert (studio.left(), studio.said()) == ([], "")


def test_undo_and_redo_of_the_take_bring_no_record_back(studio: Studio) -> None:
    studio.place()
    studio.press()
    studio.finish()
    studio.project.ctrl_z()
    studio.work()
    assert studio.names() == ["line"]
    assert studio.project.ext.get("takevoice", {}) == {}
    assert len(studio.office.conversions) == 1


def test_both_halves_of_an_item_that_is_split_meanwhile_get_the_take(studio: Studio) -> None:
    item = studio.place(seconds=6.0)
    studio.office.gate = False
    studio.press()
    studio.work()
    studio.project.split(studio.project.now(item), 2.5)
    studio.office.gate = True
    studio.finish()
    left, right = studio.items
    assert [len(left.takes), len(right.takes)] == [2, 2]
    assert heard(right.takes[1], 1.0) == pytest.approx(3.5, abs=1e-3)
    assert studio.steps[-1] == "takevoice: line"


def test_items_deleted_meanwhile_are_one_question_that_waits_until_reaper_stops(studio: Studio) -> None:
    for n in range(12):
        studio.place(f"line {n}", 3.0 * n)
    studio.office.gate = False
    studio.press()
    studio.work()
    studio.project.delete(*studio.items)
    studio.project.play_state = 1
    studio.office.gate = True
    studio.work(1.0)
    assert studio.reaper.boxes == []
    studio.project.play_state = 0
    studio.finish()
    assert len(studio.reaper.boxes) == 1
    assert [track.name for track in studio.project.tracks] == ["Anna", "Anna (takevoice)"]
    assert [item.position for item in studio.items] == [3.0 * n for n in range(12)]
    assert studio.steps[-1] == "takevoice: 12 takes"


def test_who_does_not_want_takes_of_deleted_items_is_told_where_the_files_are(studio: Studio) -> None:
    item = studio.place()
    studio.office.gate, studio.reaper.yes = False, False
    studio.press()
    studio.work()
    studio.project.delete(studio.project.now(item))
    studio.office.gate = True
    studio.finish()
    assert studio.items == []
    assert str(studio.project.media / "line.ada.wav") in studio.said()


def test_a_take_waits_for_the_end_of_a_recording(studio: Studio) -> None:
    studio.place()
    studio.project.play_state = 5
    studio.press()
    studio.work(1.0)
    assert studio.names() == ["line"]
    studio.project.play_state = 0
    studio.finish()
    assert studio.names() == ["line", "line.ada"]


def test_a_take_comes_after_the_project_was_closed_and_opened_again(open_studio: Open) -> None:
    studio = open_studio()
    studio.place()
    studio.office.gate = False
    studio.press()
    studio.work()
    other = studio.reaper.open(Project(studio.folder / "Other" / "Media"))
    saved = studio.reaper.close(studio.project)
    studio.office.gate = True
    studio.work()
    studio.project = studio.reaper.reopen(studio.project, saved)
    studio.finish()
    assert studio.names() == ["line", "line.ada"]
    assert other.items == []


def test_an_older_copy_of_the_project_gets_no_second_take(open_studio: Open) -> None:
    studio = open_studio()
    studio.place()
    studio.office.gate = False
    studio.press()
    studio.work()
    saved = studio.project.save()
    studio.office.gate = True
    studio.finish()
    studio.project = studio.reaper.reopen(studio.project, saved)
    studio.until(lambda: not studio.project.ext.get("takevoice"), 40)
    assert studio.names() == ["line", "line.ada"]
    assert len(studio.office.conversions) == 1


# takevoice that does not answer, holds, or fails


def test_requests_wait_for_a_takevoice_that_starts_later(studio: Studio) -> None:
    studio.place()
    studio.office.runs = False
    studio.press()
    studio.work(0.3)
    studio.reaper.clock_ahead = 3.0
    studio.until(lambda: studio.reaper.boxes)
    (box,) = studio.reaper.boxes
    assert "takevoice is not running. The take waits" in box
    studio.office.runs = True
    studio.finish()
    assert studio.names() == ["line", "line.ada"]
    assert len(studio.reaper.boxes) == 1


def test_a_takevoice_that_is_busy_is_not_called_stopped(studio: Studio) -> None:
    studio.place()
    studio.office.busy = True
    studio.press()
    studio.work(0.3)
    studio.reaper.clock_ahead = 4.0
    studio.work(0.3)
    assert studio.reaper.boxes == []
    studio.office.busy = False
    studio.finish()
    assert studio.names() == ["line", "line.ada"]


def test_the_message_counts_all_takes_that_wait(studio: Studio) -> None:
    """Also those that there was no time yet to look at."""
    for n in range(40):
        studio.place(f"line {n}", 3.0 * n)
    studio.office.runs = False
    studio.press()
    studio.work(0.3)
    time_precise = studio.reaper._functions["time_precise"]

    def slow() -> float:
        time.sleep(0.002)
        return float(time_precise())

    studio.reaper._functions["time_precise"] = slow
    studio.reaper.clock_ahead = 4.0
    studio.until(lambda: studio.reaper.boxes)
    assert "40 takes wait" in studio.reaper.boxes[0]


def test_a_takevoice_that_shows_no_sign_of_life_for_15_seconds_is_called_stopped(studio: Studio) -> None:
    studio.place()
    studio.office.gate = False
    studio.press()
    studio.until(lambda: "converting" in studio.reaper.help_line)
    studio.office.runs = False
    progress = studio.office.state / "handover" / "progress.json"
    progress.write_text(json.dumps(json.loads(progress.read_text()) | {"beat": time.time() - 9}))  # 8 to 9 seconds have passed
    studio.work(0.3)
    studio.reaper.clock_ahead = 5.0  # and five more
    studio.work(0.3)
    assert "converting" in studio.reaper.help_line
    studio.reaper.clock_ahead = 7.0
    studio.until(lambda: "takevoice has stopped; start it again" in studio.reaper.help_line, 3.0)
    assert studio.reaper.boxes == []
    studio.office.runs = studio.office.gate = True
    studio.finish()
    assert studio.names() == ["line", "line.ada"]


def test_no_box_while_reaper_plays(studio: Studio) -> None:
    studio.place()
    studio.project.play_state, studio.office.runs = 1, False
    studio.press()
    studio.until(lambda: "takevoice is not running" in studio.said())
    assert studio.reaper.boxes == []


def test_a_held_take_keeps_no_other_waiting(studio: Studio) -> None:
    studio.place("cheap")
    studio.place("dear", 5.0)
    studio.office.held["dear"] = "it costs 900 credits"
    studio.press()
    studio.until(lambda: studio.names(0) == ["cheap", "cheap.ada"])
    assert "held: it costs 900 credits" in studio.reaper.help_line
    studio.office.held.clear()
    studio.finish()
    assert studio.names(1) == ["dear", "dear.ada"]


def test_failures_are_one_list(studio: Studio) -> None:
    for n in range(4):
        studio.place(f"line {n}", 3.0 * n)
    studio.office.failing = {"line 1": "the voice does not exist", "line 2": "the quota is used up"}
    studio.press()
    studio.finish()
    assert [len(item.takes) for item in studio.items] == [2, 1, 1, 2]
    (message,) = studio.reaper.console
    assert "line 1 was not converted: the voice does not exist" in message
    assert "line 2 was not converted: the quota is used up" in message


def test_a_name_of_400_letters_of_three_bytes(studio: Studio) -> None:
    path = ramp(studio.project.media / "line.wav")
    studio.project.place(studio.track, path, name="これはとても長い台詞です。" * 31)
    studio.track.strings["P_NAME"] = "ナレーター" * 60
    studio.press()
    studio.finish()
    assert len(studio.items[0].takes) == 2


def test_a_source_that_was_offline_and_has_no_length_is_converted(studio: Studio) -> None:
    studio.place()
    source = studio.items[0].takes[0].source
    assert source
    source.forgets = True  # type: ignore[attr-defined]
    studio.press()
    studio.finish()
    assert len(studio.items[0].takes) == 2
