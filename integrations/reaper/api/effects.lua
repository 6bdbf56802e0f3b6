-- The effects of a take that REAPER renders first: they are not part of what is converted, and the converted take gets them.

local takevoice = ...
local items = takevoice.load("items")
local preferences = takevoice.load("preferences")
local effects = {}

local function enabled(take)
  local list = {}
  for index = 0, reaper.TakeFX_GetCount(take) - 1 do
    if reaper.TakeFX_GetEnabled(take, index) then list[#list + 1] = index end
  end
  return list
end

-- Lets `render` run while the take's effects are bypassed, unless the user prefers them before the conversion. Call it
-- inside an undo block. Returns true if the take has effects that are not in what was rendered.
function effects.bypass(project, take, render)
  if preferences.get("effects") == "before" then
    render()
    return false
  end
  local guid, list = items.take_guid(take), enabled(take)
  for _, index in ipairs(list) do reaper.TakeFX_SetEnabled(take, index, false) end
  local ok, problem = pcall(render)
  local again = items.find_take(project, guid)
  for _, index in ipairs(again and list or {}) do reaper.TakeFX_SetEnabled(again, index, true) end
  if not ok then error(problem, 0) end
  return again ~= nil and reaper.TakeFX_GetCount(again) > 0
end

-- Copies all effects to another take. Returns true if some are missing there.
function effects.copy(from, to)
  local count = reaper.TakeFX_GetCount(from)
  for index = 0, count - 1 do reaper.TakeFX_CopyToTake(from, index, to, index, false) end
  return reaper.TakeFX_GetCount(to) < count
end

return effects
