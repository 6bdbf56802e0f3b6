-- Takes a take out of its item, which only an action of REAPER can.

local takevoice = ...
local items = takevoice.load("items")
local deleting = {}

local DELETE_ACTIVE_TAKE = 40129 -- Take: Delete active take from items

-- Deletes the take, also from an item that was locked meanwhile, and leaves the selection as it was. Its file stays. Call it inside
-- an undo block.
function deleting.take(project, item, take)
  local selected = items.selected(project)
  for _, each in ipairs(selected) do reaper.SetMediaItemSelected(each, false) end
  reaper.SetMediaItemSelected(item, true)
  reaper.SetActiveTake(take)
  items.unlocked(item, function() reaper.Main_OnCommand(DELETE_ACTIVE_TAKE, 0) end)
  reaper.SetMediaItemSelected(item, false)
  for _, each in ipairs(selected) do reaper.SetMediaItemSelected(each, true) end
end

return deleting
