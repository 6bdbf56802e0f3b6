-- Items, takes and tracks by what names them for ever: their GUIDs.

local items = {}

function items.guid(item)
  local _, guid = reaper.GetSetMediaItemInfo_String(item, "GUID", "", false)
  return guid
end

function items.take_guid(take)
  local _, guid = reaper.GetSetMediaItemTakeInfo_String(take, "GUID", "", false)
  return guid
end

-- Nil when it is gone.
function items.find(project, guid)
  for index = 0, reaper.CountMediaItems(project) - 1 do
    local item = reaper.GetMediaItem(project, index)
    if items.guid(item) == guid then return item end
  end
end

function items.find_take(project, guid)
  local take = reaper.GetMediaItemTakeByGUID(project, guid)
  return take and reaper.ValidatePtr2(project, take, "MediaItem_Take*") and take or nil
end

function items.find_track(project, guid)
  for index = 0, reaper.CountTracks(project) - 1 do
    local track = reaper.GetTrack(project, index)
    if reaper.GetTrackGUID(track) == guid then return track end
  end
end

function items.track_name(track)
  local _, name = reaper.GetTrackName(track)
  return name
end

-- The file's source, below sections and reversals.
function items.file_source(take)
  local source = reaper.GetMediaItemTake_Source(take)
  while source do
    local parent = reaper.GetMediaSourceParent(source)
    if not parent then return source end
    source = parent
  end
end

function items.takes(item)
  local takes = {}
  for index = 0, reaper.CountTakes(item) - 1 do takes[#takes + 1] = reaper.GetTake(item, index) end
  return takes
end

-- What takevoice noted in a take: "" when nothing.
function items.note(take, name)
  local _, text = reaper.GetSetMediaItemTakeInfo_String(take, "P_EXT:takevoice_" .. name, "", false)
  return text or ""
end

function items.set_note(take, name, text)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_EXT:takevoice_" .. name, text, true)
end

-- The request's take in the item; nil when it has none.
function items.take_of_request(item, request)
  for _, take in ipairs(items.takes(item)) do
    if items.note(take, "request") == request then return take end
  end
end

-- The highest seed that a candidate of this item has, or 0: more candidates are other ones.
function items.last_seed(item)
  local last = 0
  for _, take in ipairs(items.takes(item)) do last = math.max(last, tonumber(items.note(take, "seed")) or 0) end
  return last
end

return items
