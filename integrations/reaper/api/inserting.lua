-- Brings converted files back as takes of their item: one undo step.

local takevoice = ...
local items = takevoice.load("items")
local tell = takevoice.load("tell")

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

-- The file begins where the take began when it was read. If the item was trimmed or its rate changed since, so is this take.
local function place(project, take, record)
  local original = items.find_take(project, record.take)
  if not original then return end
  local then_rate, then_offset = tonumber(record.playrate), tonumber(record.offset)
  local now_rate = reaper.GetMediaItemTakeInfo_Value(original, "D_PLAYRATE")
  local now_offset = reaper.GetMediaItemTakeInfo_Value(original, "D_STARTOFFS")
  reaper.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", (now_offset - then_offset) / then_rate)
  reaper.SetMediaItemTakeInfo_Value(take, "D_PLAYRATE", now_rate / then_rate)
end

local function dress(take, record, file)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", file.name, true)
  reaper.SetMediaItemTakeInfo_Value(take, "I_CUSTOMCOLOR", reaper.ColorToNative(table.unpack(COLOUR)) | HAS_COLOUR)
  reaper.SetMediaItemTakeInfo_Value(take, "D_VOL", tonumber(record.volume))
  reaper.SetMediaItemTakeInfo_Value(take, "D_PAN", tonumber(record.pan))
  reaper.SetMediaItemTakeInfo_Value(take, "I_CHANMODE", tonumber(record.channels))
  items.set_note(take, "request", file.request)
  items.set_note(take, "seed", file.seed)
end

local function add(project, item, record, file)
  local source = source_of(file.path)
  local take = reaper.AddTakeToMediaItem(item)
  if not take then error("REAPER did not add a take", 0) end
  reaper.SetMediaItemTake_Source(take, source)
  dress(take, record, file)
  place(project, take, record)
  return take
end

-- A track of its own, below the one that the item was on, with an item at the place of old.
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
  local wanted = tell.asks(("The item of %s is gone. Put its converted take on a new track, where it was?"):format(record.name))
  return nil, wanted
end

-- `files`: a list of path, name, request, seed. The first becomes the active take. False when the user does not want them.
-- Raises a text when REAPER cannot take one in.
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
