-- The action: stores a record for each target in the project, and asks takevoice at once where nothing must be rendered
-- first.

local takevoice = ...
local casting = takevoice.load("casting")
local files = takevoice.load("files")
local handover = takevoice.load("handover")
local ids = takevoice.load("ids")
local items = takevoice.load("items")
local listener = takevoice.load("listener")
local look = takevoice.load("look")
local messages = takevoice.load("messages")
local originals = takevoice.load("originals")
local preferences = takevoice.load("preferences")
local requests = takevoice.load("requests")
local sound = takevoice.load("sound")
local store = takevoice.load("store")
local targets = takevoice.load("targets")
local ui = takevoice.load("ui")

local convert = {}

-- Returns what the converted take needs to know later about the item and the take as they are now.
local function record_of(target, take, candidates)
  local item = target.item
  local track = reaper.GetMediaItem_Track(item)
  local function value(name) return reaper.GetMediaItemTakeInfo_Value(take, name) end
  return {
    id = ids.new(),
    state = "new",
    item = items.guid(item),
    take = items.take_guid(take),
    name = files.plain(items.take_name(take)),
    track = reaper.GetTrackGUID(track),
    track_name = files.plain(items.track_name(track)),
    settings = store.pack(casting.effective(item)),
    position = reaper.GetMediaItemInfo_Value(item, "D_POSITION"),
    length = reaper.GetMediaItemInfo_Value(item, "D_LENGTH"),
    from = target.from,
    to = target.to,
    offset = value("D_STARTOFFS"),
    playrate = value("D_PLAYRATE"),
    volume = value("D_VOL"),
    pan = value("D_PAN"),
    mode = value("I_CHANMODE"),
    candidates = candidates,
    seed = candidates > 1 and items.last_seed(item) + 1 or nil,
  }
end

local function key_of(item_guid, from) return item_guid .. ("%.3f"):format(tonumber(from) or 0) end

-- Returns the take to convert, or nil and why not.
local function take_of(item, in_progress, from)
  local active = reaper.GetActiveTake(item)
  if not active then return nil, "an empty item has no audio" end
  if not sound.is_audio(active) then return nil, reaper.GetTakeName(active) .. " is not audio" end
  local take = originals.of(item, active)
  local name = items.take_name(active)
  if not take then return nil, name .. " is a converted take, and its original is no longer in the item" end
  if items.is_locked(item) then return nil, name .. " is locked" end
  if in_progress[key_of(items.guid(item), from)] then return nil, name .. " is already being converted" end
  return take
end

-- Returns the media folder of the project, which exists afterwards.
function convert.folder(project)
  local folder = reaper.GetProjectPathEx(project)
  reaper.RecursiveCreateDirectory(folder, 0)
  return folder
end

-- Stores the record; asks for its conversion unless REAPER must render it. Raises a message if it has no audio.
local function begin(project, record, target, take)
  local from, to = target.from or 0, target.to or record.length
  local found = sound.of(target.item, take, from, to)
  if found then
    record.zero, record.mode, record.state = found.zero, found.mode, "asked"
    record.chain = sound.has_chain(take) and "yes" or nil
    return requests.begin(project, record, found, convert.folder(project))
  end
  store.put(project, record)
end

local function in_progress_of(project)
  local keys = {}
  for _, each in ipairs(store.list(project)) do
    if each.item then keys[key_of(each.item, each.from)] = true end
  end
  return keys
end

-- Converts a list of targets as one key press. Returns how many were begun, and why others were not.
function convert.begin(project, found, candidates)
  local in_progress, skipped, count = in_progress_of(project), {}, 0
  local batch = ("%d-%s"):format(os.time(), ids.new())
  for _, target in ipairs(found) do
    local take, reason = take_of(target.item, in_progress, target.from)
    if take then
      local record = record_of(target, take, candidates)
      record.batch, record.number = batch, count + 1
      in_progress[key_of(record.item, record.from)] = true
      local ok, problem = pcall(begin, project, record, target, take)
      if ok then count = count + 1 else reason = messages.not_converted(record.name, files.plain_error(problem)) end
    end
    if reason then skipped[#skipped + 1] = reason end
  end
  if count > 0 then
    look.now()
    listener.ensure_running()
  end
  return count, skipped
end

-- `kind` names the function of `targets`; `candidates` overrides the preference.
function convert.run(kind, candidates)
  local project = reaper.EnumProjects(-1)
  local found, advice = targets[kind](project)
  if #found == 0 then return ui.answer(advice) end
  local _, skipped = convert.begin(project, found, candidates or preferences.number("candidates"))
  ui.list(skipped)
end

-- Returns where the record's sound is now: the same part of the file, also if the item was trimmed meanwhile or the project was
-- saved with its media elsewhere; nil if the item is gone or has to be rendered.
local function sound_now(project, record)
  if not record.item or record.path then return nil end
  local item, take = items.find(project, record.item, record.take), items.find_take(project, record.take)
  if not item or not take then return nil end
  local trimmed = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS") - tonumber(record.offset)
  local from, to = tonumber(record.from) or 0, tonumber(record.to) or tonumber(record.length)
  return (sound.of(item, take, from - trimmed, to - trimmed))
end

-- Asks again for a record whose request was lost, for example with an older copy of the project: the same ids are the
-- same jobs.
function convert.ask_again(project, record)
  if handover.is_waiting(requests.of(record)[1].id) then return end
  local ok, found = pcall(sound_now, project, record)
  found = ok and found or requests.noted(record)
  if not found then error("takevoice knows nothing of it, and its item is gone; it can be cancelled in the window", 0) end
  requests.ask(record, found, record.item and convert.folder(project) or nil)
end

return convert
