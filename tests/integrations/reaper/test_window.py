"""The window in REAPER's own graphics, as a person reads and clicks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from integrations.reaper.standin.window import Window
from integrations.reaper.studio import Studio


@pytest.fixture
def open_window(studio: Studio) -> Callable[[str], Window]:
    """Opens the window at a page."""

    def show(page: str) -> Window:
        studio.press("window")
        studio.work(0.2)
        studio.reaper.click(page)
        studio.work(0.2)
        return window(studio)

    return show


def window(studio: Studio) -> Window:
    return next(script.window for script in studio.reaper.scripts if script.window and script.window.open)


def texts(studio: Studio) -> str:
    studio.work(0.3)
    return "\n".join(window(studio).texts)


def test_the_action_opens_and_closes_it_and_leaves_no_undo_step(studio: Studio) -> None:
    studio.press("window")
    studio.work()
    assert "Nothing is under way in this project." in texts(studio)
    studio.press("window")
    studio.work()
    assert not [script for script in studio.reaper.scripts if script.window and script.window.open]
    assert studio.steps == []


def test_what_is_under_way_is_shown_with_its_price_and_can_be_cancelled(
    studio: Studio, open_window: Callable[[str], Window], tmp_path: Path
) -> None:
    studio.place("Anna 3")
    studio.place("Anna 4", 5.0)
    studio.office.gate, studio.office.credits = False, 41
    studio.press()
    open_window("Under way").save(tmp_path / "under way.png")
    assert "Anna 3: converting 40 %, 41 credits" in texts(studio)
    studio.reaper.click("Cancel", 0)
    studio.work()
    studio.office.gate = True
    studio.finish()
    assert [len(item.takes) for item in studio.items] == [1, 2]
    assert [request["address"] for request in studio.office.requests].count("/takevoice/cancel") == 1
    assert studio.left() == []


@pytest.mark.parametrize(("button", "takes"), [("Convert it", 2), ("Drop it", 1)])
def test_what_is_held_is_decided_there(studio: Studio, open_window: Callable[[str], Window], button: str, takes: int) -> None:
    studio.place("dear")
    studio.office.held["dear"] = "it costs 900 credits"
    studio.press()
    open_window("Under way")
    assert "dear: held: it costs 900 credits" in texts(studio)
    studio.reaper.click(button)
    studio.finish()
    assert len(studio.items[0].takes) == takes


def test_takes_held_elsewhere_are_listed(studio: Studio, open_window: Callable[[str], Window]) -> None:
    studio.place("dear")
    studio.office.held["dear"] = "it costs 900 credits"
    studio.press()
    open_window("Under way")
    studio.reaper.click("Look for held takes")
    assert "dear (ada): it costs 900 credits" in texts(studio)


def test_every_action_has_a_button(studio: Studio, open_window: Callable[[str], Window], tmp_path: Path) -> None:
    studio.place("line")
    open_window("Convert").save(tmp_path / "convert.png")
    studio.reaper.click("Selected items")
    studio.finish()
    assert studio.names() == ["line", "line.ada"]
    studio.reaper.click("Back to the original")
    studio.work(0.1)
    active = studio.items[0].active
    assert active and active.name == "line"
    for label in ("Razor edits", "Time selection", "Selected tracks", "Regions", "Last render", "Next candidate", "Keep this candidate"):
        assert label in texts(studio)


def test_the_price_is_known_before_anything_is_sent(studio: Studio, open_window: Callable[[str], Window]) -> None:
    studio.place("one")
    studio.place("two", 5.0)
    studio.office.credits = 17
    open_window("Convert")
    studio.reaper.click("What do the selected items cost?")
    assert "2 takes, 4.0 s: 34 credits" in texts(studio)
    assert studio.office.conversions == []


def test_items_that_must_be_rendered_are_not_in_the_price_and_it_says_so(
    studio: Studio, open_window: Callable[[str], Window]
) -> None:
    studio.place("line")
    item = studio.place("backwards", 5.0)
    studio.project.section(item.takes[0], 0.0, 2.0, reverse=True)
    studio.project.edited("prepare")
    open_window("Convert")
    studio.reaper.click("What do the selected items cost?")
    assert "1 takes, 2.0 s: free; 1 more must be rendered first" in texts(studio).replace("\n", " ")


def test_voices_are_chosen_from_a_list_and_heard(
    studio: Studio, open_window: Callable[[str], Window], tmp_path: Path
) -> None:
    bob = studio.project.track("Bob")
    studio.track.selected = bob.selected = True
    studio.track.strings["P_EXT:takevoice"] = "voice=ada"
    open_window("Casting").save(tmp_path / "casting.png")
    assert "Voice: (several)" in texts(studio)
    studio.reaper.menu = lambda _fields: "bea"
    studio.reaper.click("Voice:")
    studio.work(0.1)
    assert [track.strings["P_EXT:takevoice"] for track in studio.project.tracks] == ["voice=bea"] * 2
    assert studio.steps == ["takevoice: settings"]
    studio.reaper.click("Hear it")
    studio.work()
    assert studio.reaper.explored == [("/voices/bea.wav", True)]


def test_a_wrong_value_is_said_and_nothing_is_stored(studio: Studio, open_window: Callable[[str], Window]) -> None:
    studio.track.selected = True
    open_window("Casting")
    studio.reaper.typed = lambda *_: ["2"]
    studio.reaper.click("Stability")
    assert "Stability (0 to 1) must be a number from 0 to 1, not 2" in texts(studio)
    assert "P_EXT:takevoice" not in studio.track.strings
    studio.reaper.typed = lambda *_: ["0,4"]
    studio.reaper.click("Stability")
    studio.work(0.1)
    assert studio.track.strings["P_EXT:takevoice"] == "stability=0.4"


def test_preferences_are_kept_over_a_restart(studio: Studio, open_window: Callable[[str], Window], tmp_path: Path) -> None:
    open_window("Preferences").save(tmp_path / "preferences.png")
    studio.reaper.typed = lambda *_: ["3"]
    studio.reaper.click("Takes for each item")
    studio.work(0.1)
    studio.reaper.menu = lambda _fields: "before"
    studio.reaper.click("Take effects")
    studio.work(0.1)
    studio.restart()
    studio.place("line")
    studio.press()
    studio.finish()
    assert len(studio.names()) == 4


def test_the_space_bar_still_plays(studio: Studio, open_window: Callable[[str], Window]) -> None:
    open_window("Under way")
    studio.reaper.key(32)
    studio.work(0.1)
    assert studio.project.play_state == 1


# The same pages with ReaImGui


@pytest.fixture
def imgui(open_studio: Callable[..., Studio]) -> Studio:
    studio = open_studio(reaimgui="0.10.0.2")
    studio.press("window")
    studio.work(0.2)
    assert studio.reaper.windows == []  # no window of REAPER's own graphics
    return studio


def test_reaimgui_draws_the_window_where_it_is_installed(imgui: Studio) -> None:
    imgui.place("Anna 3")
    imgui.office.gate, imgui.office.credits = False, 41
    imgui.press()
    imgui.until(lambda: "Anna 3: converting 40 %, 41 credits" in imgui.reaper.texts)
    imgui.reaper.click("Cancel")
    imgui.work()
    imgui.office.gate = True
    imgui.finish()
    assert len(imgui.items[0].takes) == 1


def test_reaimgui_takes_what_is_typed_and_chosen(imgui: Studio) -> None:
    imgui.track.selected = True
    imgui.reaper.click("Casting")
    imgui.until(lambda: [request for request in imgui.office.requests if request["address"] == "/takevoice/voices"])
    imgui.work()
    imgui.reaper.enter("Stability (0 to 1)", "0.4")
    imgui.work(0.2)
    imgui.reaper.click("Voice")
    imgui.work(0.1)
    imgui.reaper.click("bea")
    imgui.work(0.2)
    assert imgui.track.strings["P_EXT:takevoice"] == "stability=0.4&voice=bea"
    imgui.reaper.click("Preferences")
    imgui.work(0.1)
    imgui.reaper.click("Convert what REAPER renders")
    imgui.work(0.1)
    assert imgui.reaper.ext_state.values["takevoice", "renders"] == "on"


def test_the_action_shows_whether_the_window_is_open(studio: Studio) -> None:
    studio.press("window")
    studio.work(0.2)
    path = studio.resources / "Scripts" / "takevoice" / "takevoice_window.lua"
    command = studio.reaper.command_of(path)
    assert studio.reaper.toolbar[command] == 1
    studio.reaper.close_window()
    studio.work(0.2)
    assert studio.reaper.toolbar[command] == 0
