-- The items that a converted file belongs to now: the item that was converted, and what was split off from it meanwhile;
-- cut out if only a part was converted.

local takevoice = ...
local items = takevoice.load("items")
local originals = takevoice.load("originals")
local pieces = {}

local TINY = 0.001 -- seconds

local function info(item, name) return reaper.GetMediaItemInfo_Value(item, name) end
local function value(take, name) return reaper.GetMediaItemTakeInfo_Value(take, name) end

local function file_of(take)
  local source = items.file_source(take)
  return source and reaper.GetMediaSourceFileName(source)
end

-- Where the take is in its source, in seconds of the source: from, to, and the rate.
local function span(item, take)
  local rate, first = value(take, "D_PLAYRATE"), value(take, "D_STARTOFFS")
  return first, first + info(item, "D_LENGTH") * rate, rate
end

-- Returns the take of another item that continues the original: same file, same track, and later in it by as much as the
-- item is later.
local function continued(item, original, other)
  local first, _, rate = span(item, original)
  local later = info(other, "D_POSITION") - info(item, "D_POSITION")
  for _, take in ipairs(later > TINY and items.takes(other) or {}) do
    if not originals.is_converted(take) and file_of(take) == file_of(original) then
      local same_rate = math.abs(value(take, "D_PLAYRATE") - rate) < 1e-9
      if same_rate and math.abs(value(take, "D_STARTOFFS") - first - later * rate) < TINY then return take end
    end
  end
end

-- Returns the halves that were split off since the record was made.
local function halves(item, original, record)
  local found = {}
  local first, last = span(item, original)
  local recorded = tonumber(record.offset) + tonumber(record.length) * tonumber(record.playrate)
  if last > recorded - TINY then return found end
  local track = reaper.GetMediaItem_Track(item)
  for index = 0, reaper.CountTrackMediaItems(track) - 1 do
    local other = reaper.GetTrackMediaItem(track, index)
    local take = continued(item, original, other)
    if take and value(take, "D_STARTOFFS") < recorded - TINY and value(take, "D_STARTOFFS") > first then
      found[#found + 1] = { item = other, original = take }
    end
  end
  return found
end

-- Splits the piece so that it holds the part of the record only. Returns nil if it holds none of it.
local function cut_out(piece, record)
  local first, last, rate = span(piece.item, piece.original)
  local offset, then_rate = tonumber(record.offset), tonumber(record.playrate)
  local from, to = offset + tonumber(record.from) * then_rate, offset + tonumber(record.to) * then_rate
  if math.min(to, last) - math.max(from, first) < TINY then return nil end
  local position = info(piece.item, "D_POSITION")
  if to < last - TINY then reaper.SplitMediaItem(piece.item, position + (to - first) / rate) end
  if from <= first + TINY then return piece end
  local index = math.floor(value(piece.original, "IP_TAKENUMBER"))
  local item = reaper.SplitMediaItem(piece.item, position + (from - first) / rate)
  return item and { item = item, original = reaper.GetTake(item, index) } or nil
end

-- Returns a list of { item =, original = }; call it inside an undo block if the record has a part. The original may be nil.
function pieces.of(project, record, item)
  local original = items.find_take(project, record.take)
  if original and items.guid(reaper.GetMediaItemTake_Item(original)) ~= items.guid(item) then original = nil end
  local whole = { { item = item, original = original } }
  if not original then return whole end
  for _, half in ipairs(halves(item, original, record)) do whole[#whole + 1] = half end
  if not record.from then return whole end
  local parts = {}
  for _, piece in ipairs(whole) do parts[#parts + 1] = cut_out(piece, record) end
  return parts
end

return pieces
