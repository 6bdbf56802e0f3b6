"""What goes wrong around the scripts, in REAPER or in what they get, and what a person must not lose by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from integrations.reaper.standin import Item, Take
from integrations.reaper.standin.audio import read_take
from integrations.reaper.studio import RATE, Studio, heard, ramp

Open = Callable[..., Studio]


def begin(studio: Studio, **options: Any) -> Item:
    """Convert an item, but keep takevoice from ending."""
    item = studio.place(**options)
    studio.office.gate = False
    studio.press()
    studio.work()
    return item


def end(studio: Studio) -> None:
    studio.office.gate = True
    studio.finish()


def fail(studio: Studio, call: str, times: int) -> None:
    """Let a call of REAPER's fail for some times."""
    calls, left = studio.reaper._functions, [times]
    works = calls[call]

    def function(*arguments: Any) -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise RuntimeError("REAPER is out of order")
        return works(*arguments)

    calls[call] = function


# Numbers


@pytest.mark.parametrize(("progress", "shown"), [(0.112, "11 %"), (0.29, "29 %"), (1e300, "100 %"), (-1, "0 %"), ("much", "0 %"), (None, "0 %")])
def test_a_progress_of_any_kind_loses_no_take(studio: Studio, progress: Any, shown: str) -> None:
    studio.office.progress = progress
    begin(studio)
    assert f"converting {shown}" in studio.reaper.help_line
    studio.press("window")
    studio.work(0.2)
    assert any(shown in text for text in studio.reaper.texts)
    end(studio)
    assert studio.names() == ["line", "line.ada"]
    assert studio.said() == ""


def test_a_progress_is_shown_by_reaimgui_too(open_studio: Open) -> None:
    studio = open_studio(reaimgui="0.10.0.2")
    studio.office.progress, studio.office.credits = 0.112, 40.2
    studio.press("window")
    begin(studio)
    assert "line: converting 11 %, 41 credits" in studio.reaper.texts
    assert "11 %" in studio.reaper.texts
    end(studio)


# Errors within a tick


def test_an_unexpected_error_while_a_take_is_under_way_is_told_once_and_it_comes(open_studio: Open) -> None:
    studio = open_studio()
    begin(studio)
    path = studio.office.state / "handover" / "progress.json"
    studio.office._write(path, {"beat": 0, "requests": {studio.office.conversions[0]["id"]: 5}})
    studio.office.runs = False
    studio.until(lambda: "line waits, and nothing of it is lost" in studio.said())
    studio.work(2.2)  # it is tried again meanwhile
    assert studio.said().count("line waits") == 1
    studio.office.runs = True
    end(studio)
    assert studio.names() == ["line", "line.ada"]
    assert studio.left() == []


@pytest.mark.parametrize("call", ["SetMediaItemTake_Source", "PCM_Source_CreateFromFile", "GetProjectStateChangeCount", "CountTakes"])
def test_an_error_while_a_take_is_added_loses_nothing_and_leaves_no_half_take(studio: Studio, call: str) -> None:
    begin(studio, name="first")
    studio.place("second", 5.0)
    studio.project.select(studio.items[1])
    studio.press()
    studio.work()
    fail(studio, call, 1)
    studio.office.gate = True
    studio.until(lambda: all(len(item.takes) == 2 for item in studio.items))
    studio.finish()
    assert studio.names(0) == ["first", "first.ada"]
    assert studio.names(1) == ["second", "second.ada"]
    assert studio.left() == []
    assert studio.reaper.leaked == []


def test_a_file_that_goes_between_two_looks_leaves_no_empty_take(studio: Studio) -> None:
    """It was opened once, and is not there when the take is made."""
    begin(studio)
    functions, opened = studio.reaper._functions, []
    works = functions["PCM_Source_CreateFromFile"]

    def second_fails(path: str) -> Any:
        opened.append(path)
        return None if len(opened) == 2 else works(path)

    functions["PCM_Source_CreateFromFile"] = second_fails
    studio.office.gate = True
    studio.until(lambda: "cannot open" in studio.said())
    assert studio.names() == ["line"]
    assert studio.steps == []
    studio.finish()
    assert studio.names() == ["line", "line.ada"]
    assert studio.steps == ["takevoice: line"]


def test_an_error_of_the_render_watch_keeps_no_take_waiting(studio: Studio) -> None:
    studio.press("convert_renders_on_off")
    fail(studio, "GetSetProjectInfo_String", 999_999)
    studio.place()
    studio.press()
    studio.finish()
    assert studio.names() == ["line", "line.ada"]
    assert studio.said().count("REAPER is out of order") == 1


