-- Makes the converted take of an item, and gives it what its original has.

local takevoice = ...
local deleting = takevoice.load("deleting")
local effects = takevoice.load("effects")
local items = takevoice.load("items")
local sources = takevoice.load("sources")
local take_markers = takevoice.load("take_markers")
local carrying = {}

local DUPLICATE_TAKE = 40639 -- Take: Duplicate active take
local CARRIED = { "D_PANLAW", "B_PPITCH" }

local function get(take, name) return reaper.GetMediaItemTakeInfo_Value(take, name) end
local function set(take, name, value) reaper.SetMediaItemTakeInfo_Value(take, name, value) end

-- Returns a copy of the take with its effects and envelopes, or nil if REAPER made none.
local function duplicate(project, item, take)
  local count, selected = reaper.CountTakes(item), items.selected(project)
  for _, each in ipairs(selected) do reaper.SetMediaItemSelected(each, false) end
  reaper.SetMediaItemSelected(item, true)
  reaper.SetActiveTake(take)
  items.unlocked(item, function() reaper.Main_OnCommand(DUPLICATE_TAKE, 0) end)
  reaper.SetMediaItemSelected(item, false)
  for _, each in ipairs(selected) do reaper.SetMediaItemSelected(each, true) end
  return reaper.CountTakes(item) > count and reaper.GetActiveTake(item) or nil
end

local function set_levels(take, original, record)
  -- What REAPER has rendered may have level and pan in it; the record says what its take needs.
  local levels = original and not record.path
  set(take, "D_VOL", levels and get(original, "D_VOL") or tonumber(record.volume))
  set(take, "D_PAN", levels and get(original, "D_PAN") or tonumber(record.pan))
  for _, name in ipairs(original and CARRIED or {}) do set(take, name, get(original, name)) end
  if original then set(take, "D_PITCH", get(original, "D_PITCH") - (tonumber(record.pitch) or 0)) end
end

-- Returns where a time of the original's source is in the converted file, which begins `head` seconds before `zero`, a time
-- in the item as it was.
local function place_of(record, head)
  local then_rate, then_offset = tonumber(record.playrate), tonumber(record.offset)
  return function(time) return (time - then_offset) / then_rate - tonumber(record.zero) + head end
end

-- Applies trims and rate changes made since the record.
local function align(take, original, record, place, begins)
  local then_rate = tonumber(record.playrate)
  local now_rate = original and get(original, "D_PLAYRATE") or then_rate
  local now_offset = original and get(original, "D_STARTOFFS") or tonumber(record.offset) + begins * then_rate
  set(take, "D_STARTOFFS", place(now_offset))
  set(take, "D_PLAYRATE", now_rate / then_rate)
end

-- Makes the new take, a copy or an empty one, play the source. Returns whether effects of the original are missing.
local function fill(take, piece, record, source, head, is_copy)
  local original = piece.original
  local length = reaper.GetMediaSourceLength(source)
  sources.set(piece.item, take, source)
  if not is_copy then set_levels(take, original, record) end
  set(take, "I_CHANMODE", tonumber(record.mode))
  local place = place_of(record, head)
  align(take, original, record, place, piece.begins or 0)
  if original then take_markers.carry(original, take, place, length) end
  local misses = record.effects and (not original or effects.copy(original, take))
  return misses or (record.chain ~= nil and not is_copy)
end

-- Returns the new take of the item, without name and colour, and whether effects of the original are missing. Call it
-- inside an undo block. The piece has the item and the original, which is nil if it was deleted; then `begins` says how many
-- seconds later than the item of the record the item begins. No take is left if it raises an error.
function carrying.new_take(project, piece, record, source, head)
  local item, original = piece.item, piece.original
  local copy = record.chain and original and duplicate(project, item, original) or nil
  local take = copy or reaper.AddTakeToMediaItem(item)
  if not take then error("REAPER did not add a take", 0) end
  local ok, misses = pcall(fill, take, piece, record, source, head, copy ~= nil)
  if ok then return take, misses end
  deleting.take(project, item, take)
  error(misses, 0)
end

return carrying
