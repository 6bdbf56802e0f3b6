-- The items that a converted file belongs to now: the item that was converted, what was split off from it, and newcomers;
-- cut out if only a part was converted.

local takevoice = ...
local items = takevoice.load("items")
local newcomers = takevoice.load("newcomers")
local originals = takevoice.load("originals")
local pieces = {}

local TINY = 0.001 -- seconds

local function info(item, name) return reaper.GetMediaItemInfo_Value(item, name) end
local function value(take, name) return reaper.GetMediaItemTakeInfo_Value(take, name) end

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
    if not originals.is_converted(take) and items.file_of(take) == items.file_of(original) then
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

-- Returns where the record's part is in the source, in seconds of it.
local function part_of(record)
  local offset, rate = tonumber(record.offset), tonumber(record.playrate)
  return offset + tonumber(record.from) * rate, offset + tonumber(record.to) * rate
end

-- True if something of what was converted is in the piece.
local function holds(piece, record)
  if not record.from or not piece.original then return true end
  local first, last = span(piece.item, piece.original)
  local from, to = part_of(record)
  return math.min(to, last) - math.max(from, first) >= TINY
end

-- Splits the piece so that it holds the part of the record only. Returns nil if REAPER does not split it.
local function cut_out(piece, record)
  local first, last, rate = span(piece.item, piece.original)
  local from, to = part_of(record)
  local position = info(piece.item, "D_POSITION")
  if to < last - TINY then reaper.SplitMediaItem(piece.item, position + (to - first) / rate) end
  if from <= first + TINY then return piece end
  local index = math.floor(value(piece.original, "IP_TAKENUMBER"))
  local item = reaper.SplitMediaItem(piece.item, position + (from - first) / rate)
  return item and { item = item, original = reaper.GetTake(item, index) } or nil
end

-- Returns the record's item, what was split off from it, and newcomers, each once. A newcomer that may belong to several items,
-- because they were copies of each other, is for the first that claims it, unless another one has nothing else.
local function all_of(project, record, birth, shared)
  local list, known, claimed, claims = {}, {}, {}, shared.claims
  local function add(piece)
    local guid = items.guid(piece.item)
    if not known[guid] and holds(piece, record) then list[#list + 1] = piece end
    known[guid] = true
  end
  local item, original = items.find(project, record.item, record.take), items.find_take(project, record.take)
  if original and (not item or items.guid(reaper.GetMediaItemTake_Item(original)) ~= items.guid(item)) then original = nil end
  if item then add({ item = item, original = original }) end
  for _, half in ipairs(original and halves(item, original, record) or {}) do add(half) end
  for _, newcomer in ipairs(newcomers.of(project, record, birth, shared.fresh)) do
    local guid = items.guid(newcomer.item)
    claims[guid] = claims[guid] or record.item
    if claims[guid] == record.item then
      add(newcomer)
    elseif holds(newcomer, record) then
      claimed[#claimed + 1] = newcomer
    end
  end
  return #list > 0 and list or claimed
end

-- False if what was converted was deleted: the item, or the part of it, and all that was split off or copied. `birth` may be nil;
-- `fresh` is as in newcomers.lua.
function pieces.are_there(project, record, birth, fresh)
  return #all_of(project, record, birth, { claims = {}, fresh = fresh }) > 0
end

-- Returns what the calls of `pieces.of` share whose takes are added together.
function pieces.together() return { claims = {}, fresh = {} } end

-- Returns a list of { item =, original = }; call it inside an undo block if the record has a part. The original may be nil.
function pieces.of(project, record, birth, shared)
  local whole = all_of(project, record, birth, shared)
  if not record.from then return whole end
  shared.fresh = {}
  local parts = {}
  for _, piece in ipairs(whole) do
    -- If the take was deleted there is nothing to cut by, and the item gets the part as it is.
    parts[#parts + 1] = not piece.original and piece or cut_out(piece, record)
  end
  return parts
end

return pieces
