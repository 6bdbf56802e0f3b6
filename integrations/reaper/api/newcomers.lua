-- Items that came into the project while a conversion was under way, and play what is converted: halves that were moved
-- or rippled, copies, and items that were cut and pasted. REAPER gives all of them new GUIDs.

local takevoice = ...
local items = takevoice.load("items")
local originals = takevoice.load("originals")
local newcomers = {}

local BEYOND = 0.5 -- seconds that an edge may have been opened up

-- Returns a set of the GUIDs of all items of the project.
function newcomers.guids(project)
  local guids = {}
  for index = 0, reaper.CountMediaItems(project) - 1 do guids[items.guid(reaper.GetMediaItem(project, index))] = true end
  return guids
end

-- Returns what tells newcomers later: the items that are there now, and the file of the record's take.
function newcomers.birth(project, record, guids)
  local take = record.take and items.find_take(project, record.take)
  return { guids = guids, file = take and items.file_of(take) or "" }
end

-- True if the middle of what the take plays in its item was converted, and its ends at least nearly.
local function is_in_record(item, take, record)
  local length = reaper.GetMediaItemInfo_Value(item, "D_LENGTH")
  local function value(name) return reaper.GetMediaItemTakeInfo_Value(take, name) end
  local first = value("D_STARTOFFS")
  local last = first + length * value("D_PLAYRATE")
  local from = tonumber(record.offset)
  local to = from + tonumber(record.length) * tonumber(record.playrate)
  local middle = (first + last) / 2
  return middle > from and middle < to and first > from - BEYOND and last < to + BEYOND
end

local function original_in(item, record, file)
  for _, take in ipairs(items.takes(item)) do
    if not originals.is_converted(take) and items.file_of(take) == file and is_in_record(item, take, record) then return take end
  end
end

-- Returns the items that were not there. `fresh` keeps them, by the set of those that were: projects have thousands of items.
local function fresh_items(project, guids, fresh)
  if fresh[guids] then return fresh[guids] end
  local list = {}
  for index = 0, reaper.CountMediaItems(project) - 1 do
    local item = reaper.GetMediaItem(project, index)
    if not guids[items.guid(item)] then list[#list + 1] = item end
  end
  fresh[guids] = list
  return list
end

-- Returns a list of { item =, original = }. `birth` may be nil; `fresh` is a table that calls of one tick share as long as no item
-- is added or split.
function newcomers.of(project, record, birth, fresh)
  local found = {}
  if not birth or birth.file == "" then return found end
  for _, item in ipairs(fresh_items(project, birth.guids, fresh)) do
    local original = original_in(item, record, birth.file)
    if original then found[#found + 1] = { item = item, original = original } end
  end
  return found
end

return newcomers
