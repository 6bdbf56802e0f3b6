-- What an action converts: items, or parts of items. Each target is { item =, from =, to = }, in seconds of the item;
-- without from and to it is the whole.

local takevoice = ...
local items = takevoice.load("items")
local lanes = takevoice.load("lanes")
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

-- The items of the selected tracks, or of all tracks if none is selected, that are in lanes that play: what a comp was
-- made from is not paid for unless it is selected.
local function items_in_reach(project)
  local tracks = selected_tracks(project)
  return lanes.playing(items_of(#tracks > 0 and tracks or all_tracks(project)))
end

-- Each of the functions below returns a list of targets, and what to do if there is none.

function targets.items(project)
  local found = {}
  for _, item in ipairs(items.selected(project)) do found[#found + 1] = { item = item } end
  return found, "Select one or more audio items first."
end

function targets.tracks(project)
  local found = {}
  for _, item in ipairs(lanes.playing(items_of(selected_tracks(project)))) do found[#found + 1] = { item = item } end
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

local function text_of(track, name)
  local _, text = reaper.GetSetMediaTrackInfo_String(track, name, "", false)
  return text or ""
end

-- Returns the track's razor edits of items, each { first, last, top, bottom }. REAPER writes `start end "envelope" top bottom`
-- with commas between; what comes after the end can be missing. Early versions of REAPER 6 have `start end "envelope"` in turn.
local function razor_edits(track)
  local text, list = text_of(track, "P_RAZOREDITS_EXT"), {}
  if text == "" then text = text_of(track, "P_RAZOREDITS"):gsub('" ', '",') end
  for area in text:gmatch("[^,]+") do
    local first, last, rest = area:match("^%s*(%S+)%s+(%S+)(.*)$")
    local envelope, top, bottom = (rest or ""):match('^%s*"([^"]*)"%s*(%S*)%s*(%S*)')
    if first and (envelope or "") == "" then
      list[#list + 1] = { tonumber(first), tonumber(last), tonumber(top or ""), tonumber(bottom or "") }
    end
  end
  return list
end

function targets.razor_edits(project)
  local found = {}
  for _, track in ipairs(all_tracks(project)) do
    for _, area in ipairs(razor_edits(track)) do
      add_parts(found, lanes.between(items_of({ track }), area[3], area[4]), area[1], area[2])
    end
  end
  return found, "Make a razor edit over audio items first."
end

-- Returns the spans { first, last } in order; those that overlap are one, so that nothing is converted twice.
local function united(spans)
  table.sort(spans, function(a, b) return a[1] < b[1] end)
  local found = {}
  for _, span in ipairs(spans) do
    local before = found[#found]
    if before and span[1] < before[2] - TINY then
      before[2] = math.max(before[2], span[2])
    else
      found[#found + 1] = span
    end
  end
  return found
end

-- The regions that the time selection has a part of, or those at the edit cursor.
local function regions(project)
  local first, last = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  local cursor = last <= first and reaper.GetCursorPositionEx(project)
  local function is_meant(start, stop)
    if cursor then return start <= cursor and stop > cursor end
    return start < last - TINY and stop > first + TINY
  end
  local found, index = {}, 0
  while true do
    local more, is_region, start, stop = reaper.EnumProjectMarkers3(project, index)
    if more == 0 then break end
    if is_region and is_meant(start, stop) then found[#found + 1] = { start, stop } end
    index = index + 1
  end
  return united(found)
end

function targets.regions(project)
  local found = {}
  for _, region in ipairs(regions(project)) do add_parts(found, items_in_reach(project), region[1], region[2]) end
  return found, "Put the edit cursor into a region with audio items first, or select time over regions."
end

return targets
