"""The stand-in for REAPER behaves as documents and others' measurements say; each test names its source."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from integrations.reaper.standin import Item, Misuse, Project, Reaper
from integrations.reaper.standin.signatures import BUILT_IN, SIGNATURES, read_listing

Lua = Callable[[str], list[str]]
LISTING = "TAKEVOICE_REASCRIPT_LISTING"
RATE = 48000


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "Song" / "Media")


@pytest.fixture
def reaper(tmp_path: Path, project: Project) -> Reaper:
    return Reaper(tmp_path, project)


@pytest.fixture
def item(tmp_path: Path, project: Project) -> Item:
    """One item of one second of a ramp from 0 to 0.5."""
    soundfile.write(tmp_path / "a.wav", np.linspace(0, 0.5, RATE), RATE, "PCM_24")
    return project.place(project.track("Anna"), tmp_path / "a.wav")


@pytest.fixture
def lua(tmp_path: Path, reaper: Reaper) -> Lua:
    """Run a script whose `say(...)` ends up in what is returned; `quiet` keeps the automatic undo point away."""

    def run(text: str, name: str = "test.lua") -> list[str]:
        reaper.console.clear()
        head = "local function say(v) reaper.ShowConsoleMsg(tostring(v)) end "
        head += "local function quiet() reaper.defer(function() end) end "
        (tmp_path / name).write_text(head + text, "utf-8")
        if reaper.scripts:
            reaper.tick()  # a user is slower than a frame
        reaper.start(tmp_path / name)
        return reaper.console

    return run


ITEM = "local item = reaper.GetSelectedMediaItem(0, 0) local take = item and reaper.GetActiveTake(item) "


# Lua and pointers


@pytest.mark.parametrize(("version", "lua_version"), [(7, "Lua 5.4"), (6, "Lua 5.3")])
def test_lua_is_the_version_that_reaper_has(tmp_path: Path, project: Project, version: int, lua_version: str) -> None:
    # Changelog of REAPER 7: Lua 5.4; set_action_options came with 7
    reaper = Reaper(tmp_path, project, version=version)
    (tmp_path / "x.lua").write_text("reaper.ShowConsoleMsg(_VERSION .. tostring(reaper.set_action_options ~= nil))")
    reaper.start(tmp_path / "x.lua")
    assert reaper.console == [lua_version + str(version == 7).lower()]


def test_a_pointer_is_the_same_value_each_time(lua: Lua, item: Item) -> None:
    # Scripts in use keep pointers as keys of tables
    assert lua(ITEM + "local t = {[item] = 1} say(t[reaper.GetMediaItem(0, 0)]) say(type(item))") == ["1", "userdata"]


def test_each_script_has_globals_of_its_own(lua: Lua) -> None:
    # ReaScript documentation: every script runs in a state of its own
    lua("shared = 1")
    assert lua("say(shared)", "other.lua") == ["nil"]


def test_unknown_names_are_nil_and_strict_arguments_are_misuse(lua: Lua, reaper: Reaper, item: Item) -> None:
    # Listing of the API: names and arguments
    told = lua("say(reaper.NoSuchCall) say(pcall(reaper.GetMediaItemInfo_Value, nil, 'D_POSITION'))")
    assert told == ["nil", "false"]
    assert any("MediaItem expected, got nil" in each for each in reaper.misuse)


def test_texts_cross_over_as_bytes(lua: Lua, project: Project) -> None:
    # Lua's strings are bytes
    project.track("Jürgen 日本")
    assert lua("local _, n = reaper.GetTrackName(reaper.GetTrack(0, 0)) say(#n .. n)") == ["14Jürgen 日本"]


# Scripts


def test_deferred_functions_wait_for_the_next_tick(lua: Lua, reaper: Reaper) -> None:
    # Listing: defer "adds code to be called back"
    assert lua("reaper.defer(function() say('later') end) say('first')") == ["first"]
    reaper.tick()
    assert reaper.console == ["first", "later"]
    assert reaper.scripts == []


def test_what_is_left_for_the_exit_runs_when_the_script_ends(lua: Lua, reaper: Reaper) -> None:
    # Listing: atexit
    lua("local function loop() reaper.defer(loop) end reaper.atexit(function() say('bye') end) loop()")
    reaper.tick()
    assert reaper.console == []
    reaper.quit()
    assert reaper.console == ["bye"]


@pytest.mark.parametrize(("options", "boxes", "running"), [(0, 1, 1), (1, 0, 0), (3, 0, 1)])
def test_starting_a_script_that_runs(lua: Lua, reaper: Reaper, options: int, boxes: int, running: int) -> None:
    # Listing: set_action_options; without it REAPER opens its task control dialog
    text = f"reaper.set_action_options({options}) local function loop() reaper.defer(loop) end loop()"
    lua(text)
    lua(text)
    assert (len(reaper.boxes), len(reaper.scripts)) == (boxes, running)


def test_a_script_finds_its_own_command(lua: Lua, reaper: Reaper) -> None:
    # Listing: get_action_context, ReverseNamedCommandLookup, NamedCommandLookup
    told = lua(
        "local _, path, section, id = reaper.get_action_context() say(path:match('[^/]+$')) say(section)"
        "say(reaper.NamedCommandLookup('_' .. reaper.ReverseNamedCommandLookup(id)) == id)"
        "say(reaper.SetToggleCommandState(section, id, 1)) say(reaper.GetToggleCommandStateEx(section, id))"
    )
    assert told == ["test.lua", "0", "true", "true", "1"]


# Undo


def test_a_script_without_defer_leaves_an_undo_point(lua: Lua, project: Project, reaper: Reaper) -> None:
    # cfillion, X-Raym: an empty defer at the end avoids it
    lua("say(1)")
    lua("quiet()", "quiet.lua")
    reaper.tick()
    assert project.history == ["Script: test.lua"]


def test_a_block_is_one_point_and_flags_0_take_nothing_away(lua: Lua, project: Project, item: Item) -> None:
    # Measured by others: flags are extra flags; actions in a block have added theirs
    lua("reaper.Undo_BeginBlock2(0) reaper.Main_OnCommand(40639, 0) reaper.Main_OnCommand(40639, 0)"
        "reaper.Undo_EndBlock2(0, 'with actions', 0)"
        "reaper.Undo_BeginBlock2(0) reaper.Undo_EndBlock2(0, 'nothing', 0) quiet()")  # fmt: skip
    assert project.history == ["with actions"]


def test_undo_renews_every_pointer_and_old_ones_are_misuse(lua: Lua, project: Project, reaper: Reaper, item: Item) -> None:
    # Measured by others: after undo all pointers are new
    lua(ITEM + "local function later() say(reaper.ValidatePtr2(0, item, 'MediaItem*')) "
        "say(pcall(reaper.GetActiveTake, item)) end reaper.defer(later)")  # fmt: skip
    project.edited("by hand")
    assert project.ctrl_z() == "by hand"
    reaper.tick()
    assert reaper.console == ["false", "false"]
    assert item.gone
    assert project.now(item).guid == item.guid
    with pytest.raises(Misuse, match="not valid any more"):
        reaper.check()


@pytest.mark.parametrize(("restores", "after"), [(True, {}), (False, {"tv": {"k": "v"}})])
def test_undo_and_project_state(lua: Lua, project: Project, restores: bool, after: dict[str, dict[str, str]]) -> None:
    # SWS #1743 says it is lost; another public script says it is not in the history: both can be tried
    project.undo_restores_ext_state = restores
    lua("reaper.SetProjExtState(0, 'tv', 'k', 'v')")
    project.ctrl_z()
    assert project.ext == after
    project.ctrl_y()
    assert project.ext == {"tv": {"k": "v"}}


def test_undo_by_a_script(lua: Lua, project: Project, item: Item) -> None:
    # Listing: Undo_CanUndo2 gives the description, Undo_DoUndo2 nonzero
    project.move(item, 3.0)
    assert lua("say(reaper.Undo_CanUndo2(0)) say(reaper.Undo_DoUndo2(0)) say(reaper.Undo_CanRedo2(0)) quiet()") == [
        "Move media items",
        "1",
        "Move media items",
    ]
    assert project.items[0].position == 0.0


def test_changes_outside_of_a_block_are_misuse(lua: Lua, reaper: Reaper, item: Item) -> None:
    # Undo would take them away with a point of another name
    lua(ITEM + "reaper.SetMediaItemInfo_Value(item, 'D_VOL', 0.5)")
    assert reaper.misuse == []  # the automatic point covers it
    lua(ITEM + "reaper.SetMediaItemInfo_Value(item, 'D_VOL', 0.7) quiet()")
    assert reaper.misuse == ["changed outside of an undo block: SetMediaItemInfo_Value D_VOL"]


def test_open_blocks_and_prevented_refresh_are_misuse(lua: Lua, reaper: Reaper) -> None:
    # Listing: "always add then remove the same amount"; an open block is never closed for you
    lua("reaper.Undo_BeginBlock2(0) reaper.PreventUIRefresh(1) quiet()")
    assert reaper.misuse == ["PreventUIRefresh is off by 1", "Undo_BeginBlock2 without Undo_EndBlock2"]


# Project state, extension state


def test_enumerated_project_state_is_cut_at_4_kb(lua: Lua) -> None:
    # Measured by others (odedd splits long values); GetProjExtState has no such limit
    told = lua("reaper.SetProjExtState(0, 's', 'key', ('x'):rep(9000))"
               "say(#select(3, reaper.EnumProjExtState(0, 's', 0))) say(#select(2, reaper.GetProjExtState(0, 's', 'key')))"
               "say(reaper.EnumProjExtState(0, 's', 1))")  # fmt: skip
    assert told == [str(4096 - 5), "9000", "false"]


def test_extension_state_is_kept_over_a_restart_as_a_line(lua: Lua, reaper: Reaper, tmp_path: Path) -> None:
    # Listing: SetExtState, no newlines if persist is true
    lua("reaper.SetExtState('s', 'kept', 'a\\nb', true) reaper.SetExtState('s', 'not', 'c', false)")
    again = Reaper(tmp_path, Project(tmp_path / "Media"))
    (tmp_path / "x.lua").write_text("for _, k in ipairs{'kept', 'not'} do reaper.ShowConsoleMsg(reaper.GetExtState('s', k)) end")
    again.start(tmp_path / "x.lua")
    assert again.console == ["a", ""]
    assert reaper.misuse == ["SetExtState: newline in s/kept, which is to be kept"]


def test_a_closed_project_comes_back_as_another_pointer(lua: Lua, project: Project, reaper: Reaper, item: Item) -> None:
    # Listing: SetProjExtState is restored when the project is loaded; EnumProjects
    lua("reaper.SetProjExtState(0, 's', 'k', 'v')")
    saved = reaper.close(project)
    assert lua("say(reaper.CountTracks(0))") == ["0"]
    again = reaper.reopen(project, saved)
    assert lua("say(select(2, reaper.EnumProjects(-1))) say(select(2, reaper.GetProjExtState(0, 's', 'k')))") == [project.file, "v"]
    assert again.items[0].guid == item.guid
    assert item.gone


def test_another_project_in_the_same_tab_has_the_same_pointer(lua: Lua, project: Project, reaper: Reaper, item: Item, tmp_path: Path) -> None:
    say = "quiet() say(reaper.CountMediaItems(0)) say(select(2, reaper.EnumProjects(-1)))"
    media, saved = project.media, reaper.open_here(tmp_path / "Other" / "Media", name="Other.rpp")
    assert lua(say) == ["0", str(tmp_path / "Other" / "Other.rpp")]
    assert reaper.project is project
    assert item.gone
    reaper.open_here(media, saved, "Session.rpp")
    assert lua(say) == ["1", str(tmp_path / "Song" / "Session.rpp")]


def test_the_source_that_is_replaced_is_left_to_the_script(lua: Lua, reaper: Reaper, item: Item) -> None:
    text = """
    reaper.Undo_BeginBlock2(0)
    local take = reaper.GetActiveTake(reaper.GetMediaItem(0, 0))
    local old = reaper.GetMediaItemTake_Source(take)
    reaper.SetMediaItemTake_Source(take, reaper.PCM_Source_CreateFromFile(%r))
    %s
    reaper.Undo_EndBlock2(0, "source", -1)
    """
    lua(text % (item.takes[0].path, ""))
    assert len(reaper.leaked) == 1
    lua(text % (item.takes[0].path, "reaper.PCM_Source_Destroy(old)"))
    assert len(reaper.leaked) == 1


@pytest.mark.parametrize("version", [7, 6])
def test_spectral_edits_are_counted_in_the_state_and_by_a_newer_reaper(tmp_path: Path, project: Project, version: int) -> None:
    reaper = Reaper(tmp_path / "REAPER", project, version=version)
    track = project.track()
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(100), 8_000)
    item = project.place(track, path)
    item.takes[0].values["IP_SPECEDIT:CNT"] = 1.0
    script = tmp_path / "count.lua"
    script.write_text("""
    local item = reaper.GetMediaItem(0, 0)
    local _, chunk = reaper.GetItemStateChunk(item, "", false)
    reaper.ShowConsoleMsg(("%d %s"):format(
      reaper.GetMediaItemTakeInfo_Value(reaper.GetActiveTake(item), "IP_SPECEDIT:CNT"), tostring(chunk:find("SPECTRAL_EDIT") ~= nil)))
    """)
    reaper.start(script)
    assert reaper.console == [f"{1 if version == 7 else 0} true"]


def test_the_rendering_project(lua: Lua, project: Project, tmp_path: Path) -> None:
    # Listing: EnumProjects with 0x40000000, RENDER_STATS and RENDER_TARGETS
    look = "say(reaper.EnumProjects(0x40000000)) quiet()"
    assert lua(look) == ["nil"]
    project.rendering = True
    assert lua(look) != ["nil"]
    project.targets = [tmp_path / "out.wav"]
    told = lua("reaper.Main_OnCommand(42230, 0) say(select(2, reaper.GetSetProjectInfo_String(0, 'RENDER_STATS', '', false))) quiet()")
    assert told[0].startswith(f"FILE:{tmp_path / 'out.wav'};")


def test_calls_go_to_the_project_they_name(lua: Lua, project: Project, reaper: Reaper, item: Item, tmp_path: Path) -> None:
    # Listing: 0 is the current project; ValidatePtr2 asks for one project
    reaper.open(Project(tmp_path / "Other" / "Media", "Other.rpp"))
    told = lua("local first = reaper.EnumProjects(0) say(reaper.CountMediaItems(0)) say(reaper.CountMediaItems(first))"
               "local item = reaper.GetMediaItem(first, 0) say(reaper.ValidatePtr2(first, item, 'MediaItem*')) say(reaper.ValidatePtr2(0, item, 'MediaItem*'))"
               "reaper.Undo_BeginBlock2(first) reaper.SetMediaItemInfo_Value(item, 'D_VOL', 0.5) reaper.Undo_EndBlock2(first, 'there', 4)")  # fmt: skip
    assert told == ["0", "1", "true", "false"]
    assert (project.history, reaper.project.history) == (["there"], ["Script: test.lua"])
    assert reaper.misuse == []


# Items, takes, sources


def test_split_gives_new_ids_to_item_and_takes(project: Project, item: Item) -> None:
    # SplitMediaItem: the original is the left part
    right = project.split(item, 0.25)
    assert right is not None
    assert (item.length, right.position, right.length) == (0.25, 0.25, 0.75)
    assert right.guid != item.guid
    assert right.takes[0].guid != item.takes[0].guid
    assert right.takes[0].values["D_STARTOFFS"] == 0.25


def test_values_and_texts_of_a_take(lua: Lua, item: Item) -> None:
    # Listing: GetMediaItemTakeInfo_Value, GetSetMediaItemTakeInfo_String
    told = lua(ITEM + "reaper.SetMediaItemTakeInfo_Value(take, 'D_VOL', -0.5) say(reaper.GetMediaItemTakeInfo_Value(take, 'D_VOL'))"
               "say(reaper.GetMediaItemTakeInfo_Value(take, 'D_PANLAW'))"
               "reaper.GetSetMediaItemTakeInfo_String(take, 'P_EXT:x', 'y', true)"
               "say(select(2, reaper.GetSetMediaItemTakeInfo_String(take, 'P_EXT:x', '', false)))"
               "say(reaper.GetSetMediaItemTakeInfo_String(take, 'P_EXT:z', '', false))")  # fmt: skip
    assert told == ["-0.5", "-1.0", "y", "false"]


def test_sections_and_their_parents(lua: Lua, project: Project, item: Item, tmp_path: Path) -> None:
    # Listing: PCM_Source_GetSectionInfo, GetMediaSourceParent; a section has no file name of its own
    project.section(item.takes[0], 0.25, 0.5, reverse=True)
    told = lua(ITEM + "local s = reaper.GetMediaItemTake_Source(take)"
               "local ok, offset, length, reversed = reaper.PCM_Source_GetSectionInfo(s)"
               "say(ok) say(offset) say(length) say(reversed) say(reaper.GetMediaSourceFileName(s))"
               "say(reaper.GetMediaSourceFileName(reaper.GetMediaSourceParent(s)))")  # fmt: skip
    assert told == ["true", "0.25", "0.5", "true", "", str(tmp_path / "a.wav")]


def test_a_new_take_is_not_active_and_a_source_in_use_is_not_destroyed(lua: Lua, reaper: Reaper, item: Item) -> None:
    # Listing: SetMediaItemTake_Source, PCM_Source_Destroy
    lua(ITEM + "local new = reaper.AddTakeToMediaItem(item) local s = reaper.PCM_Source_CreateFromFile("
        "reaper.GetMediaSourceFileName(reaper.GetMediaItemTake_Source(take)))"
        "reaper.SetMediaItemTake_Source(new, s) say(reaper.GetActiveTake(item) == take) say(pcall(reaper.PCM_Source_Destroy, s))")  # fmt: skip
    assert reaper.console == ["true", "false"]
    assert reaper.misuse == ["PCM_Source_Destroy: the source is in a project"]


def test_media_that_was_offline_keeps_length_0(lua: Lua, item: Item) -> None:
    # Measured by others: length and rate may stay 0, while the accessor reads well
    told = lua(ITEM + "local s = reaper.GetMediaItemTake_Source(take) reaper.Main_OnCommand(40440, 0) reaper.Main_OnCommand(40439, 0)"
               "say(reaper.GetMediaSourceLength(s)) local a, b = reaper.CreateTakeAudioAccessor(take), reaper.new_array(4)"
               "reaper.GetAudioAccessorSamples(a, 48000, 1, 0.5, 4, b) say(string.format('%.2f', b[1])) reaper.DestroyAudioAccessor(a)")  # fmt: skip
    assert told == ["0.0", "0.25"]


def test_an_accessor_gives_nil_in_a_coroutine(lua: Lua, item: Item) -> None:
    # Measured in REAPER 7.75 by three public projects
    told = lua(ITEM + "local a, b = reaper.CreateTakeAudioAccessor(take), reaper.new_array(4) b.clear(7)"
               "coroutine.wrap(function() say(reaper.GetAudioAccessorSamples(a, 48000, 1, 0.5, 4, b)) say(b[1]) end)()"
               "say(reaper.GetAudioAccessorSamples(a, 48000, 1, 0.5, 4, b)) reaper.DestroyAudioAccessor(a)")  # fmt: skip
    assert told == ["nil", "7", "1"]


def test_an_accessor_reads_item_time_without_volume(lua: Lua, project: Project, item: Item) -> None:
    # Measured by others: take volume and pan are not in it, playrate and offset are
    item.takes[0].values |= {"D_VOL": 0.1, "D_STARTOFFS": 0.25, "D_PLAYRATE": 0.5}
    told = lua(ITEM + "local a, b = reaper.CreateTakeAudioAccessor(take), reaper.new_array(4)"
               "reaper.GetAudioAccessorSamples(a, 48000, 1, 0.5, 4, b) say(string.format('%.2f', b[1])) reaper.DestroyAudioAccessor(a)")  # fmt: skip
    assert told == ["0.25"]


# Actions


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_rendering_to_a_new_take(lua: Lua, project: Project, item: Item, suffix: str) -> None:
    # 41999 in public scripts: the last take, active, with effects; locked items are skipped; the project's glue format
    project.glue_format = (suffix, "PCM_16")
    project.add_effect(item.takes[0], gain=-0.5)
    item.values |= {"D_VOL": 0.1, "D_FADEINLEN": 0.5}
    locked = project.place(item.track, item.takes[0].path, position=2.0)
    locked.values["C_LOCK"] = 1.0
    lua("reaper.Main_OnCommand(41999, 0) quiet()")
    assert (len(item.takes), len(locked.takes)) == (2, 1)
    assert item.takes[1].active
    path = Path(item.takes[1].path)
    assert (path.parent, path.suffix) == (project.media, "." + suffix)
    assert soundfile.read(path)[0][RATE // 2] == pytest.approx(-0.125, abs=1e-3)
    assert project.history == ["Render items to new take"]


def test_takes_are_deleted_duplicated_and_cropped(lua: Lua, project: Project, item: Item) -> None:
    # 40129, 40639, 40131
    lua("reaper.Main_OnCommand(40639, 0) reaper.Main_OnCommand(40639, 0) reaper.Main_OnCommand(40129, 0) quiet()")
    assert (len(item.takes), item.current) == (2, 1)
    lua("reaper.Main_OnCommand(40131, 0) quiet()")
    assert (len(item.takes), item.current) == (1, 0)


def test_an_unknown_action_and_rendering_while_recording_are_misuse(lua: Lua, project: Project, reaper: Reaper, item: Item) -> None:
    # What a user would suffer from
    project.play_state = 5
    lua("reaper.Main_OnCommand(41999, 0) reaper.Main_OnCommand(12345, 0)")
    assert [each.split(" (")[0] for each in reaper.misuse] == [
        "action 41999",
        "Main_OnCommand: the stand-in knows no action 12345",
    ]


def test_gluing_makes_another_item(lua: Lua, project: Project, item: Item) -> None:
    # 40362 replaces the items: ids are new
    project.split(item, 0.5)
    project.select(*project.items)
    lua("reaper.Main_OnCommand(40362, 0) quiet()")
    assert item.gone
    assert [(each.position, each.length) for each in project.items] == [(0.0, 1.0)]


def test_reversing_makes_a_section(lua: Lua, project: Project, item: Item) -> None:
    # 41051; PCM_Source_GetSectionInfo tells that it is reversed
    told = lua(ITEM + "reaper.Main_OnCommand(41051, 0) say(select(4, reaper.PCM_Source_GetSectionInfo(reaper.GetMediaItemTake_Source(take))))")
    assert told == ["true"]


def test_razor_edits_as_texts(lua: Lua, project: Project) -> None:
    # Listing: P_RAZOREDITS, P_RAZOREDITS_EXT
    project.track("Anna").razor = [(1.0, 2.0, "", None, None), (3.0, 4.5, "", 0.0, 0.5)]
    told = lua("local t = reaper.GetTrack(0, 0) local _, all = reaper.GetSetMediaTrackInfo_String(t, 'P_RAZOREDITS_EXT', '', false) say(all)"
               "reaper.GetSetMediaTrackInfo_String(t, 'P_RAZOREDITS', '5 6 \"\"', true)")  # fmt: skip
    assert [tuple(map(float, row.replace('""', "").split())) for row in told[0].split(",")] == [(1, 2), (3, 4.5, 0, 0.5)]
    assert project.tracks[0].razor == [(5.0, 6.0, "", None, None)]


def test_regions_and_time_selection(lua: Lua, project: Project) -> None:
    # Listing: EnumProjectMarkers3, GetSet_LoopTimeRange2
    project.marker(0.5, "here")
    project.region(1.0, 2.0, "line 1")
    project.state.time_selection = (3.0, 4.0)
    told = lua("local n, is, from, to, name = reaper.EnumProjectMarkers3(0, 1) say(n) say(is) say(to) say(name)"
               "say(reaper.EnumProjectMarkers3(0, 2)) say(select(2, reaper.GetSet_LoopTimeRange2(0, false, false, 0, 0, false)))")  # fmt: skip
    assert told == ["2", "true", "2.0", "line 1", "0", "4.0"]


def test_an_envelope_goes_to_another_take_as_text(lua: Lua, project: Project, item: Item) -> None:
    # 40693 makes the envelope; GetEnvelopeStateChunk, SetEnvelopeStateChunk carry the points
    project.add_envelope(item.takes[0], [(0.0, 1.0), (1.0, 0.5)])
    new = project.add_take(item, item.takes[0].path)
    project.activate(new)
    lua("reaper.Main_OnCommand(40693, 0) local item = reaper.GetMediaItem(0, 0)"
        "local _, text = reaper.GetEnvelopeStateChunk(reaper.GetTakeEnvelope(reaper.GetTake(item, 0), 0), '', false)"
        "reaper.SetEnvelopeStateChunk(reaper.GetTakeEnvelope(reaper.GetTake(item, 1), 0), text, false)")  # fmt: skip
    assert [each.points for each in new.envelopes] == [[(0.0, 1.0), (1.0, 0.5)]]


def test_effects_are_copied_between_takes(lua: Lua, project: Project, item: Item) -> None:
    # Listing: TakeFX_CopyToTake
    project.add_effect(item.takes[0], "JS: gate", gain=0.5)
    new = project.add_take(item, item.takes[0].path)
    told = lua(ITEM + "reaper.TakeFX_CopyToTake(take, 0, reaper.GetTake(item, 1), 0, false) say(reaper.TakeFX_GetCount(take))")
    assert told == ["1"]
    assert [(each.name, each.gain) for each in new.effects] == [("JS: gate", 0.5)]


# Files and processes


def test_a_listing_of_files_is_cached(lua: Lua, tmp_path: Path) -> None:
    # Listing: EnumerateFiles with -1 reads the folder again
    folder = tmp_path / "some"
    folder.mkdir()
    told = lua(f"local d = {str(folder)!r} say(reaper.EnumerateFiles(d, 0)) io.open(d .. '/new', 'w'):close()"
               "say(reaper.EnumerateFiles(d, 0)) reaper.EnumerateFiles(d, -1) say(reaper.EnumerateFiles(d, 0))")  # fmt: skip
    assert told == ["nil", "nil", "new"]


def test_processes(lua: Lua, reaper: Reaper) -> None:
    # Listing: ExecProcess; no search along PATH, nil on total failure
    told = lua("say(reaper.ExecProcess('/bin/echo hello', 5000)) say(reaper.ExecProcess('echo hello', 5000)) say(reaper.ExecProcess('/no/such', -1))")
    assert told == ["0\nhello\n", "nil", "nil"]
    reaper.processes_fail = True
    assert lua("say(reaper.ExecProcess('/bin/echo hello', 5000))") == ["nil"]


# What the user sees


def test_boxes_have_the_transport_state(lua: Lua, project: Project, reaper: Reaper) -> None:
    # A box while playing or recording stands in the way
    assert lua("say(reaper.ShowMessageBox('Well?', 'takevoice', 4))") == ["6"]
    assert reaper.misuse == []
    project.play_state = 1
    reaper.typed = lambda _captions, values: [f"{each}!" for each in values]
    assert lua("say(select(2, reaper.GetUserInputs('takevoice', 2, 'A,B,separator=|', 'x|y')))") == ["x!|y!"]
    assert [(box.kind, box.play_state) for box in reaper.boxes] == [("message", 0), ("inputs", 1)]
    assert len(reaper.misuse) == 1


def test_the_mouse_takes_the_help_line_away(lua: Lua, reaper: Reaper) -> None:
    # Seen by users: REAPER writes its own text there
    lua("reaper.Help_Set('converting', true)")
    assert reaper.help_line == "converting"
    reaper.hover()
    assert reaper.help_line != "converting"


GFX = """
gfx.init("takevoice", 300, 200) gfx.setfont(1, "Arial", 16, ("b"):byte())
local count, held = 0, false
local function draw()
  gfx.set(0.5, 0.2, 0.2) gfx.rect(10, 40, 100, 30) gfx.set(1) gfx.x, gfx.y = 10, 40
  gfx.drawstr("Cancel", 1 | 4, 110, 70)
  gfx.x, gfx.y = 10, 10 gfx.drawstr("Count " .. count)
  local down = gfx.mouse_cap & 1 == 1
  local inside = gfx.mouse_x >= 10 and gfx.mouse_x < 110 and gfx.mouse_y >= 40 and gfx.mouse_y < 70
  if down and not held and inside then count = count + 1 end
  held = down
  gfx.update()
  local key = gfx.getchar()
  if key == ("m"):byte() then count = gfx.showmenu("One|>More|!Two|<#Three||Four") end
  if key >= 0 and key ~= 27 then reaper.defer(draw) end
