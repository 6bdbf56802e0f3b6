-- What an action converts: items, or parts of items. Each target is { item =, from =, to = }, in seconds of the item;
-- without from and to it is the whole.

local takevoice = ...
local items = takevoice.load("items")
local targets = {}

local TINY = 0.001 -- seconds

-- Returns the part of the item between two times of the project, or nil if there is none.
local function part(item, first, last)
  local position = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
  local length = reaper.GetMediaItemInfo_Value(item, "D_LENGTH")
  local from, to = math.max(first - position, 0), math.min(last - position, length)
  if to - from < TINY then return nil end
  if from < TINY and to > length - TINY then return { item = item } end
  return { item = item, from = from < TINY and 0 or from, to = to > length - TINY and length or to }
end

local function add_parts(found, list, first, last)
  for _, item in ipairs(list) do found[#found + 1] = part(item, first, last) end
end

local function selected_tracks(project)
  local tracks = {}
  for index = 0, reaper.CountSelectedTracks(project) - 1 do tracks[#tracks + 1] = reaper.GetSelectedTrack(project, index) end
  return tracks
end

local function all_tracks(project)
  local tracks = {}
  for index = 0, reaper.CountTracks(project) - 1 do tracks[#tracks + 1] = reaper.GetTrack(project, index) end
  return tracks
end

local function items_of(tracks)
  local list = {}
  for _, track in ipairs(tracks) do
    for index = 0, reaper.CountTrackMediaItems(track) - 1 do list[#list + 1] = reaper.GetTrackMediaItem(track, index) end
  end
  return list
end

-- The items of the selected tracks, or of all tracks if none is selected.
local function items_in_reach(project)
  local tracks = selected_tracks(project)
  return items_of(#tracks > 0 and tracks or all_tracks(project))
end

-- Each of the functions below returns a list of targets, and what to do if there is none.

function targets.items(project)
  local found = {}
  for _, item in ipairs(items.selected(project)) do found[#found + 1] = { item = item } end
  return found, "Select one or more audio items first."
end

function targets.tracks(project)
  local found = {}
  for _, item in ipairs(items_of(selected_tracks(project))) do found[#found + 1] = { item = item } end
  return found, "Select one or more tracks with audio items first."
end

-- The parts of the selected items in the time selection; of all items in reach if none is selected.
function targets.time_selection(project)
  local found = {}
  local first, last = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  local list = items.selected(project)
  if last > first then add_parts(found, #list > 0 and list or items_in_reach(project), first, last) end
  return found, "Make a time selection over audio items first."
end

-- A track's razor edits are "start end envelope" in turn; the envelope is "" for the track's items.
function targets.razor_edits(project)
  local found = {}
  for _, track in ipairs(all_tracks(project)) do
    local _, text = reaper.GetSetMediaTrackInfo_String(track, "P_RAZOREDITS", "", false)
    for first, last, envelope in (text or ""):gmatch('(%S+) (%S+) "([^"]*)"') do
      if envelope == "" then add_parts(found, items_of({ track }), tonumber(first), tonumber(last)) end
    end
  end
  return found, "Make a razor edit over audio items first."
end

-- The regions that the time selection touches, or those at the edit cursor.
local function regions(project)
  local first, last = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  if last <= first then
    first = reaper.GetCursorPositionEx(project)
    last = first
  end
  local found, index = {}, 0
  while true do
    local more, is_region, start, stop = reaper.EnumProjectMarkers3(project, index)
    if more == 0 then break end
    if is_region and start <= last and stop > first then found[#found + 1] = { start, stop } end
    index = index + 1
  end
  return found
end

function targets.regions(project)
  local found = {}
  for _, region in ipairs(regions(project)) do add_parts(found, items_in_reach(project), region[1], region[2]) end
  return found, "Put the edit cursor into a region with audio items first, or select time over regions."
end

return targets
