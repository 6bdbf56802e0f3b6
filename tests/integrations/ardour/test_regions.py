"""A real Ardour: a converted region is its original with another sound, wherever it was moved, and undo is one step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import soundfile

from integrations.ardour.room import CONVERT, change, now, open_studio, place
from integrations.ardour.saved import CURVES, UNIT, Region
from integrations.ardour.studio import HOW_TO_GET, MISSING, Studio
from support import wait_for

pytestmark = [pytest.mark.editor, pytest.mark.skipif(bool(MISSING), reason=HOW_TO_GET)]

TRACKS = ["Attributes", "Shapes", "Stack", "Moved", "Undo", "Names", "Sound", "Split", "Longer", "Compound", "Deleted"]
SHAPES = ["FadeLinear", "FadeFast", "FadeSlow", "FadeConstantPower", "FadeSymmetric"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Ardour, and a backend that returns the sound itself."""
    yield from open_studio(tmp_path_factory.mktemp("studio"), TRACKS)


@pytest.fixture
def studio(opened: Studio) -> Iterator[Studio]:
    """The same; no message may be left open."""
    opened.gate.touch()
    yield opened
    opened.expect_no_message()


def convert(studio: Studio, *names: str) -> None:
    studio.select(*names)
    studio.press(CONVERT)
    studio.finish()


def values(region: Region) -> dict[str, str]:
    """What a region has of its original, but for curves. Layers count only where regions overlap."""
    return {name: value for name, value in region.carried.items() if name not in (*CURVES, "layering-index")}


def level(region: Region, curve: str) -> list[float]:
    """The level of a curve at hundred points of the region."""
    points = [line.split() for line in region.carried[curve].splitlines()]
    if all(float(value) == 1 for _, value in points):  # as Ardour makes it
        return []
    at = [int(position[1:]) / UNIT for position, _ in points]
    return list(np.interp(np.linspace(0, region.length, 100), at, [float(value) for _, value in points]))


def on(studio: Studio, track: str, name: str) -> Region:
    return next(each for each in studio.saved().tracks()[track] if each.name == name)


def test_a_converted_region_has_everything_of_its_original(studio: Studio) -> None:
    place(studio, "Attributes", "Line", 96_000)
    change(studio, "Attributes", "Line", """
        audio:set_scale_amplitude (0.5)
        audio:set_fade_in_length (24000)
        audio:set_fade_out_length (36000)
        local envelope = audio:envelope ()
        envelope:clear_list ()
        for _, point in ipairs { { 0, 1 }, { 48000, 0.1 }, { 96000, 1 } } do envelope:add (at (point[1]), point[2], false, true) end
        audio:set_envelope_active (true)
        region:set_sync_position (at (100000))
        region:set_muted (true)
        region:set_opaque (false)
        region:set_locked (true)
    """)  # fmt: skip
    original = on(studio, "Attributes", "Line")
    convert(studio, "Line")
    new = on(studio, "Attributes", "Line.ada")
    assert (new.position, new.length) == (original.position, original.length)
    assert values(new) == values(original)
    for curve in CURVES:
        assert level(new, curve) == pytest.approx(level(original, curve), abs=0.01)
    assert new.carried["muted"] == new.carried["locked"] == new.carried["envelope-active"] == "1"
    assert new.source != original.source


def test_the_shape_of_each_fade_is_kept(studio: Studio) -> None:
    for number, shape in enumerate(SHAPES):
        place(studio, "Shapes", shape, 48_000 + 200_000 * number, 1.0)
        change(studio, "Shapes", shape, f"""
            audio:set_fade_in_length (4800)
            audio:set_fade_in_shape (ARDOUR.FadeShape.{shape})
            audio:set_fade_out_length (9600)
            audio:set_fade_out_shape (ARDOUR.FadeShape.{SHAPES[number - 1]})
            audio:set_fade_out_active ({"true" if number % 2 else "false"})
        """)  # fmt: skip
    before = {each.name: each for each in studio.saved().tracks()["Shapes"]}
    convert(studio, *SHAPES)
    for new in studio.saved().tracks()["Shapes"]:
        original = before[new.name.removesuffix(".ada")]
        assert values(new) == values(original)
        for curve in CURVES:
            assert level(new, curve) == pytest.approx(level(original, curve), abs=0.001), (new.name, curve)


