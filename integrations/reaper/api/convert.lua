-- The action: notes the selected items in the project. The listener reads and sends them, so REAPER never waits.

local takevoice = ...
local daemon = takevoice.load("daemon")
local files = takevoice.load("files")
local ids = takevoice.load("ids")
local items = takevoice.load("items")
local listener = takevoice.load("listener")
local store = takevoice.load("store")
local tell = takevoice.load("tell")
local track_settings = takevoice.load("track_settings")

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

-- The selected audio takes that are not under way already; the others are told.
local function records(project, candidates)
  local under_way, found, words = {}, {}, {}
  for _, each in ipairs(store.list(project)) do under_way[each.item or ""] = true end
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
    local item = reaper.GetSelectedMediaItem(project, index)
    local take = reaper.GetActiveTake(item)
    if not take or reaper.TakeIsMIDI(take) or not items.file_source(take) then
      words[#words + 1] = take and reaper.GetTakeName(take) .. " is no audio" or "an empty item was left out"
    elseif under_way[items.guid(item)] then
      words[#words + 1] = name_of(take) .. " is under way already"
    else
      found[#found + 1] = record(item, take, candidates)
    end
  end
  return found, words
end

return function(candidates)
  if not daemon.where() then return tell.box(tell.NOT_RUNNING) end
  local project = reaper.EnumProjects(-1)
  local found, words = records(project, candidates)
  if #found == 0 and #words == 0 then return tell.box("Select one or more audio items first.") end
  local batch = os.time() .. "-" .. ids.new()
  for number, each in ipairs(found) do
    each.batch, each.number = batch, number
    store.put(project, each)
  end
  for _, word in ipairs(words) do tell.say(word) end
  if #found > 0 then listener.ensure() end
end
