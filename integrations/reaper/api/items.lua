-- Items, takes and tracks, found by their GUIDs, which never change.

local takevoice = ...
local files = takevoice.load("files")
local items = {}

local LOCKED = 1 -- bit of C_LOCK

function items.guid(item)
  local _, guid = reaper.GetSetMediaItemInfo_String(item, "GUID", "", false)
  return guid
end

function items.take_guid(take)
  local _, guid = reaper.GetSetMediaItemTakeInfo_String(take, "GUID", "", false)
  return guid
end

-- Returns the take's name, or that of its file, without the file's extension, which many take names have.
function items.take_name(take)
  local name, path = reaper.GetTakeName(take), items.file_of(take)
  if name == "" then return files.stem(path) end
  local extension = files.extension(path)
  if extension ~= "" and #name > #extension and name:sub(-#extension):lower() == extension:lower() then
    return name:sub(1, -#extension - 1)
  end
  return name
end

-- Returns nil if the item was deleted. With the GUID of a take that is probably in it, REAPER finds it at once: projects have
-- thousands of items.
function items.find(project, guid, take_guid)
  local take = take_guid and items.find_take(project, take_guid)
  local holder = take and reaper.GetMediaItemTake_Item(take)
  if holder and items.guid(holder) == guid then return holder end
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

-- Returns the file's own source, below sections and reversals; nil if there is none.
function items.file_source(take)
  local source = reaper.GetMediaItemTake_Source(take)
  while source do
    local parent = reaper.GetMediaSourceParent(source)
    if not parent then return source end
    source = parent
  end
end

-- Returns the path of the take's file, or "".
function items.file_of(take)
  local source = items.file_source(take)
  return source and reaper.GetMediaSourceFileName(source) or ""
end

function items.selected(project)
  local list = {}
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do list[#list + 1] = reaper.GetSelectedMediaItem(project, index) end
  return list
end

function items.is_locked(item) return math.floor(reaper.GetMediaItemInfo_Value(item, "C_LOCK")) & LOCKED ~= 0 end

-- Lets `change` work on an item that the user may have locked meanwhile: REAPER's actions skip locked items. Call it inside
-- an undo block.
function items.unlocked(item, change)
  local lock = reaper.GetMediaItemInfo_Value(item, "C_LOCK")
  if not items.is_locked(item) then return change() end
  reaper.SetMediaItemInfo_Value(item, "C_LOCK", math.floor(lock) & ~LOCKED)
  local ok, problem = pcall(change)
  reaper.SetMediaItemInfo_Value(item, "C_LOCK", lock)
  if not ok then error(problem, 0) end
end

-- Empty takes count in REAPER but have no pointer; they are left out.
function items.takes(item)
  local takes = {}
  for index = 0, reaper.CountTakes(item) - 1 do takes[#takes + 1] = reaper.GetTake(item, index) end
  return takes
end

-- Returns a text that takevoice stored in a take, or "".
function items.stored(take, name)
  local _, text = reaper.GetSetMediaItemTakeInfo_String(take, "P_EXT:takevoice_" .. name, "", false)
  return text or ""
end

function items.store(take, name, text)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_EXT:takevoice_" .. name, text, true)
end

-- Returns the item's take that a request produced, or nil.
function items.take_of_request(item, request)
  for _, take in ipairs(items.takes(item)) do
    if items.stored(take, "request") == request then return take end
  end
end

-- Returns the highest seed of the item's candidates, or 0. New candidates continue from there.
function items.last_seed(item)
  local last = 0
  for _, take in ipairs(items.takes(item)) do last = math.max(last, tonumber(items.stored(take, "seed")) or 0) end
  return last
end

return items
