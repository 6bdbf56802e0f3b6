-- Where items are within the height of their track: fixed lanes of REAPER 7, and free positions.

local lanes = {}

local FIXED_LANES = 2 -- of I_FREEMODE
local SILENT = 0 -- of C_LANEPLAYS, on tracks with fixed lanes
local HIDDEN = { [-1] = true, [255] = true } -- of C_LANEPLAYS: left over in a lane of a track that has no lanes any more

local function value(item, name) return reaper.GetMediaItemInfo_Value(item, name) end

-- False if the item is in a lane that does not play, such as those that a comp was made from. REAPER 6 knows no lanes,
-- and says 0.
function lanes.plays(item)
  local plays = value(item, "C_LANEPLAYS")
  if HIDDEN[plays] then return false end
  local track = reaper.GetMediaItem_Track(item)
  return plays ~= SILENT or reaper.GetMediaTrackInfo_Value(track, "I_FREEMODE") ~= FIXED_LANES
end

function lanes.playing(list)
  local found = {}
  for _, item in ipairs(list) do
    if lanes.plays(item) then found[#found + 1] = item end
  end
  return found
end

-- Returns those of the items that a razor edit covers; it covers all of them if it has no top and bottom (0 to 1).
function lanes.between(list, top, bottom)
  if not top or not bottom then return list end
  local found = {}
  for _, item in ipairs(list) do
    local middle = value(item, "F_FREEMODE_Y") + value(item, "F_FREEMODE_H") / 2
    if middle > top and middle < bottom then found[#found + 1] = item end
  end
  return found
end

return lanes
