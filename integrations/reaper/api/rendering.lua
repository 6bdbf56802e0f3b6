-- Lets REAPER render a take whose sound is more than a stretch of its file. This is the only module that renders, and the
-- only one that undoes: the rendering is an undo step of its own with a name that only takevoice gives, which is taken
-- back at once, so that neither a step nor a take is left.

local takevoice = ...
local effects = takevoice.load("effects")
local deleting = takevoice.load("deleting")
local items = takevoice.load("items")
local user_view = takevoice.load("user_view")
local rendering = {}

local RENDER_TO_NEW_TAKE = 41999 -- Item: Render items to new take

local function selected(project)
  local guids = {}
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
    guids[items.guid(reaper.GetSelectedMediaItem(project, index))] = true
  end
  return guids
end

local function select(project, guids)
  for index = 0, reaper.CountMediaItems(project) - 1 do
    local item = reaper.GetMediaItem(project, index)
    reaper.SetMediaItemSelected(item, guids[items.guid(item)] == true)
  end
end

-- Returns what the rendered take, which is active now, says about itself, the pitch that is in its sound, and
-- whether the original has effects that are not.
local function described(item, pitch, is_dry)
  local take = reaper.GetActiveTake(item)
  local source = items.file_source(take)
  local function value(name) return reaper.GetMediaItemTakeInfo_Value(take, name) end
  return {
    take = items.take_guid(take),
    path = reaper.GetMediaSourceFileName(source),
    volume = value("D_VOL"),
    pan = value("D_PAN"),
    mode = value("I_CHANMODE"),
    pitch = pitch,
    is_dry = is_dry,
  }
end

-- Renders in an undo step. Returns what was made, or nil.
local function render(project, item, take, step)
  local count, pitch = reaper.CountTakes(item), reaper.GetMediaItemTakeInfo_Value(take, "D_PITCH")
  reaper.Undo_BeginBlock2(project)
  local ok, found = pcall(function()
    select(project, { [items.guid(item)] = true })
    reaper.SetActiveTake(take)
    local is_dry = effects.bypass(project, take, function()
      items.unlocked(item, function() reaper.Main_OnCommand(RENDER_TO_NEW_TAKE, 0) end)
    end)
    return reaper.CountTakes(item) > count and described(item, pitch, is_dry) or nil
  end)
  reaper.Undo_EndBlock2(project, step, -1)
  if not ok then error(found, 0) end
  return found
end

-- Deletes the rendered take where undo is switched off, so that nothing could be taken back.
local function delete(project, found)
  local take = items.find_take(project, found.take)
  if not take then return end
  reaper.Undo_BeginBlock2(project)
  deleting.take(project, reaper.GetMediaItemTake_Item(take), take)
  reaper.Undo_EndBlock2(project, "takevoice: remove a rendered take", -1)
end

-- Renders the take to a file and leaves the project and its undo history as they were. Returns the file's path, the level, pan
-- and channel mode that a take of it needs, the pitch that it has, and whether it needs the effects. Raises a message if
-- REAPER does not render.
function rendering.run(project, item, take, name)
  local guids, step = selected(project), "takevoice: render " .. name
  local view = user_view.of(project)
  reaper.PreventUIRefresh(1)
  local ok, found = pcall(render, project, item, take, step)
  if reaper.Undo_CanUndo2(project) == step then reaper.Undo_DoUndo2(project) end
  if ok and found then delete(project, found) end
  select(project, guids)
  user_view.restore(project, view)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  if not ok then error(found, 0) end
  if not found then error("REAPER did not render it", 0) end
  return found
end

return rendering