end
draw()
"""


def test_a_gfx_window_is_clicked_at_its_words(lua: Lua, reaper: Reaper, tmp_path: Path) -> None:
    # Listing: gfx functions; submenus and separators are not numbered by showmenu
    lua(GFX)
    reaper.click("Cancel")
    assert reaper.texts == ["Cancel", "Count 1"]
    reaper.menu = lambda _fields: "Four"
    reaper.key("m")
    reaper.tick()
    assert "Count 4" in reaper.texts
    with pytest.raises(LookupError):
        reaper.click("Release")
    reaper.close_window()
    assert (reaper.windows, reaper.scripts, reaper.misuse, reaper.script_errors) == ([], [], [], [])


def test_a_gfx_window_as_a_picture(lua: Lua, reaper: Reaper, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    lua(GFX)
    reaper.windows[0].save(tmp_path / "window.png")
    with image.open(tmp_path / "window.png") as picture:
        assert (picture.size, picture.getpixel((12, 42))) == ((300, 200), (128, 51, 51))


IMGUI = """
package.path = reaper.ImGui_GetBuiltinPath() .. "/?.lua"
local ImGui = require "imgui" "0.10"
local ctx = ImGui.CreateContext("takevoice")
local count, on, voice, mix = 0, false, 0, 0.5
local function loop()
  local visible, open = ImGui.Begin(ctx, "takevoice", true, ImGui.WindowFlags_None)
  if visible then
    for row = 1, 2 do
      ImGui.PushID(ctx, tostring(row))
      if ImGui.Button(ctx, "Cancel##job") then count = count + row end
      ImGui.PopID(ctx)
    end
    local changed
    changed, on = reaper.ImGui_Checkbox(ctx, "On", on)
    changed, voice = ImGui.Combo(ctx, "Voice", voice, "ada\\0bea\\0")
    changed, mix = ImGui.SliderDouble(ctx, "Mix", mix, 0, 1)
    ImGui.Text(ctx, ("%d %s %d %.1f"):format(count, on, voice, mix))
    %s
    ImGui.End(ctx)
  end
  if open then reaper.defer(loop) end
