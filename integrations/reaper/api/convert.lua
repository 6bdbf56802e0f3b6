-- The action that stores a record for each selected item in the project. The listener reads and sends the audio, so
-- REAPER never waits.

local takevoice = ...
local daemon = takevoice.load("daemon")
local files = takevoice.load("files")
local ids = takevoice.load("ids")
local items = takevoice.load("items")
local listener = takevoice.load("listener")
local messages = takevoice.load("messages")
local store = takevoice.load("store")
local track_settings = takevoice.load("track_settings")
local ui = takevoice.load("ui")

local function name_of(take)
  local name = reaper.GetTakeName(take)
  if name ~= "" then return name end
  return files.stem(reaper.GetMediaSourceFileName(items.file_source(take)))
end

local function record(item, take, candidates)
  local track = reaper.GetMediaItem_Track(item)
  return {
    id = ids.new(),
    state = "new",
    item = items.guid(item),
    take = items.take_guid(take),
    name = name_of(take),
    track = reaper.GetTrackGUID(track),
    track_name = items.track_name(track),
    settings = track_settings.pack(track_settings.of(track)),
    position = reaper.GetMediaItemInfo_Value(item, "D_POSITION"),
    length = reaper.GetMediaItemInfo_Value(item, "D_LENGTH"),
    candidates = candidates,
    seed = candidates > 1 and items.last_seed(item) + 1 or nil,
  }
end

-- Returns records of the selected audio takes, and the reasons why others were skipped.
local function records(project, candidates)
  local in_progress, found, skipped = {}, {}, {}
  for _, each in ipairs(store.list(project)) do in_progress[each.item or ""] = true end
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
    local item = reaper.GetSelectedMediaItem(project, index)
    local take = reaper.GetActiveTake(item)
    if not take or reaper.TakeIsMIDI(take) or not items.file_source(take) then
      skipped[#skipped + 1] = take and reaper.GetTakeName(take) .. " is not audio" or "skipped an empty item"
    elseif in_progress[items.guid(item)] then
      skipped[#skipped + 1] = name_of(take) .. " is already being converted"
    else
      found[#found + 1] = record(item, take, candidates)
    end
  end
  return found, skipped
end

return function(candidates)
  if not daemon.has_address() then return ui.alert(messages.NOT_RUNNING) end
  local project = reaper.EnumProjects(-1)
  local found, skipped = records(project, candidates)
  if #found == 0 and #skipped == 0 then return ui.alert("Select one or more audio items first.") end
  local batch = os.time() .. "-" .. ids.new()
  for number, each in ipairs(found) do
    each.batch, each.number = batch, number
    store.put(project, each)
  end
  for _, reason in ipairs(skipped) do ui.log(reason) end
  if #found > 0 then listener.ensure_running() end
end
