-- What takevoice expects of REAPER, one by one. Each check returns what it saw and what was expected; nil if it only
-- notes it. `context` has the scratch project, a media file and its seconds.

local takevoice = ...
local inserting = takevoice.load("inserting")
local items = takevoice.load("items")
local rendering = takevoice.load("rendering")
local sound = takevoice.load("sound")
local targets = takevoice.load("targets")

local DUPLICATE_TAKE = 40639

local checks = {}

local function add(name, run) checks[#checks + 1] = { name = name, run = run } end

-- Puts an item of the media file on a new track, in an undo step.
local function place(context, length)
  local project = context.project
  reaper.Undo_BeginBlock2(project)
  reaper.InsertTrackAtIndex(0, false)
  local item = reaper.AddMediaItemToTrack(reaper.GetTrack(project, 0))
  reaper.SetMediaItemInfo_Value(item, "D_LENGTH", length or context.seconds)
  local take = reaper.AddTakeToMediaItem(item)
  reaper.SetMediaItemTake_Source(take, reaper.PCM_Source_CreateFromFile(context.media))
  reaper.SetActiveTake(take)
  reaper.Undo_EndBlock2(project, "self-test: place", -1)
  return item, take
end

local function top(context) return reaper.Undo_CanUndo2(context.project) end

local function record_of(item, take)
  return {
    id = "selftest", item = items.guid(item), take = items.take_guid(take), name = "self-test",
    track = reaper.GetTrackGUID(reaper.GetMediaItem_Track(item)), track_name = "self-test",
    position = 0, length = reaper.GetMediaItemInfo_Value(item, "D_LENGTH"),
    offset = 0, playrate = 1, volume = 1, pan = 0, mode = 0, zero = 0,
  }
end

add("samples read inside a coroutine", function(context)
  local _, take = place(context)
  local accessor, got = reaper.CreateTakeAudioAccessor(take), nil
  local buffer = reaper.new_array(100)
  coroutine.wrap(function() got = reaper.GetAudioAccessorSamples(accessor, 48000, 1, 1, 100, buffer) end)()
  reaper.DestroyAudioAccessor(accessor)
  return tostring(got)
end)

add("the description of a plain take", function(context)
  local item, take = place(context)
  local found = sound.of(item, take, 0, context.seconds)
  return found and ("%.3f to %.3f s"):format(found.start, found.start + found.length), ("0.000 to %.3f s"):format(context.seconds)
end)

add("undo points of an action inside of a block", function(context)
  local item = place(context)
  local before = top(context)
  reaper.SelectAllMediaItems(context.project, false)
  reaper.SetMediaItemSelected(item, true)
  reaper.Undo_BeginBlock2(context.project)
  reaper.Main_OnCommand(DUPLICATE_TAKE, 0)
  reaper.Undo_EndBlock2(context.project, "self-test: block", -1)
  local name = top(context)
  reaper.Undo_DoUndo2(context.project)
  return ("%s, then %s"):format(name, top(context)), ("self-test: block, then %s"):format(before)
end)

add("takes after the action that duplicates one", function(context)
  local item = place(context)
  reaper.SelectAllMediaItems(context.project, false)
  reaper.SetMediaItemSelected(item, true)
  reaper.Undo_BeginBlock2(context.project)
  reaper.Main_OnCommand(DUPLICATE_TAKE, 0)
  reaper.Undo_EndBlock2(context.project, "self-test: duplicate", -1)
  return reaper.CountTakes(item), 2
end)

add("what a rendering leaves in the undo history", function(context)
  local item, take = place(context, 2)
  reaper.SetMediaItemTakeInfo_Value(take, "D_PLAYRATE", 1.5)
  local before, guid = top(context), items.guid(item)
  rendering.run(context.project, item, take, "self-test")
  local now = items.find(context.project, guid)
  return ("%s, %d takes"):format(top(context), now and reaper.CountTakes(now) or 0), ("%s, 1 takes"):format(before)
end)

add("the length of a rendered take", function(context)
  local item, take = place(context, 2)
  reaper.SetMediaItemTakeInfo_Value(take, "D_PLAYRATE", 1.5)
  local found = rendering.run(context.project, item, take, "self-test")
  local source = reaper.PCM_Source_CreateFromFile(found.path)
  local length = source and reaper.GetMediaSourceLength(source) or 0
  if source then reaper.PCM_Source_Destroy(source) end
  os.remove(found.path)
  return ("%.2f"):format(length), "2.00"
end)

add("a take is added in one undo step", function(context)
  local item, take = place(context)
  local before, guid = top(context), items.guid(item)
  local file = { path = context.media, head = 0.5, request = "x", seed = "" }
  inserting.run(context.project, { { record = record_of(item, take), files = { file } } })
  local now = items.find(context.project, guid)
  local count, offset = reaper.CountTakes(now), reaper.GetMediaItemTakeInfo_Value(reaper.GetActiveTake(now), "D_STARTOFFS")
  reaper.Undo_DoUndo2(context.project)
  local after = items.find(context.project, guid)
  return ("%d takes, offset %.3f; undone: %d, %s"):format(count, offset, reaper.CountTakes(after), top(context)),
    ("2 takes, offset 0.500; undone: 1, %s"):format(before)
end)

add("the project's own data after undo", function(context)
  local item = place(context)
  reaper.SetProjExtState(context.project, "takevoice_selftest", "key", "value")
  reaper.Undo_BeginBlock2(context.project)
  reaper.SetMediaItemInfo_Value(item, "D_POSITION", 1)
  reaper.Undo_EndBlock2(context.project, "self-test: move", -1)
  reaper.Undo_DoUndo2(context.project)
  local _, value = reaper.GetProjExtState(context.project, "takevoice_selftest", "key")
  return value == "value" and "kept" or "gone"
end)

add("how much EnumProjExtState gives back of 6,000 bytes", function(context)
  reaper.SetProjExtState(context.project, "takevoice_selftest", "long", ("x"):rep(6000))
  local index, length = 0, 0
  while true do
    local more, key, value = reaper.EnumProjExtState(context.project, "takevoice_selftest", index)
    if not more then break end
    if key == "long" then length = #value end
    index = index + 1
  end
  return length
end)

add("an item's pointer after undo", function(context)
  local item = place(context)
  reaper.Undo_BeginBlock2(context.project)
  reaper.SetMediaItemInfo_Value(item, "D_POSITION", 1)
  reaper.Undo_EndBlock2(context.project, "self-test: move", -1)
  reaper.Undo_DoUndo2(context.project)
  return reaper.ValidatePtr2(context.project, item, "MediaItem*") and "valid" or "not valid"
end)

add("the halves of a split item", function(context)
  local item, take = place(context)
  local guid, take_guid = items.guid(item), items.take_guid(take)
  reaper.Undo_BeginBlock2(context.project)
  local right = reaper.SplitMediaItem(item, 1)
  reaper.Undo_EndBlock2(context.project, "self-test: split", -1)
  local right_take = reaper.GetActiveTake(right)
  return ("left keeps its GUIDs: %s; right has new ones: %s; right begins at %.2f s of its file"):format(
    tostring(items.guid(item) == guid and items.take_guid(reaper.GetActiveTake(item)) == take_guid),
    tostring(items.guid(right) ~= guid and items.take_guid(right_take) ~= take_guid),
    reaper.GetMediaItemTakeInfo_Value(right_take, "D_STARTOFFS")
  ), "left keeps its GUIDs: true; right has new ones: true; right begins at 1.00 s of its file"
end)

add("a razor edit", function(context)
  local item = place(context)
  local track = reaper.GetMediaItem_Track(item)
  reaper.GetSetMediaTrackInfo_String(track, "P_RAZOREDITS", '1.0 2.0 ""', true)
  local found = targets.razor_edits(context.project)
  reaper.GetSetMediaTrackInfo_String(track, "P_RAZOREDITS", "", true)
  return #found == 1 and ("%.2f to %.2f"):format(found[1].from, found[1].to) or #found .. " parts", "1.00 to 2.00"
end)

add("how REAPER writes a razor edit", function(context)
  local item = place(context)
  local track = reaper.GetMediaItem_Track(item)
  reaper.GetSetMediaTrackInfo_String(track, "P_RAZOREDITS", '1.0 2.0 ""', true)
  local _, text = reaper.GetSetMediaTrackInfo_String(track, "P_RAZOREDITS_EXT", "", false)
  reaper.GetSetMediaTrackInfo_String(track, "P_RAZOREDITS", "", true)
  return text
end)

add("effects while a take is rendered", function(context)
  local item, take = place(context, 2)
  local guid = items.take_guid(take)
  reaper.Undo_BeginBlock2(context.project)
  reaper.TakeFX_AddByName(take, "ReaEQ", 1)
  reaper.SetMediaItemTakeInfo_Value(take, "D_PLAYRATE", 1.5)
  reaper.Undo_EndBlock2(context.project, "self-test: effect", -1)
  local found = rendering.run(context.project, item, take, "self-test")
  os.remove(found.path)
  local now = items.find_take(context.project, guid)
  return ("left out: %s; on again: %s"):format(tostring(found.is_dry), tostring(now and reaper.TakeFX_GetEnabled(now, 0))),
    "left out: true; on again: true"
end)

add("take markers are in the time of the file", function(context)
  if not reaper.GetNumTakeMarkers then return "REAPER has none" end
  local item, take = place(context, 2)
  reaper.Undo_BeginBlock2(context.project)
  reaper.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", 1)
  reaper.SetTakeMarker(take, -1, "self-test", 1.5)
  local right = reaper.SplitMediaItem(item, 0.25)
  reaper.Undo_EndBlock2(context.project, "self-test: marker", -1)
  local position = reaper.GetTakeMarker(reaper.GetActiveTake(right), 0)
  return ("%.2f"):format(position), "1.50"
end)

add("what undo does to cursor and time selection", function(context)
  local item, take = place(context, 2)
  reaper.SetMediaItemTakeInfo_Value(take, "D_PLAYRATE", 1.5)
  reaper.SetEditCurPos2(context.project, 1.25, false, false)
  reaper.GetSet_LoopTimeRange2(context.project, true, false, 0.5, 1, false)
  local found = rendering.run(context.project, item, take, "self-test")
  os.remove(found.path)
  local first, last = reaper.GetSet_LoopTimeRange2(context.project, false, false, 0, 0, false)
  return ("%.2f, %.2f to %.2f"):format(reaper.GetCursorPositionEx(context.project), first, last), "1.25, 0.50 to 1.00"
end)

add("how REAPER counts spectral edits", function(context)
  local _, take = place(context)
  return reaper.GetMediaItemTakeInfo_Value(take, "IP_SPECEDIT:CNT")
end)

add("a take of a locked item is duplicated", function(context)
  local item = place(context)
  reaper.SelectAllMediaItems(context.project, false)
  reaper.SetMediaItemSelected(item, true)
  reaper.Undo_BeginBlock2(context.project)
  reaper.SetMediaItemInfo_Value(item, "C_LOCK", 1)
  items.unlocked(item, function() reaper.Main_OnCommand(DUPLICATE_TAKE, 0) end)
  reaper.Undo_EndBlock2(context.project, "self-test: lock", -1)
  return ("%d takes, locked: %s"):format(reaper.CountTakes(item), tostring(items.is_locked(item))), "2 takes, locked: true"
end)

return checks
