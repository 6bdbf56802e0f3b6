"""The calls of REAPER's Lua API that the scripts make, as its own help lists them (ReaScript help of REAPER 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LISTING = """
MediaItem AddMediaItemToTrack(MediaTrack tr)
integer AddRemoveReaScript(boolean add, integer sectionID, string scriptfn, boolean commit)
MediaItem_Take AddTakeToMediaItem(MediaItem item)
integer ColorToNative(integer r, integer g, integer b)
integer CountMediaItems(ReaProject proj)
integer CountSelectedMediaItems(ReaProject proj)
integer CountSelectedTracks(ReaProject proj)
integer CountTakeEnvelopes(MediaItem_Take take)
integer CountTakes(MediaItem item)
integer CountTracks(ReaProject proj)
AudioAccessor CreateTakeAudioAccessor(MediaItem_Take take)
DeleteExtState(string section, string key, boolean persist)
DestroyAudioAccessor(AudioAccessor accessor)
boolean retval, string key, string val EnumProjExtState(ReaProject proj, string extname, integer idx)
ReaProject retval, string projfn EnumProjects(integer idx)
string ExecProcess(string cmdline, integer timeoutmsec)
MediaItem_Take GetActiveTake(MediaItem item)
integer GetAudioAccessorSamples(AudioAccessor accessor, integer samplerate, integer numchannels, number starttime_sec, integer numsamplesperchannel, reaper.array samplebuffer)
string GetExtState(string section, string key)
MediaItem GetMediaItem(ReaProject proj, integer itemidx)
number GetMediaItemInfo_Value(MediaItem item, string parmname)
PCM_source GetMediaItemTake_Source(MediaItem_Take take)
MediaItem_Take GetMediaItemTakeByGUID(ReaProject project, string guidGUID)
number GetMediaItemTakeInfo_Value(MediaItem_Take take, string parmname)
MediaTrack GetMediaItem_Track(MediaItem item)
string GetMediaSourceFileName(PCM_source source)
number retval, boolean lengthIsQN GetMediaSourceLength(PCM_source source)
integer GetMediaSourceNumChannels(PCM_source source)
PCM_source GetMediaSourceParent(PCM_source src)
integer GetMediaSourceSampleRate(PCM_source source)
number GetMediaTrackInfo_Value(MediaTrack tr, string parmname)
string GetOS()
integer GetPlayStateEx(ReaProject proj)
string GetProjectPathEx(ReaProject proj)
string GetResourcePath()
MediaItem GetSelectedMediaItem(ReaProject proj, integer selitem)
MediaTrack GetSelectedTrack(ReaProject proj, integer seltrackidx)
boolean retval, string str GetSetMediaItemInfo_String(MediaItem item, string parmname, string str, boolean setNewValue)
boolean retval, string str GetSetMediaItemTakeInfo_String(MediaItem_Take tk, string parmname, string str, boolean setNewValue)
boolean retval, string str GetSetMediaTrackInfo_String(MediaTrack tr, string parmname, string str, boolean setNewValue)
number GetSetProjectInfo(ReaProject project, string desc, number value, boolean is_set)
boolean retval, string str GetSetProjectInfo_String(ReaProject project, string desc, string str, boolean is_set)
MediaItem_Take GetTake(MediaItem item, integer takeidx)
string GetTakeName(MediaItem_Take take)
integer GetTakeNumStretchMarkers(MediaItem_Take take)
MediaTrack GetTrack(ReaProject proj, integer trackidx)
string GetTrackGUID(MediaTrack tr)
boolean retval, string buf GetTrackName(MediaTrack track)
boolean retval, string retvals_csv GetUserInputs(string title, integer num_inputs, string captions_csv, string retvals_csv)
Help_Set(string helpstring, boolean is_temporary_help)
InsertTrackAtIndex(integer idx, boolean wantDefaults)
Main_OnCommand(integer command, integer flag)
MarkProjectDirty(ReaProject proj)
PCM_source PCM_Source_CreateFromFile(string filename)
PreventUIRefresh(integer prevent_count)
integer RecursiveCreateDirectory(string path, integer ignored)
SetActiveTake(MediaItem_Take take)
SetExtState(string section, string key, string value, boolean persist)
boolean SetMediaItemInfo_Value(MediaItem item, string parmname, number newvalue)
SetMediaItemSelected(MediaItem item, boolean selected)
boolean SetMediaItemTakeInfo_Value(MediaItem_Take take, string parmname, number newvalue)
boolean SetMediaItemTake_Source(MediaItem_Take take, PCM_source source)
integer SetProjExtState(ReaProject proj, string extname, string key, string value)
ShowConsoleMsg(string msg)
integer ShowMessageBox(string msg, string title, integer type)
boolean TakeIsMIDI(MediaItem_Take take)
integer TakeFX_GetCount(MediaItem_Take take)
Undo_BeginBlock2(ReaProject proj)
Undo_EndBlock2(ReaProject proj, string descchange, integer extraflags)
UpdateArrange()
UpdateItemInProject(MediaItem item)
boolean ValidatePtr2(ReaProject proj, identifier pointer, string ctypename)
boolean atexit(function func)
boolean defer(function func)
string genGuid(string gGUID)
boolean is_new_value, string filename, integer sectionID, integer cmdID, integer mode, integer resolution, integer val, string contextstr get_action_context()
reaper.array new_array(integer size)
set_action_options(integer flag)
number time_precise()
"""

_LINE = re.compile(r"(?P<returns>.*?)\s*(?P<name>\w+)\((?P<params>.*)\)$")


@dataclass(frozen=True)
class Signature:
    """A call's name, and the types of what it takes and gives."""

    name: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]


