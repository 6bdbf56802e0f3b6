-- Choosing among the takes of an item: the next candidate, the original, and keeping one.

local takevoice = ...
local asks = takevoice.load("asks")
local deleting = takevoice.load("deleting")
local items = takevoice.load("items")
local numbers = takevoice.load("numbers")
local originals = takevoice.load("originals")
local ui = takevoice.load("ui")
local candidates = {}

local function converted(item)
  local list = {}
  for _, take in ipairs(items.takes(item)) do
    if originals.is_converted(take) then list[#list + 1] = take end
  end
  return list
end

-- Lets `change(item, converted takes)` change each selected item that has converted takes, in one undo step. It returns
-- true if it changed something, and why not otherwise, if the user has to know. Locked items stay as they are.
local function change_items(name, change)
  local project = reaper.EnumProjects(-1)
  local changed, found, unchanged = 0, 0, {}
  reaper.PreventUIRefresh(1)
  reaper.Undo_BeginBlock2(project)
  local ok, problem = pcall(function()
    for _, item in ipairs(items.selected(project)) do
      local list = converted(item)
      if #list > 0 then
        found = found + 1
        if items.is_locked(item) then
          unchanged[#unchanged + 1] = items.take_name(list[1]) .. " is in a locked item"
        else
          local has_changed, why_not = change(project, item, list)
          if has_changed then changed = changed + 1 end
          unchanged[#unchanged + 1] = why_not
        end
        reaper.UpdateItemInProject(item)
      end
    end
  end)
  reaper.Undo_EndBlock2(project, "takevoice: " .. name, changed > 0 and -1 or 0)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  if not ok then error(problem, 0) end
  ui.list(unchanged)
  if found == 0 then ui.answer("Select one or more items with converted takes first.") end
end

local function index_of(list, take)
  -- The active take can be an empty one, which has no pointer.
  for i, each in ipairs(take and list or {}) do
    if items.take_guid(each) == items.take_guid(take) then return i end
  end
  return 0
end

-- Makes the next converted take active; after the last comes the first.
function candidates.next()
  change_items("next candidate", function(_, item, list)
    reaper.SetActiveTake(list[index_of(list, reaper.GetActiveTake(item)) % #list + 1])
    return true
  end)
end

-- Makes the original active; the converted takes stay.
function candidates.original()
  change_items("back to the original", function(_, item, list)
    local active = reaper.GetActiveTake(item)
    local original = originals.of(item, active and originals.is_converted(active) and active or list[1])
    if not original then return false, items.take_name(list[1]) .. ": the original is no longer in the item" end
    reaper.SetActiveTake(original)
    return true
  end)
end

-- Makes the take that is kept the result outside of REAPER too, if takevoice has made it as one of several candidates.
local function pick(take)
  local job = tonumber(items.stored(take, "candidate"))
  if not job then return end
  local request = items.stored(take, "request"):gsub("%-c%d+$", "")
  asks.tell({ address = "/takevoice/pick", job = numbers.whole(job) }, { request })
end

-- Keeps the active converted take and takes the other converted takes out of the item; their files stay.
function candidates.keep()
  change_items("keep this candidate", function(project, item, list)
    local active = reaper.GetActiveTake(item)
    if not active or not originals.is_converted(active) then
      return false, items.take_name(list[1]) .. ": make the converted take that you want to keep active first"
    end
    local kept, guids = items.take_guid(active), {}
    for _, take in ipairs(list) do guids[#guids + 1] = items.take_guid(take) end
    for _, guid in ipairs(guids) do
      if guid ~= kept then deleting.take(project, item, items.find_take(project, guid)) end
    end
    reaper.SetActiveTake(items.find_take(project, kept))
    pick(items.find_take(project, kept))
    return #guids > 1
  end)
end

return candidates
