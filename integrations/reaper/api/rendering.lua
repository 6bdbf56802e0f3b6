-- Lets REAPER render takes whose samples alone are not what you hear: those with effects, another playrate and so on.

local takevoice = ...
local items = takevoice.load("items")
local files = takevoice.load("files")
local rendering = {}

local RENDER_TO_NEW_TAKE = 41999 -- Item: Render items to new take
local DELETE_ACTIVE_TAKE = 40129 -- Take: Delete active take from items
-- Normal, mono downmix, left and right. They are not rendered: the converted take gets the same mode.
local PLAIN_CHANNELS = { [0] = true, [2] = true, [3] = true, [4] = true }

-- Returns why the take must be rendered, or nil if its samples can be read.
function rendering.reason(take)
  if reaper.TakeFX_GetCount(take) > 0 then return "effects" end
  if reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE") ~= 1 then return "playrate" end
  if reaper.GetMediaItemTakeInfo_Value(take, "D_PITCH") ~= 0 then return "pitch" end
  if reaper.GetTakeNumStretchMarkers(take) > 0 then return "stretch markers" end
  if reaper.CountTakeEnvelopes(take) > 0 then return "envelopes" end
  if not PLAIN_CHANNELS[reaper.GetMediaItemTakeInfo_Value(take, "I_CHANMODE")] then return "channel mode" end
end

local function selection(project)
  local selected = {}
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
    selected[#selected + 1] = reaper.GetSelectedMediaItem(project, index)
  end
  return selected
end

local function select_only(project, wanted)
  for _, item in ipairs(selection(project)) do reaper.SetMediaItemSelected(item, false) end
  for _, item in ipairs(wanted) do reaper.SetMediaItemSelected(item, true) end
end

local function render(item, take, name)
  reaper.SetActiveTake(take)
  reaper.Main_OnCommand(RENDER_TO_NEW_TAKE, 0)
  local rendered = reaper.GetActiveTake(item)
  if not rendered or rendered == take then error(("REAPER did not render %s"):format(name), 0) end
  local source = items.file_source(rendered)
  local found = {
    path = reaper.GetMediaSourceFileName(source),
    rate = reaper.GetMediaSourceSampleRate(source),
    volume = reaper.GetMediaItemTakeInfo_Value(rendered, "D_VOL"),
    pan = reaper.GetMediaItemTakeInfo_Value(rendered, "D_PAN"),
    channels = reaper.GetMediaItemTakeInfo_Value(rendered, "I_CHANMODE"),
  }
  reaper.Main_OnCommand(DELETE_ACTIVE_TAKE, 0)
  return found
end

-- Renders the take to a file and leaves the item as it was. Returns the file's path and rate, and the level, pan and channel
-- mode that a take of it needs. Raises a message if REAPER does not render.
function rendering.run(project, item, take, name)
  local selected, active = selection(project), reaper.GetActiveTake(item)
  reaper.PreventUIRefresh(1)
  reaper.Undo_BeginBlock2(project)
  select_only(project, { item })
  local ok, found = pcall(render, item, take, name)
  if active and reaper.ValidatePtr2(project, active, "MediaItem_Take*") then reaper.SetActiveTake(active) end
  select_only(project, selected)
  -- No undo point, because the project is as it was.
  reaper.Undo_EndBlock2(project, "takevoice: read " .. name, 0)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  if not ok then error(found, 0) end
  if not files.exists(found.path) then error(("REAPER did not render %s"):format(name), 0) end
  return found
end

return rendering