end
loop()
"""


@pytest.fixture
def reaimgui(tmp_path: Path, project: Project) -> Reaper:
    return Reaper(tmp_path, project, reaimgui="0.10.0.2")


def test_a_window_of_reaimgui(reaimgui: Reaper, tmp_path: Path) -> None:
    # Definitions of ReaImGui 0.10: arguments and results
    (tmp_path / "x.lua").write_text(IMGUI.replace("%s\n", "\n"))
    reaimgui.start(tmp_path / "x.lua")
    reaimgui.click("Cancel", 1)
    reaimgui.click("On")
    reaimgui.enter("Voice", "bea")
    reaimgui.enter("Mix", 3.0)
    assert reaimgui.texts[-1] == "2 true 1 1.0"
    reaimgui.imgui_contexts[0].closing = True
    reaimgui.tick()
    assert (reaimgui.scripts, reaimgui.misuse, reaimgui.script_errors) == ([], [], [])


def test_unbalanced_windows_of_reaimgui_are_misuse(reaimgui: Reaper, tmp_path: Path) -> None:
    # ReaImGui raises an error when a stack is not empty at the frame's end
    (tmp_path / "x.lua").write_text(IMGUI.replace("%s\n", "ImGui.BeginDisabled(ctx)\n"))
    reaimgui.start(tmp_path / "x.lua")
    assert any("ImGui_End without Begin" in each for each in reaimgui.script_errors)
    assert reaimgui.misuse


# The table of calls


def test_every_modelled_call_has_a_signature(reaper: Reaper) -> None:
    names = {name for name in reaper._functions if not name.startswith("gfx.")}
    assert names - set(SIGNATURES) <= {"NF_DeleteTakeFromItem"}  # of SWS


@pytest.mark.skipif(LISTING not in os.environ, reason=f"{LISTING} names REAPER's listing of its API")
def test_the_table_of_calls_is_that_of_the_listing() -> None:
    listed = read_listing(Path(os.environ[LISTING]).read_text("utf-8"))
    assert listed == {name: each for name, each in SIGNATURES.items() if name not in BUILT_IN}
