-- Items for converted takes whose own item was deleted: on a new track below the one they were on, one for each track.

local takevoice = ...
local items = takevoice.load("items")
local new_items = {}

local function new_track(project, record)
  local old = items.find_track(project, record.track)
  local index = old and reaper.GetMediaTrackInfo_Value(old, "IP_TRACKNUMBER") or reaper.CountTracks(project)
  reaper.InsertTrackAtIndex(math.floor(index), true)
  local track = reaper.GetTrack(project, math.floor(index))
  reaper.GetSetMediaTrackInfo_String(track, "P_NAME", record.track_name .. " (takevoice)", true)
  return reaper.GetTrackGUID(track)
end

-- Returns a new item at the position of the deleted one. `tracks` has the new tracks by the GUID of the old, and grows.
-- Call it inside an undo block.
function new_items.make(project, record, tracks)
  tracks[record.track] = tracks[record.track] or new_track(project, record)
  local item = reaper.AddMediaItemToTrack(items.find_track(project, tracks[record.track]))
  local from = tonumber(record.from) or 0
  local to = tonumber(record.to) or tonumber(record.length)
  reaper.SetMediaItemInfo_Value(item, "D_POSITION", tonumber(record.position) + from)
  reaper.SetMediaItemInfo_Value(item, "D_LENGTH", to - from)
  return item
end

return new_items
