-- Sources of takes, and who has to destroy them: the caller of SetMediaItemTake_Source, says REAPER's listing of the API.

local takevoice = ...
local items = takevoice.load("items")
local sources = {}

-- Returns the source of the file, or nil if REAPER cannot open it or it has no audio.
function sources.open(path)
  if type(path) ~= "string" then return nil end
  local source = reaper.PCM_Source_CreateFromFile(path)
  if not source then return nil end
  if reaper.GetMediaSourceLength(source) > 0 then return source end
  sources.destroy(source)
  return nil
end

-- Destroys a source that no take has. An older REAPER has no call for it.
function sources.destroy(source)
  if reaper.PCM_Source_Destroy then reaper.PCM_Source_Destroy(source) end
end

-- True if a take of the item plays the source, or a part of it.
local function is_used(item, source)
  for _, take in ipairs(items.takes(item)) do
    local each = reaper.GetMediaItemTake_Source(take)
    while each do
      if each == source then return true end
      each = reaper.GetMediaSourceParent(each)
    end
  end
  return false
end

-- Makes the take play the source, and destroys the one it had, such as that of the take it is a copy of, unless another take of
-- the item has the same. The source is destroyed if the take cannot have it.
function sources.set(item, take, source)
  local old = reaper.GetMediaItemTake_Source(take)
  local ok, problem = pcall(reaper.SetMediaItemTake_Source, take, source)
  if not ok then
    sources.destroy(source)
    error(problem, 0)
  end
  if old and not is_used(item, old) then sources.destroy(old) end
end

return sources
