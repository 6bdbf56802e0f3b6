-- Adds converted files as takes to their item, in one undo step.

local takevoice = ...
local items = takevoice.load("items")
local ui = takevoice.load("ui")

local BUILD_PEAKS = 40047 -- Peaks: Build any missing peaks
local COLOUR = { 38, 166, 154 }
local HAS_COLOUR = 0x1000000

local function source_of(path)
  local source = reaper.PCM_Source_CreateFromFile(path)
  if not source or reaper.GetMediaSourceLength(source) <= 0 then
    error(("REAPER cannot open the converted file %s"):format(path), 0)
  end
  return source
end

-- The file begins where the take began when it was read. Applies trims and rate changes made since then.
local function align(project, take, record)
  local original = items.find_take(project, record.take)
  if not original then return end
  local then_rate, then_offset = tonumber(record.playrate), tonumber(record.offset)
  local now_rate = reaper.GetMediaItemTakeInfo_Value(original, "D_PLAYRATE")
  local now_offset = reaper.GetMediaItemTakeInfo_Value(original, "D_STARTOFFS")
  reaper.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", (now_offset - then_offset) / then_rate)
  reaper.SetMediaItemTakeInfo_Value(take, "D_PLAYRATE", now_rate / then_rate)
end

local function set_properties(take, record, file)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", file.name, true)
  reaper.SetMediaItemTakeInfo_Value(take, "I_CUSTOMCOLOR", reaper.ColorToNative(table.unpack(COLOUR)) | HAS_COLOUR)
  reaper.SetMediaItemTakeInfo_Value(take, "D_VOL", tonumber(record.volume))
  reaper.SetMediaItemTakeInfo_Value(take, "D_PAN", tonumber(record.pan))
  reaper.SetMediaItemTakeInfo_Value(take, "I_CHANMODE", tonumber(record.channels))
  items.store(take, "request", file.request)
  items.store(take, "seed", file.seed)
end

local function add(project, item, record, file)
  local source = source_of(file.path)
  local take = reaper.AddTakeToMediaItem(item)
  if not take then error("REAPER did not add a take", 0) end
  reaper.SetMediaItemTake_Source(take, source)
  set_properties(take, record, file)
  align(project, take, record)
  return take
end

-- Returns a new item at the position of the deleted one, on a new track below the one it was on.
local function new_item(project, record)
  local track = items.find_track(project, record.track)
  local index = track and reaper.GetMediaTrackInfo_Value(track, "IP_TRACKNUMBER") or reaper.CountTracks(project)
  reaper.InsertTrackAtIndex(math.floor(index), true)
  local new = reaper.GetTrack(project, math.floor(index))
  reaper.GetSetMediaTrackInfo_String(new, "P_NAME", record.track_name .. " (takevoice)", true)
  local item = reaper.AddMediaItemToTrack(new)
  reaper.SetMediaItemInfo_Value(item, "D_POSITION", tonumber(record.position))
  reaper.SetMediaItemInfo_Value(item, "D_LENGTH", tonumber(record.length))
  return item
end

local function target(project, record)
  local item = items.find(project, record.item)
  if item then return item, false end
  local question = "The item of %s was deleted. Put its converted take on a new track, at the same position?"
  return nil, ui.confirm(question:format(record.name))
end

-- `files` is a list of tables with path, name, request and seed; the first becomes the active take. Returns false if the
-- user does not want them. Raises a message if REAPER cannot add one.
return function(project, record, files)
  local item, make = target(project, record)
  if not item and not make then return false end
  reaper.PreventUIRefresh(1)
  reaper.Undo_BeginBlock2(project)
  local ok, problem = pcall(function()
    item = item or new_item(project, record)
    local takes = {}
    for i, file in ipairs(files) do takes[i] = add(project, item, record, file) end
    reaper.SetActiveTake(takes[1])
    reaper.UpdateItemInProject(item)
  end)
  reaper.Undo_EndBlock2(project, "takevoice: " .. record.name, -1)
  reaper.PreventUIRefresh(-1)
  reaper.Main_OnCommand(BUILD_PEAKS, 0)
  reaper.UpdateArrange()
  if not ok then error(problem, 0) end
  return true
end
