"""A real Ardour: each candidate of a take is in a playlist of its own, and the one that is picked is in the current one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile

from integrations.ardour.room import CONVERT, NEXT, PICK, TO_TRACKS, change, names, now, open_studio, place
from integrations.ardour.saved import Region
from integrations.ardour.studio import HOW_TO_GET, MISSING, Studio
from support import wait_for

pytestmark = [pytest.mark.editor, pytest.mark.skipif(bool(MISSING), reason=HOW_TO_GET)]

TRACKS = ["Anna", "Bert", "Ask", "New", "Next", "Off", "Halves"]
CONFIG = """
[settle]
quiet = 3000
[defaults]
candidates = 3
[tracks.Bert]
candidates = "ada,george"
[tracks.Ask]
candidates = 2
pick = "ask"
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Ardour, and the local engine, which makes three candidates of each take."""
    yield from open_studio(tmp_path_factory.mktemp("studio"), TRACKS, CONFIG)


@pytest.fixture
def studio(opened: Studio) -> Iterator[Studio]:
    """The same; no message may be left open."""
    yield opened
    opened.expect_no_message()


def convert(studio: Studio, *names: str) -> None:
    studio.select(*names)
    studio.press(CONVERT)
    studio.finish(60)


def rows(studio: Studio, name: str) -> list[dict[str, object]]:
    """The candidates of a take, by the result that scripts get."""
    found = [json.loads(path.read_text()) for path in (studio.state / "results").glob("ardour-*.json")]
    return next(each["candidates"] for each in found if each.get("candidates") and f"/{name}" in each["output"])


def job(studio: Studio, name: str, number: int) -> str:
    return next(str(row["job"]) for row in rows(studio, name) if row["number"] == number)


def held(studio: Studio) -> list[int]:
    """The jobs that wait for a person."""
    return [each["id"] for each in json.loads(studio.takevoice("jobs", "--json")) if each["state"] == "held"]


def heard(studio: Studio, region: Region) -> np.ndarray:
    return soundfile.read(studio.saved().audio(region))[0]


def test_each_candidate_has_a_playlist_and_the_picked_one_is_current(studio: Studio) -> None:
    for number, name in enumerate(("one", "two", "other")):
        place(studio, "Anna", name, 96_000 + 200_000 * number, 1.0)
    before = now(studio, "Anna")
    convert(studio, "one", "two")
    saved = studio.saved()
    assert [each.name for each in saved.tracks()["Anna"]] == ["one.ada (1)", "two.ada (1)", "other"]
    found = {name: regions for name, regions in saved.playlists().items() if name.startswith("Anna candidate")}
    assert {name: [each.name for each in regions] for name, regions in found.items()} == {
        f"Anna candidate.{n}": [f"one.ada ({n})", f"two.ada ({n})", "other"] for n in (1, 2, 3)
    }
    assert [each.name for each in saved.playlists()["Anna"]] == ["one", "two", "other"]
    sounds = [heard(studio, found[f"Anna candidate.{n}"][0]) for n in (1, 2, 3)]
    assert not np.array_equal(sounds[0], sounds[1])
    assert not np.array_equal(sounds[1], sounds[2])
    studio.undo()
    assert now(studio, "Anna") == before
    assert {name for name in studio.saved().playlists() if name.startswith("Anna")} == {"Anna", "Anna takevoice", *found}
    studio.redo()
    assert names(studio, "Anna") == ["one.ada (1)", "other", "two.ada (1)"]


def test_picking_elsewhere_makes_it_current_in_one_step_wherever_the_region_is_now(studio: Studio) -> None:
    place(studio, "Bert", "line", 96_000, 2.0)
    convert(studio, "line")
    change(studio, "Bert", "line.ada (1)", """
        region:set_position (at (500000))
        region:trim_end (at (550000))
        audio:set_scale_amplitude (0.5)
        audio:set_fade_in_length (4800)
    """)  # fmt: skip
    before = now(studio, "Bert")
    studio.takevoice("pick", job(studio, "line", 2))
    wait_for(lambda: names(studio, "Bert") == ["line.george (2)"])
    ((_, position, length, _),) = now(studio, "Bert")
    assert (position, length) == (500_000, 50_000)
    (new,) = studio.saved().tracks()["Bert"]
    assert new.gain == 0.5
    playlists = {name for name in studio.saved().playlists() if name.startswith("Bert")}
    assert playlists == {"Bert", "Bert takevoice", "Bert candidate.1", "Bert candidate.2"}
    studio.undo()
    assert now(studio, "Bert") == before
    studio.takevoice("pick", job(studio, "line", 1))
    studio.takevoice("pick", job(studio, "line", 2))
    wait_for(lambda: names(studio, "Bert") == ["line.george (2)"])


def test_the_next_candidate_is_a_key_away_and_is_picked_outside_too(studio: Studio) -> None:
    place(studio, "Next", "take", 96_000, 1.0)
    place(studio, "Next", "rest", 900_000, 1.0)
    convert(studio, "take")
    studio.select("take.ada (1)")
    for number in (2, 3, 1, 2):
        studio.press(NEXT)  # what it has changed is selected
        wait_for(lambda number=number: names(studio, "Next") == ["rest", f"take.ada ({number})"])
    wait_for(lambda: [row["number"] for row in rows(studio, "take") if row["picked"]] == [2])
    studio.finish()
    studio.undo()
    assert names(studio, "Next") == ["rest", "take.ada (1)"]


def test_the_last_choice_counts_also_when_takevoice_did_not_run(studio: Studio) -> None:
    place(studio, "Off", "choice", 96_000, 1.0)
    convert(studio, "choice")
    studio.takevoice("pick", job(studio, "choice", 2))
    wait_for(lambda: names(studio, "Off") == ["choice.ada (2)"])
    studio.stop_daemon()
    studio.select("choice.ada (2)")
    studio.press(NEXT)
    wait_for(lambda: names(studio, "Off") == ["choice.ada (3)"])
    wait_for(lambda: list((studio.state / "handover").glob("ardour-pick-*.json")))
    studio.takevoice("pick", job(studio, "choice", 2))
    studio.start_daemon()
    wait_for(lambda: names(studio, "Off") == ["choice.ada (2)"])
    studio.finish()
    assert [row["number"] for row in rows(studio, "choice") if row["picked"]] == [2]
    studio.stop_daemon()
    studio.takevoice("pick", job(studio, "choice", 1))
    studio.select("choice.ada (2)")
    studio.press(NEXT)  # this comes last
    wait_for(lambda: names(studio, "Off") == ["choice.ada (3)"])
    studio.start_daemon()
    studio.finish()
    wait_for(lambda: [row["number"] for row in rows(studio, "choice") if row["picked"]] == [3])
    assert names(studio, "Off") == ["choice.ada (3)"]


def test_the_halves_of_a_region_have_candidates_of_their_own(studio: Studio) -> None:
    place(studio, "Halves", "long line", 96_000, 2.0)
    convert(studio, "long line")
    change(studio, "Halves", "long line.ada (1)", "playlist:split_region (region, at (144000))")
    left, right = names(studio, "Halves")
    studio.select(str(right))
    studio.press(NEXT)
    wait_for(lambda: names(studio, "Halves") == [left, f"{right}.ada (2)"])
    studio.finish()
    studio.press(NEXT)
    wait_for(lambda: names(studio, "Halves") == [left, f"{right}.ada (3)"])
    studio.finish()


def test_you_are_asked_for_one_and_pick_it_in_ardour(studio: Studio) -> None:
    place(studio, "Ask", "question", 96_000, 1.0)
    convert(studio, "question")
    assert names(studio, "Ask") == ["question.ada (1)"]
    assert len(held(studio)) == 1
    studio.select("question.ada (1)")
    studio.press_and_leave(PICK)
    window = wait_for(lambda: studio.xdotool("search", "--onlyvisible", "--name", "^takevoice$")).split()[0]
    studio.xdotool("sleep", "0.5")
    studio.click(window, -48, 22)
    studio.xdotool("key", "Down", "sleep", "0.2", "key", "Return", "sleep", "0.3")
    studio.click(window, -59, -31)  # OK
    wait_for(lambda: names(studio, "Ask") == ["question.ada (2)"])
    studio.finish()
    wait_for(lambda: not held(studio))
    assert [row["number"] for row in rows(studio, "question") if row["picked"]] == [2]


def test_candidates_on_a_new_track(studio: Studio) -> None:
    place(studio, "New", "fresh", 96_000, 1.0)
    studio.select("fresh")
    studio.press(TO_TRACKS)
    studio.finish()
    assert names(studio, "New") == ["fresh"]
    assert names(studio, "New (ada)") == ["fresh.ada (1)"]
    found = studio.saved().playlists()
    assert [each.name for each in found["New (ada) candidate.3"]] == ["fresh.ada (3)"]