def test_a_result_that_names_no_file_keeps_no_other_waiting(studio: Studio) -> None:
    begin(studio, name="odd")
    studio.place("fine", 5.0)
    studio.project.select(studio.items[1])
    studio.press()
    studio.work()
    odd = next(r for r in studio.office.conversions if r["name"] == "odd")
    del studio.office.under_way[odd["id"]]
    (studio.office.state / "results" / f"{odd['id']}.json").write_text(json.dumps({"state": "done", "text": ""}))
    end(studio)
    assert studio.names(1) == ["fine", "fine.ada"]
    assert "odd was not converted: `takevoice jobs` shows why" in studio.said()


def test_a_take_is_asked_for_again_when_its_item_is_gone(open_studio: Open) -> None:
    """takevoice lost its list of jobs; the file is converted again from what the record says."""
    studio = open_studio()
    item = begin(studio)
    asked = dict(studio.office.conversions[0])
    studio.project.delete(studio.project.now(item))
    studio.office.under_way.clear()
    studio.office.requests.clear()
    studio.until(lambda: studio.office.conversions, 30)
    assert studio.office.conversions == [asked]
    end(studio)
    assert len(studio.reaper.boxes) == 1
    assert heard(studio.items[0].takes[0], 0.5) == pytest.approx(0.5, abs=1e-3)