def stacked(studio: Studio, position: int) -> list[str]:
    """The names of the regions at a position, from below."""
    there = [each for each in studio.saved().tracks()["Stack"] if each.position == position]
    return [each.name for each in sorted(there, key=lambda region: int(region.carried["layering-index"]))]


@pytest.mark.parametrize("chosen", ["one", "two", "three"])
def test_the_right_region_of_a_stack_is_replaced_in_its_layer(studio: Studio, chosen: str) -> None:
    change_to = {name: f"{name} {chosen}" for name in ("one", "two", "three")}
    at = 96_000 + 960_000 * ["one", "two", "three"].index(chosen)
    for name in change_to.values():
        place(studio, "Stack", name, at)
    before = stacked(studio, at)
    convert(studio, change_to[chosen])
    after = stacked(studio, at)
    assert after != before
    assert [name.replace(f"{change_to[chosen]}.ada", change_to[chosen]) for name in after] == before


def test_a_region_that_is_changed_while_it_is_converted_is_followed(studio: Studio) -> None:
    for number, name in enumerate(("moved", "trimmed", "deleted")):
        place(studio, "Moved", name, 96_000 + 300_000 * number)
    studio.gate.unlink()
    studio.select("moved", "trimmed", "deleted")
    studio.press(CONVERT)
    change(studio, "Moved", "moved", "region:set_position (at (2000017))")
    change(studio, "Moved", "trimmed", "region:trim_front (at (400000)) region:trim_end (at (450000))")
    change(studio, "Moved", "deleted", "playlist:remove_region (region)")
    studio.gate.touch()
    studio.dismiss_notice("deleted was converted, but not placed: its region was deleted")
    assert [each[:3] for each in now(studio, "Moved")] == [
        ["moved.ada", 2_000_017, 96_000],
        ["trimmed.ada", 400_000, 50_000],
    ]
    new = on(studio, "Moved", "trimmed.ada")
    sound, _ = soundfile.read(studio.root / "trimmed.wav")
    heard = region_sound(studio, "Moved", "trimmed.ada", new.length)
    assert np.corrcoef(heard, sound[4_000:54_000])[0, 1] > 0.999  # the same part


def test_a_region_that_is_deleted_while_it_is_converted_does_not_come_back(studio: Studio) -> None:
    place(studio, "Deleted", "cut", 96_000)
    place(studio, "Deleted", "kept", 300_000)
    before = studio.saved().current_playlist("Deleted")
    studio.gate.unlink()
    studio.select("cut")
    studio.press(CONVERT)
    wait_for(lambda: '"converting"' in studio.progress())
    change(studio, "Deleted", "cut", "playlist:remove_region (region)")
    studio.gate.touch()
    studio.dismiss_notice("cut was converted, but not placed: its region was deleted")
    assert [each[0] for each in now(studio, "Deleted")] == ["kept"]
    assert studio.saved().current_playlist("Deleted") == before


def test_both_parts_of_a_region_that_is_split_while_it_is_converted_are_replaced(studio: Studio) -> None:
    place(studio, "Split", "line", 96_000, 4.0)
    place(studio, "Split", "next", 600_000)
    studio.gate.unlink()
    studio.select("line", "next")
    studio.press(CONVERT)
    change(studio, "Split", "line", "playlist:split_region (region, at (200000))")
    left, right = (each[0] for each in now(studio, "Split")[:2])
    change(studio, "Split", str(right), "region:trim_front (at (210000)) region:set_muted (true)")
    before = now(studio, "Split")
    studio.gate.touch()
    studio.finish()
    assert now(studio, "Split") == [[f"{name}.ada", *place_of] for name, *place_of in before]
    assert on(studio, "Split", f"{right}.ada").carried["muted"] == "1"
    sound, _ = soundfile.read(studio.root / "line.wav")
    for name, first, length in ((left, 0, 104_000), (right, 114_000, 78_000)):
        heard = region_sound(studio, "Split", f"{name}.ada", length)
        assert np.corrcoef(heard, sound[first : first + length])[0, 1] > 0.999
    studio.undo()
    assert now(studio, "Split") == before


def test_a_region_that_is_made_longer_than_what_was_sent_is_said(studio: Studio) -> None:
    place(studio, "Longer", "scene", 96_000, 6.0)
    change(studio, "Longer", "scene", "region:trim_end (at (144000))")
    studio.gate.unlink()
    studio.select("scene")
    studio.press(CONVERT)
    wait_for(lambda: '"converting"' in studio.progress())
    change(studio, "Longer", "scene", "region:trim_end (at (300000))")
    before = now(studio, "Longer")
    studio.gate.touch()
    studio.dismiss_notice("scene was converted, but not placed: its region was made longer than what was converted")
    assert now(studio, "Longer") == before


