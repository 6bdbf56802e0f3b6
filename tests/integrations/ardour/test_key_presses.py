"""A real Ardour: one key press for many regions, two for the same ones, and results that take long."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest

from integrations.ardour.room import CONVERT, TO_TRACKS, change, names, now, open_studio, place
from integrations.ardour.studio import HOW_TO_GET, MISSING, Studio
from integrations.modules import ROOT
from support import wait_for

pytestmark = pytest.mark.editor
with_ardour = pytest.mark.skipif(bool(MISSING), reason=HOW_TO_GET)

TRACKS = ["Twice", "Held", "Off", "Longer", "Late", "Many"]
PATIENCE = 30  # seconds that a result waits for the others of its key press


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Ardour, and a paid backend with a limit for each track."""
    yield from open_studio(tmp_path_factory.mktemp("studio"), TRACKS)


@pytest.fixture
def studio(opened: Studio) -> Iterator[Studio]:
    """The same; no message may be left open."""
    opened.gate.touch()
    opened.start_daemon()
    yield opened
    opened.expect_no_message()


def jobs(studio: Studio, name: str) -> list[str]:
    """The states of the jobs for a region of that name."""
    found = json.loads(studio.takevoice("jobs", "--json"))
    return [each["state"] for each in found if each["path"].endswith(f"/{name}.wav")]


def pending(studio: Studio) -> list[str]:
    """The list of what is in progress, once the hook has read what was added."""
    wait_for(lambda: not (studio.session / "takevoice.new").exists())
    path = studio.session / "takevoice.pending"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def test_no_loop_reads_a_list_of_ardours_that_lua_may_have_freed() -> None:
    for path in sorted((ROOT / "ardour" / "takevoice").glob("*.lua")):
        loops = [line for line in path.read_text("utf-8").splitlines() if re.search(r"\bfor\b.*:iter\b", line)]
        assert not loops, f"{path.name}: use lists.each"


@with_ardour
def test_the_key_pressed_twice_converts_once(studio: Studio) -> None:
    place(studio, "Twice", "again", 96_000)
    studio.gate.unlink()
    studio.select("again")
    studio.press(CONVERT)
    studio.press(CONVERT)
    wait_for(lambda: '"converting"' in studio.progress())
    studio.press(CONVERT)
    assert len(pending(studio)) == 1
    studio.press(TO_TRACKS)  # this is something else
    wait_for(lambda: len(pending(studio)) == 2)
    studio.gate.touch()
    studio.finish()
    assert names(studio, "Twice") == ["again.ada"]
    assert names(studio, "Twice (ada)") == ["again.ada"]
    assert jobs(studio, "again") == ["done", "done"]


@with_ardour
def test_a_held_region_is_held_once_however_often_the_key_is_pressed(studio: Studio) -> None:
    place(studio, "Held", "monologue", 96_000, 12.0)
    studio.select("monologue")
    studio.press(CONVERT)
    studio.dismiss_notice("monologue is held: ")
    said = studio.said()
    studio.press(CONVERT)
    wait_for(studio.dialog)
    assert studio.said()[len(said) :].count("monologue is held: ") == 1
    studio.dismiss()
    assert jobs(studio, "monologue") == ["held"]
    studio.takevoice("drop", str(max(each["id"] for each in json.loads(studio.takevoice("jobs", "--json")))))
    studio.finish()
    assert names(studio, "Held") == ["monologue"]


@with_ardour
def test_the_key_pressed_again_once_takevoice_runs_changes_nothing(studio: Studio) -> None:
    place(studio, "Off", "tomorrow", 96_000)
    studio.stop_daemon()
    studio.select("tomorrow")
    studio.press(CONVERT)
    studio.dismiss_notice("takevoice is not running")
    studio.press(CONVERT)
    wait_for(studio.dialog)  # it says so again
    studio.dismiss("Return")
    studio.gate.unlink()
    studio.start_daemon()
    wait_for(lambda: '"converting"' in studio.progress())
    studio.press(CONVERT)
    wait_for(lambda: not (studio.session / "takevoice.new").exists())
    studio.dismiss()  # what it said last may be shown once more
    studio.gate.touch()
    studio.finish()
    assert names(studio, "Off") == ["tomorrow.ada"]
    assert jobs(studio, "tomorrow") == ["done"]


@with_ardour
def test_a_region_that_was_made_longer_is_asked_for_again(studio: Studio) -> None:
    place(studio, "Longer", "scene", 96_000, 4.0)
    change(studio, "Longer", "scene", "region:trim_end (at (144000))")
    studio.gate.unlink()
    studio.select("scene")
    studio.press(CONVERT)
    wait_for(lambda: '"converting"' in studio.progress())
    change(studio, "Longer", "scene", "region:trim_end (at (240000))")
    studio.press(CONVERT)
    assert len(pending(studio)) == 2
    studio.gate.touch()
    studio.dismiss_notice("scene was converted, but not placed: its region was made longer than what was converted")
    studio.finish()
    ((name, _, length, _),) = now(studio, "Longer")
    assert (name, length) == ("scene.ada", 144_000)


@with_ardour
def test_what_is_there_does_not_wait_for_what_takes_longer_than_half_a_minute(studio: Studio) -> None:
    place(studio, "Late", "known", 96_000)
    studio.select("known")
    studio.press(TO_TRACKS)
    studio.finish()  # the same sound is not sent again
    place(studio, "Late", "long scene", 300_000)
    before = now(studio, "Late")
    studio.gate.unlink()
    studio.select("known", "long scene")
    studio.press(CONVERT)
    begun = time.monotonic()
    wait_for(lambda: names(studio, "Late") == ["known.ada", "long scene"], PATIENCE + 20)
    assert time.monotonic() - begun > PATIENCE - 2
    first = now(studio, "Late")
    studio.gate.touch()
    studio.finish()
    assert names(studio, "Late") == ["known.ada", "long scene.ada"]
    studio.undo()
    assert now(studio, "Late") == first
    studio.undo()
    assert now(studio, "Late") == before


@with_ardour
def test_one_key_press_for_hundreds_of_regions(studio: Studio) -> None:
    place(studio, "Many", "many", 0)
    studio.stop_daemon()
    change(studio, "Many", "many", """
        for i = 1, 300 do
          local new = ARDOUR.RegionFactory.clone_region (region, true, false)
          new:set_length (Temporal.timecnt_t (4800))
          new:set_name ("many " .. i)
          playlist:add_region (new, at (200000 + i * 5000), 1, false)
        end
    """)  # fmt: skip
    studio.select(*(f"many {i}" for i in range(1, 301)))
    studio.press(CONVERT)
    wait_for(lambda: len(pending(studio)) == 300)
    studio.dismiss_notice("takevoice is not running. 300 takes wait")
    assert studio.lua("return true")