def _types(text: str) -> tuple[str, ...]:
    return tuple(part.split()[0] for part in text.split(",")) if text.strip() else ()


def _signature(line: str) -> Signature:
    match = _LINE.fullmatch(line)
    assert match, line
    return Signature(match["name"], _types(match["params"]), _types(match["returns"]))


SIGNATURES: Mapping[str, Signature] = {
    each.name: each for each in map(_signature, LISTING.strip().splitlines())
}


class Misuse(AssertionError):
    """A script calls REAPER in a way that REAPER would refuse."""


def is_a(value: Any, kind: str, handles: Mapping[str, type]) -> bool:
    """Whether a value may stand for a parameter of that type; `handles` are the classes of REAPER's pointers."""
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return not isinstance(value, bool) and isinstance(value, (int, float)) and value == int(value)
    if kind == "number":
        return not isinstance(value, bool) and isinstance(value, (int, float))
    if kind == "string":
        return isinstance(value, str)
    if kind == "identifier":
        return isinstance(value, tuple(handles.values()))
    if kind in handles:
        return isinstance(value, handles[kind])
    return kind in ("function", "reaper.array") and value is not None


def checked(call: Callable[..., Any], handles: Mapping[str, type]) -> Callable[..., Any]:
    """The call, refusing every number and type of arguments that are not its signature's, and giving what it says."""
    signature = SIGNATURES[call.__name__]

    def checking(*args: Any) -> Any:
        if len(args) != len(signature.takes):
            raise Misuse(f"{signature.name} takes {signature.takes}, not {args}")
        for value, kind in zip(args, signature.takes, strict=True):
            if not is_a(value, kind, handles):
                raise Misuse(f"{signature.name} takes {signature.takes}, not {args}")
            if getattr(value, "dead", False) and signature.name != "ValidatePtr2":
                raise Misuse(f"{signature.name}: {value} is not in the project any more")
        result = call(*args)
        given = len(result) if isinstance(result, tuple) else int(bool(signature.gives))
        assert given == len(signature.gives), f"the fake {signature.name} gives {result}"
        return result

    return checking
