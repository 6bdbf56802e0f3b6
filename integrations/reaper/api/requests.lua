-- The requests that a record needs: one, or one for each candidate.

local takevoice = ...
local asks = takevoice.load("asks")
local files = takevoice.load("files")
local handover = takevoice.load("handover")
local numbers = takevoice.load("numbers")
local projects = takevoice.load("projects")
local state_dir = takevoice.load("state_dir")
local store = takevoice.load("store")
local requests = {}

-- Returns the ids and seeds.
function requests.of(record)
  local first, count = tonumber(record.seed), tonumber(record.candidates) or 1
  local list = {}
  for i = 1, count do
    local seed = first and ("%d"):format(numbers.whole(first + i - 1))
    list[i] = { id = count > 1 and record.id .. "-" .. i or record.id, seed = seed }
  end
  return list
end

-- Notes in the record where its sound is, so that it can be asked for again when its item is gone.
function requests.note(record, sound)
  record.sound_path, record.sound_temporary = sound.path, sound.temporary and "yes" or nil
  record.sound_start, record.sound_length, record.sound_handle = sound.start, sound.length, sound.handle
  record.sound_channel = sound.channels and sound.channels[1] or nil
end

-- Returns the sound that was noted, or nil.
function requests.noted(record)
  if not record.sound_path then return nil end
  local channel = tonumber(record.sound_channel)
  return {
    path = record.sound_path,
    start = tonumber(record.sound_start),
    length = tonumber(record.sound_length),
    handle = tonumber(record.sound_handle),
    channels = channel and { numbers.whole(channel) } or nil,
    temporary = record.sound_temporary and true or nil,
  }
end

local function ask_one(record, request, sound, folder)
  local settings = store.unpack(record.settings or "")
  settings.seed = request.seed or settings.seed
  handover.ask({
    id = request.id,
    address = "/takevoice/convert",
    path = sound.path,
    cut = sound.start and {
      start = sound.start, length = sound.length, handle = sound.handle, channels = sound.channels,
    } or nil,
    name = record.name,
    track = record.track_name,
    session = record.session,
    settings = next(settings) and settings or nil,
    folder = folder,
    temporary = sound.temporary,
  })
end

-- Asks for everything that has no answer yet. `sound` says where the sound is: path, and start, length, handle and
-- channels unless the whole file is meant. Asking again with the same ids converts nothing twice. Raises a message if
-- takevoice's folder cannot be written.
function requests.ask(record, sound, folder)
  for _, request in ipairs(requests.of(record)) do ask_one(record, request, sound, folder) end
end

-- Takes back the requests before the first that was not written. Returns false if takevoice was faster with one.
local function withdraw_written(record)
  for _, request in ipairs(requests.of(record)) do
    if not handover.withdraw(request.id) then return not handover.progress()[request.id] and not state_dir.result(request.id) end
  end
  return true
end

-- Stores the record in the project and asks for its conversion: both, or none of them. Raises a message.
function requests.begin(project, record, sound, folder)
  requests.note(record, sound)
  record.session = record.item and projects.name(project) or nil
  -- Stored first: what was asked for is never unknown.
  store.put(project, record)
  local ok, problem = pcall(requests.ask, record, sound, folder)
  if ok or not withdraw_written(record) then return end
  store.remove(project, record)
  error(problem, 0)
end

function requests.is_any_waiting(record)
  for _, request in ipairs(requests.of(record)) do
    if handover.is_waiting(request.id) then return true end
  end
  return false
end

-- Returns the results in the order of the requests, or nil while one is missing; and the result of one that is held, if
-- one is.
function requests.results(record)
  local list, results, count, held = requests.of(record), {}, 0, nil
  for i, request in ipairs(list) do
    local result = state_dir.result(request.id)
    -- A take of which a person is to pick a candidate has all it can have: the person picks among takes.
    if result and result.state == "held" and result.code ~= "pick" then
      held = result
    elseif result then
      results[i], count = result, count + 1
    end
  end
  return count == #list and results or nil, held
end

-- Ends what is not wanted any more: takes requests back, or asks to cancel their jobs.
function requests.cancel(record)
  local all_withdrawn = true
  for _, request in ipairs(requests.of(record)) do
    if not handover.withdraw(request.id) then
      all_withdrawn = false
      if not state_dir.result(request.id) then
        asks.tell({ address = "/takevoice/cancel", request = request.id }, { request.id })
      end
    end
  end
  -- takevoice removes what REAPER has rendered for it once it has seen the request.
  if all_withdrawn and record.sound_temporary then os.remove(record.sound_path) end
  requests.remove_results(record)
end

-- Removes the peaks that REAPER has built for a rendered file which takevoice has removed.
function requests.remove_peaks(record)
  if not record.sound_temporary or not reaper.GetPeakFileName or files.exists(record.sound_path) then return end
  local path = reaper.GetPeakFileName(record.sound_path)
  if path and path:match("%.reapeaks$") then os.remove(path) end
end

function requests.remove_results(record)
  for _, request in ipairs(requests.of(record)) do state_dir.remove_result(request.id) end
end

return requests
