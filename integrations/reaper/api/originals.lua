-- From a converted take to the take it was made from: the next key press converts the original again, never a conversion.

local takevoice = ...
local items = takevoice.load("items")
local originals = {}

function originals.is_converted(take) return items.stored(take, "request") ~= "" end

-- Marks a take as converted from `original`, which may be nil, by a request with a seed ("" for none).
function originals.mark(take, original, file)
  items.store(take, "request", file.request)
  items.store(take, "seed", file.seed)
  if file.job then items.store(take, "candidate", file.job) end
  items.store(take, "original", original and items.take_guid(original) or "")
  items.store(take, "original_file", original and items.file_of(original) or "")
end

local function first(item, test)
  for _, take in ipairs(items.takes(item)) do
    if not originals.is_converted(take) and test(take) then return take end
  end
end

-- Returns the take that `take` was made from, or itself if it was not converted; nil if the original is no longer in the
-- item. Copies and halves of an item have takes with other GUIDs: there the take with the same file is the original.
function originals.of(item, take)
  if not originals.is_converted(take) then return take end
  local guid, file = items.stored(take, "original"), items.stored(take, "original_file")
  return first(item, function(each) return items.take_guid(each) == guid end)
    or first(item, function(each) return file ~= "" and items.file_of(each) == file end)
    or first(item, function() return true end)
end

return originals