def test_a_compound_region_is_converted_as_one(studio: Studio) -> None:
    place(studio, "Compound", "first half", 96_000, 2.0)
    place(studio, "Compound", "other half", 216_000, 2.0)
    studio.select("first half", "other half")
    studio.lua('Editor:access_action ("Region", "combine-regions")')
    ((name, position, length, _),) = now(studio, "Compound")
    assert (position, length) == (96_000, 216_000)
    before = region_sound(studio, "Compound", str(name), 216_000)
    convert(studio, str(name))
    ((new, *place_of),) = now(studio, "Compound")
    assert (new, place_of[:2]) == (f"{name}.ada", [96_000, 216_000])
    assert np.corrcoef(region_sound(studio, "Compound", str(new), 216_000), before)[0, 1] > 0.999


def region_sound(studio: Studio, track: str, name: str, length: int) -> list[float]:
    """The dry samples of a region's first channel."""
    studio.lua("heard = nil")
    change(studio, track, name, f"""
        local memory = ARDOUR.DSP.DspShm ({length})
        audio:to_readable ():read (memory:to_float (0), 0, {length}, 0)
        heard = memory:to_float (0):get_table ({length})
    """)  # fmt: skip
    found = studio.lua("return heard")
    assert isinstance(found, list)
    return found


def test_one_undo_takes_a_key_press_back_and_redo_does_it_again(studio: Studio) -> None:
    for number, name in enumerate(("first", "second", "mine")):
        place(studio, "Undo", name, 96_000 + 300_000 * number)
    untouched = now(studio, "Undo")
    change(studio, "Undo", "mine", """
        playlist:to_stateful ():clear_changes ()
        Session:begin_reversible_command ("my own")
        playlist:split_region (region, at (744000))
        Session:add_stateful_diff_command (playlist:to_statefuldestructible ())
        Session:commit_reversible_command (nil)
    """)  # fmt: skip
    before = now(studio, "Undo")
    convert(studio, "first", "second")
    after = now(studio, "Undo")
    assert [each[0] for each in after] == ["first.ada", "mine.1", "mine.2", "second.ada"]
    studio.undo()
    assert now(studio, "Undo") == before
    studio.undo()
    assert now(studio, "Undo") == untouched  # the user's own step comes next
    studio.redo()
    studio.redo()
    assert now(studio, "Undo") == after
    original = studio.saved().playlists()["Undo"]
    assert sorted(each.name for each in original) == ["first", "mine.1", "mine.2", "second"]


def test_names_stay_and_a_pass_has_one_playlist(studio: Studio) -> None:
    names = ["Zeile", "S12_03 アンナ「どうしてこんなことになったの、もう家に帰りたい」テイク2", "Zeile.2"]
    for number, name in enumerate(names):
        place(studio, "Names", name, 96_000 + 300_000 * number)
    for name in names:
        convert(studio, name)
    assert sorted(each[0] for each in now(studio, "Names")) == sorted(f"{name}.ada" for name in names)
    saved = studio.saved()
    assert sorted(name for name in saved.playlists() if name.startswith("Names")) == ["Names", "Names takevoice"]
    assert sorted(each.name for each in saved.playlists()["Names"]) == sorted(names)


def test_the_sound_is_that_of_the_region_with_handles_and_of_both_channels(studio: Studio) -> None:
    place(studio, "Sound", "long", 96_000, 4.0)
    change(studio, "Sound", "long", "region:trim_front (at (144000)) region:trim_end (at (240000))")
    convert(studio, "long")
    new = on(studio, "Sound", "long.ada")
    assert (new.position, new.length) == (144_000, 96_000)
    taken = studio.saved().audio(new)
    assert soundfile.info(taken).frames == 96_000 + 2 * 24_000
    change(studio, "Sound", "long.ada", "region:trim_front (at (130000))")
    assert now(studio, "Sound")[0][:3] == ["long.ada", 130_000, 110_000]
    sound, _ = soundfile.read(studio.root / "long.wav")
    assert np.corrcoef(region_sound(studio, "Sound", "long.ada", 110_000), sound[34_000:144_000])[0, 1] > 0.999