def test_a_folder_that_cannot_be_written_for_a_while_renders_nothing_twice(studio: Studio) -> None:
    item = studio.place()
    studio.project.section(item.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    handover = studio.office.state / "handover"
    handover.rename(handover.with_name("elsewhere"))
    studio.office.runs = False
    studio.press()
    studio.until(lambda: "takevoice's folder cannot be written" in studio.said())
    handover.with_name("elsewhere").rename(handover)
    studio.office.runs = True
    studio.finish()
    assert studio.names() == ["line", "line.ada"]
    assert studio.reaper.actions.done.count(41999) == 1
    assert sorted(path.name for path in studio.project.media.iterdir()) == ["line.ada.wav", "line.wav"]


def test_what_was_rendered_for_a_take_that_is_cancelled_is_removed(studio: Studio) -> None:
    item = studio.place()
    studio.project.section(item.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    studio.office.runs = False
    studio.press()
    studio.press("window")
    studio.until(lambda: len(list(studio.project.media.glob("*.wav"))) == 2)
    studio.until(lambda: list((studio.office.state / "handover").glob("*.json")))
    studio.reaper.click("Cancel")
    studio.until(lambda: not studio.project.ext.get("takevoice"))
    assert [path.name for path in studio.project.media.iterdir()] == ["line.wav"]


# Loops


def test_a_looping_item_that_is_a_hair_longer_than_its_file_is_no_loop(studio: Studio) -> None:
    path = ramp(studio.project.media / "hour.wav", 60.0, rate=8_000)
    item = studio.project.place(studio.track, path, length=10.00001, offset=50.0, name="end")
    studio.project.edited("prepare")
    assert item.values["B_LOOPSRC"]
    studio.press()
    studio.finish()
    cut = studio.office.conversions[0]["cut"]
    assert (cut["start"], cut["length"], cut["handle"]) == (50.0, 10.0, 0.5)
    assert heard(studio.items[0].takes[1], 5.0) == pytest.approx(55.0, abs=1e-2)


@pytest.mark.parametrize(("offset", "length"), [(50.0, 15.0), (-3.0, 6.0), (125.0, 8.0)])
def test_no_more_of_a_loop_is_sent_than_the_item_plays(studio: Studio, offset: float, length: float) -> None:
    path = ramp(studio.project.media / "hour.wav", 60.0, rate=8_000)
    studio.project.place(studio.track, path, length=length, offset=offset, name="loop")
    studio.project.edited("prepare")
    studio.press()
    studio.until(lambda: studio.office.conversions)
    (request,) = studio.office.conversions
    if "cut" not in request:
        # REAPER has rendered it
        assert request["temporary"]
    studio.finish()
    (item,) = studio.items
    assert soundfile.info(item.takes[1].path).duration == pytest.approx(length, abs=1.0)
    before, after = (read_take(take, 0.0, round(40 * length), 40) for take in item.takes)
    assert np.mean(np.abs(before[:, 0] + after[:, 0]) > 1e-5) < 0.02


# Other projects in the same tab


@pytest.mark.parametrize("name", ["Other.rpp", ""], ids=["saved", "new"])
def test_another_project_in_the_same_tab_gets_no_records_and_no_takes(open_studio: Open, name: str) -> None:
    studio = open_studio()
    if not name:
        studio.project.file = ""
    begin(studio)
    media, file = studio.project.media, Path(studio.project.file).name
    saved = studio.reaper.open_here(studio.folder / "Other" / "Media", name=name)
    studio.office.gate = True
    studio.work(0.6)
    assert studio.project.ext.get("takevoice", {}) == {}
    assert studio.items == []
    assert studio.reaper.boxes == []
    studio.reaper.open_here(media, saved, file)
    studio.finish()
    assert studio.names() == ["line", "line.ada"]


def test_a_project_of_the_same_tab_is_the_same_after_undo_and_under_another_name(studio: Studio) -> None:
    item = begin(studio)
    studio.project.move(studio.project.now(item), 3.0)
    studio.project.file = str(Path(studio.project.file).with_name("Session v2.rpp"))
    studio.work(0.2)
    while studio.project.ctrl_z():
        studio.work(0.1)
    end(studio)
    assert studio.names() == ["line", "line.ada"]


def test_renders_of_another_project_in_the_same_tab_are_left_alone(open_studio: Open) -> None:
    studio = open_studio()
    studio.press("convert_renders_on_off")
    studio.work(0.2)
    studio.reaper.open_here(studio.folder / "Other" / "Media", name="Other.rpp")
    studio.project.rendered = [ramp(studio.folder / "mix.wav")]
    studio.work(0.4)
    assert studio.office.conversions == []


# What a take has


@pytest.mark.parametrize("version", [7, 6])
def test_spectral_edits_are_part_of_what_is_converted(open_studio: Open, version: int) -> None:
    studio = open_studio(version=version)
    item = studio.place()
    other = studio.project.add_take(item, ramp(studio.project.media / "other.wav"), "other")
    other.values["IP_SPECEDIT:CNT"] = 2.0
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    assert "temporary" not in studio.office.conversions[0]  # the take that plays has none
    studio.project.activate(studio.items[0].takes[1])
    studio.press()
    studio.finish()
    assert studio.office.conversions[1]["temporary"]


def markers(take: Take) -> list[tuple[float, str, int]]:
    return [(round(position, 3), name, color) for position, name, color in take.markers]


@pytest.mark.parametrize("chain", [False, True], ids=["plain", "with effects"])
def test_take_markers_are_where_they_were_in_the_sound(studio: Studio, *, chain: bool) -> None:
    path = ramp(studio.project.media / "scene.wav", 20.0)
    item = studio.project.place(studio.track, path, 3.0, length=4.0, name="scene", offset=5.0)
    item.takes[0].markers = [(1.0, "before", 0), (4.75, "in the handle", 0), (6.0, "breath", 255), (8.5, "click", 0), (12.0, "after", 0)]
    if chain:
        studio.project.add_effect(item.takes[0])
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    take = studio.items[0].takes[1]
    assert markers(take) == [(0.25, "in the handle", 0), (1.5, "breath", 255), (4.0, "click", 0)]
    assert heard(take, 1.0) == pytest.approx(6.0, abs=1e-3)
    assert len(studio.items[0].takes[0].markers) == 5


def test_take_markers_of_a_rendered_take_are_moved_with_its_rate(studio: Studio) -> None:
    item = studio.place(seconds=8.0)
    item.values["D_LENGTH"] = 4.0
    item.takes[0].values |= {"D_PLAYRATE": 2.0, "D_STARTOFFS": 1.0}
    item.takes[0].markers = [(3.0, "breath", 0), (0.5, "before", 0)]
    studio.project.edited("prepare")
    studio.press()
    studio.finish()
    assert markers(studio.items[0].takes[1]) == [(1.0, "breath", 0)]


@pytest.mark.parametrize("effect", [False, True], ids=["plain", "with effects"])
def test_no_source_is_left_behind_and_none_that_is_used_is_destroyed(studio: Studio, *, effect: bool) -> None:
    item = studio.place()
    if effect:
        studio.project.add_effect(item.takes[0])
    studio.press("convert_selected_items_3_candidates")
    studio.finish()
    assert len(studio.names()) == 4
    assert studio.reaper.leaked == []
    assert not any(take.source and take.source.gone for take in studio.items[0].takes)


# What the user sees


def test_rendering_leaves_cursor_selections_and_loop_as_they_were(studio: Studio) -> None:
    studio.project.undo_moves_cursor = True
    studio.place("first")
    studio.press()
    studio.finish()
    item = studio.place("second", 5.0)
    studio.project.section(item.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    # Since the last undo point:
    studio.project.cursor = 7.5
    studio.project.state.time_selection, studio.project.state.loop = (1.0, 2.0), (3.0, 4.0)
    studio.track.selected = True
    studio.project.tracks[0].selected = True
    studio.project.select(*studio.items)
    studio.press()
    studio.finish()
    assert studio.reaper.actions.done.count(41999) == 1
    assert studio.project.cursor == 7.5
    assert (studio.project.state.time_selection, studio.project.state.loop) == ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize("state", [2, 0])
def test_paused_is_not_playing(studio: Studio, state: int) -> None:
    item = studio.place()
    studio.project.section(item.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    studio.project.play_state = state
    studio.press()
    studio.finish()
    assert studio.names() == ["line", "line.ada"]


@pytest.mark.parametrize("state", [1, 5, 6])
def test_nothing_is_rendered_while_reaper_plays_or_records(studio: Studio, state: int) -> None:
    item = studio.place()
    studio.project.section(item.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    studio.project.play_state = state
    studio.press()
    studio.work()
    assert studio.reaper.actions.done == []
    studio.project.play_state = 0
    studio.finish()


def test_a_window_that_is_collapsed_is_not_drawn(open_studio: Open) -> None:
    studio = open_studio(reaimgui="0.10.0.2")
    studio.press("window")
    studio.work(0.2)
    (context,) = studio.reaper.imgui_contexts
    context.collapsed = True
    studio.work(0.3)
    studio.reaper.check()
    context.collapsed = False
    studio.work(0.2)
    assert "Nothing is under way in this project." in studio.reaper.texts


BROKEN = 'return function(view) error("the page is broken", 0) end'
BROKEN_LIST = """return function(view)
  local options = setmetatable({}, { __index = function(_, key) if key == 1 then error("the page is broken", 0) end end })
  view.choice("A list", options, 2)
end
"""


@pytest.mark.parametrize(("reaimgui", "page"), [(None, BROKEN), ("0.10.0.2", BROKEN), ("0.10.0.2", BROKEN_LIST)])
def test_an_error_of_a_page_is_shown_in_the_window(open_studio: Open, reaimgui: str | None, page: str) -> None:
    studio = open_studio(reaimgui=reaimgui)
    (studio.resources / "Scripts" / "takevoice" / "api" / "window" / "page_jobs.lua").write_text(page)
    studio.press("window")
    studio.work(0.3)
    if page == BROKEN_LIST:
        studio.reaper.click("A list")
        studio.work(0.1)
    assert "the page is broken" in studio.reaper.texts
    studio.reaper.click("Convert")
    studio.work(0.2)
    assert "Selected items" in studio.reaper.texts
    assert studio.said() == ""


@pytest.mark.parametrize("call", ["ImGui_TextWrapped", "ImGui_Begin", "ImGui_End"])
def test_a_window_that_reaimgui_cannot_draw_is_closed_and_the_takes_come(open_studio: Open, call: str) -> None:
    studio = open_studio(reaimgui="0.10.0.2")
    studio.press("window")
    begin(studio)
    fail(studio, call, 999_999)
    context = studio.reaper.imgui_contexts[0]
    studio.reaper.blame = lambda _what: None  # type: ignore[method-assign]  # the window that is left half-drawn
    studio.work(0.5)
    assert studio.said().count("the window had to be closed") == 1
    assert context.gone
    end(studio)
    assert studio.names() == ["line", "line.ada"]


# Renders that are converted by themselves


def toggle_of(studio: Studio, name: str) -> int:
    path = studio.resources / "Scripts" / "takevoice" / f"takevoice_{name}.lua"
    return studio.reaper.toggles.get(studio.reaper.command_of(path), 0)


def render(studio: Studio, *paths: Path) -> None:
    studio.project.rendering = True
    studio.work(0.1)
    studio.project.rendered = list(paths)
    studio.project.rendering = False
    studio.work(0.4)


def test_renders_are_converted_until_reaper_ends_and_the_button_shows_it(studio: Studio) -> None:
    studio.press("convert_renders_on_off")
    studio.work(0.2)
    assert toggle_of(studio, "convert_renders_on_off") == 1
    render(studio, ramp(studio.folder / "mix.wav"))
    assert [request["name"] for request in studio.office.conversions] == ["mix"]
    studio.restart()
    studio.place()
    studio.press()
    studio.finish()
    render(studio, ramp(studio.folder / "other.wav"))
    assert [request["name"] for request in studio.office.conversions] == ["mix", "line"]
    assert toggle_of(studio, "convert_renders_on_off") == 0


def test_the_windows_switch_is_the_actions(studio: Studio) -> None:
    studio.press("window")
    studio.work(0.2)
    studio.reaper.click("Preferences")
    studio.work(0.2)
    studio.reaper.click("Convert what REAPER renders")
    studio.work(0.2)
    assert toggle_of(studio, "convert_renders_on_off") == 1
    studio.press("convert_renders_on_off")
    assert toggle_of(studio, "convert_renders_on_off") == 0


def test_a_file_that_is_rendered_again_is_noticed(studio: Studio) -> None:
    """REAPER's list of what was rendered is the same: the same path, the same peak."""
    mix = ramp(studio.folder / "mix.wav")
    studio.press("convert_renders_on_off")
    studio.work(0.2)
    render(studio, mix)
    render(studio, mix)
    assert len(studio.office.conversions) == 1  # the same sound
    samples, rate = soundfile.read(mix)
    soundfile.write(mix, samples[::-1], rate, "FLOAT")
    render(studio, mix)
    assert len(studio.office.conversions) == 2
    soundfile.write(mix, samples[: RATE // 2], rate, "FLOAT")  # cancelled
    render(studio, mix)
    assert len(studio.office.conversions) == 2


@pytest.mark.parametrize("name", ["mix; final.wav", ";a;b;;.wav"])
@pytest.mark.parametrize("has_stats", [True, False], ids=["stats", "targets"])
def test_a_render_with_semicolons_in_its_name(studio: Studio, name: str, *, has_stats: bool) -> None:
    """REAPER separates the paths of its lists by semicolons; an older one has no statistics."""
    paths = [ramp(studio.folder / "first.wav"), ramp(studio.folder / name, 1.0), ramp(studio.folder / "last.wav")]
    studio.project.rendered = paths if has_stats else []
    studio.project.targets = paths
    studio.press("convert_last_render")
    studio.finish()
    assert sorted(request["path"] for request in studio.office.conversions) == sorted(map(str, paths))


# Keys that are held, and custom actions


def test_an_action_twice_within_a_frame_opens_no_box(studio: Studio) -> None:
    studio.place()
    studio.press("convert_selected_items_3_candidates")
    studio.finish()
    for _ in range(2):
        studio.press("next_candidate")
    assert studio.items[0].active.name == "line.ada.3"
    assert studio.reaper.boxes == []
    studio.press()
    studio.press()
    studio.finish()
    assert studio.names() == ["line", "line.ada", "line.ada.2", "line.ada.3", "line.ada.4"]
    assert studio.reaper.boxes == []


# Choosing where there is nothing to choose


def test_keeping_the_original_says_what_to_do(studio: Studio) -> None:
    studio.place()
    studio.press()
    studio.finish()
    studio.press("back_to_original")
    steps = studio.steps
    studio.press("keep_this_candidate")
    assert "line.ada: make the converted take that you want to keep active first" in studio.said()
    assert (studio.names(), studio.steps) == (["line", "line.ada"], steps)


def test_going_back_to_an_original_that_is_gone_says_so(studio: Studio) -> None:
    studio.place()
    studio.press()
    studio.finish()
    del studio.items[0].takes[0]
    studio.project.edited("delete take")
    studio.press("back_to_original")
    assert "line.ada: the original is no longer in the item" in studio.said()


# What the take becomes meanwhile


@pytest.mark.parametrize("change", ["reversed", "another file"])
def test_a_take_that_plays_something_else_by_now_gets_what_was_asked_for(studio: Studio, change: str) -> None:
    item = studio.project.now(begin(studio))
    if change == "reversed":
        studio.project.section(item.takes[0], 0.0, 2.0, reverse=True)
    else:
        other = studio.place("other", position=9.0)
        item.takes[0].source = other.takes[0].source
    studio.project.edited(change)
    end(studio)
    assert studio.names() == ["line", "line.ada"]
    assert heard(studio.items[0].takes[1], 0.5) == pytest.approx(0.5, abs=1e-3)


# The listener


def running(studio: Studio) -> bool:
    return any(script.path.name == "takevoice_listener.lua" for script in studio.reaper.scripts)


def test_the_listener_is_stopped_by_an_action_and_started_by_the_next(studio: Studio) -> None:
    begin(studio)
    studio.press("convert_renders_on_off")
    studio.press("window")
    studio.work(0.2)
    assert running(studio)
    studio.press("stop_listener")
    studio.work(0.2)
    assert not running(studio)
    assert (studio.reaper.windows, studio.reaper.help_line) == ([], "")
    assert toggle_of(studio, "convert_renders_on_off") == 0
    studio.office.gate = True
    studio.work(0.3)
    assert studio.names() == ["line"]
    studio.press("listener")
    studio.finish()
    assert studio.names() == ["line", "line.ada"]
    assert studio.reaper.boxes == []


def test_who_stops_a_listener_that_does_not_run_is_told_so(studio: Studio) -> None:
    studio.press("stop_listener")
    assert studio.reaper.boxes == ["The listener is not running."]
    studio.place()
    studio.press()
    studio.finish()
    assert studio.names() == ["line", "line.ada"]


def test_a_listener_that_is_started_again_works_on(studio: Studio) -> None:
    """REAPER 7 restarts it; REAPER 6 asks what to do."""
    begin(studio)
    studio.press("listener")
    studio.work(0.2)
    boxes = [] if studio.reaper.version == 7 else ["takevoice_listener.lua is already running"]
    assert studio.reaper.boxes == boxes
    end(studio)
    assert studio.names() == ["line", "line.ada"]


def test_the_listener_is_that_of_the_scripts_after_an_update(studio: Studio) -> None:
    """`takevoice install reaper` while REAPER runs: installed.json has the sums of the scripts."""
    installed = studio.resources / "Scripts" / "takevoice" / "installed.json"
    installed.write_text('{"api/ui.lua": "1111"}')
    begin(studio)
    before = next(script for script in studio.reaper.scripts if script.path.name == "takevoice_listener.lua")
    installed.write_text('{"api/ui.lua": "2222"}')
    studio.place("second", position=4.0)
    studio.press()
    studio.work(0.2)
    assert (before in studio.reaper.scripts) == (studio.reaper.version < 7)
    end(studio)
    assert (studio.names(0), studio.names(1)) == (["line", "line.ada"], ["second", "second.ada"])
    assert studio.said().count("the scripts were updated") == 1
    studio.place("third", position=8.0)
    studio.press()
    studio.finish()
    # REAPER 6 would ask: there it is the user who starts it again
    assert studio.said().count("the scripts were updated") == (1 if studio.reaper.version >= 7 else 2)
    assert studio.reaper.boxes == []


def test_of_two_listeners_only_the_newest_works(open_studio: Open) -> None:
    """In REAPER 6, the user can answer that a script is to run twice."""
    studio = open_studio(version=6)
    studio.reaper.task_control = "new"
    item = studio.place()
    item.takes[0].values["D_PLAYRATE"] = 1.5
    studio.project.edited("prepare")
    studio.project.play_state = 1
    studio.press()
    studio.work(0.2)
    studio.project.play_state = 0
    studio.press("listener")
    studio.work(0.3)
    assert len([script for script in studio.reaper.scripts if script.path.name == "takevoice_listener.lua"]) == 1
    studio.finish()
    assert len({request["path"] for request in studio.office.requests}) == 1
    assert studio.names() == ["line", "line.ada"]
    assert studio.steps == ["prepare", "takevoice: line"]


def test_the_listener_starts_with_reaper_until_that_is_switched_off(studio: Studio) -> None:
    mine = studio.resources / "Scripts" / "__startup.lua"
    mine.write_text("local mine = 1\nreturn mine\n")
    studio.press("start_listener_with_reaper")
    assert running(studio)
    studio.restart()
    assert not running(studio)
    studio.reaper.start_up()
    studio.work(0.2)
    assert running(studio)
    studio.press("start_listener_with_reaper")
    assert studio.reaper.boxes == ["The listener no longer starts with REAPER."]
    assert mine.read_text() == "local mine = 1\nreturn mine\n"
    studio.restart()
    studio.reaper.start_up()
    assert not running(studio)


def test_scripts_that_were_only_copied_say_what_is_missing(studio: Studio) -> None:
    (studio.resources / "Scripts" / "takevoice" / "settings.lua").unlink()
    studio.place()
    studio.press()
    (box,) = studio.reaper.boxes
    assert "takevoice install reaper" in box
    assert studio.steps == []
