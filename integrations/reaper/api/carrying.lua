-- Makes the converted take of an item, and gives it what its original has.

local takevoice = ...
local effects = takevoice.load("effects")
local items = takevoice.load("items")
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

local function plain_take(item, original, record)
  local take = reaper.AddTakeToMediaItem(item)
  if not take then error("REAPER did not add a take", 0) end
  -- What REAPER has rendered may have level and pan in it; the record says what its take needs.
  local levels = original and not record.path
  set(take, "D_VOL", levels and get(original, "D_VOL") or tonumber(record.volume))
  set(take, "D_PAN", levels and get(original, "D_PAN") or tonumber(record.pan))
  for _, name in ipairs(original and CARRIED or {}) do set(take, name, get(original, name)) end
  if original then set(take, "D_PITCH", get(original, "D_PITCH") - (tonumber(record.pitch) or 0)) end
  return take
end

-- The file begins `head` seconds before `zero`, a time in the item as it was. Applies trims and rate changes made since
-- then.
local function align(take, original, record, head, begins)
  local then_rate, then_offset = tonumber(record.playrate), tonumber(record.offset)
  local now_rate = original and get(original, "D_PLAYRATE") or then_rate
  local now_offset = original and get(original, "D_STARTOFFS") or then_offset + begins * then_rate
  set(take, "D_STARTOFFS", (now_offset - then_offset) / then_rate - tonumber(record.zero) + head)
  set(take, "D_PLAYRATE", now_rate / then_rate)
end

-- Returns the new take of the item, without name and colour, and whether effects of the original are missing. Call it
-- inside an undo block. The piece has the item and the original, which is nil if it was deleted; then `begins` says how many
-- seconds later than the item of the record the item begins.
function carrying.new_take(project, piece, record, source, head)
  local item, original = piece.item, piece.original
  local copy = record.chain and original and duplicate(project, item, original) or nil
  local take = copy or plain_take(item, original, record)
  reaper.SetMediaItemTake_Source(take, source)
  set(take, "I_CHANMODE", tonumber(record.mode))
  align(take, original, record, head, piece.begins or 0)
  local misses = record.effects and (not original or effects.copy(original, take))
  return take, misses or (record.chain ~= nil and not copy)
end

return carrying
