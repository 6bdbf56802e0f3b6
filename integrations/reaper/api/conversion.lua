-- One record from the key press to its takes. Runs as a coroutine of the listener: `pause(word)` lets REAPER go on when it
-- is time, `wait(word)` always; the word is what the user reads meanwhile.

local takevoice = ...
local files = takevoice.load("files")
local daemon = takevoice.load("daemon")
local store = takevoice.load("store")
local capture = takevoice.load("capture")
local insert = takevoice.load("inserting")
local track_settings = takevoice.load("track_settings")
local tell = takevoice.load("tell")

local RECORDING = 4

local function requests(record)
  local first, count = tonumber(record.seed), tonumber(record.candidates) or 1
  local list = {}
  for i = 1, count do
    list[i] = { id = count > 1 and record.id .. "-" .. i or record.id, seed = first and tostring(math.floor(first) + i - 1) }
  end
  return list
end

local function add(words, key, value)
  words[#words + 1] = key
  words[#words + 1] = value
end

local function message(record, request)
  local words = { "/takevoice/convert", request.id, record.path }
  if record.kind ~= "file" then
    add(words, "track", record.track_name)
    add(words, "start", record.start)
  end
  for key, value in pairs(track_settings.unpack(record.settings or "")) do
    if not (key == "seed" and request.seed) then add(words, key, value) end
  end
  if request.seed then add(words, "seed", request.seed) end
  return words
end

-- Asked again with the same ids, they are the same requests: nothing is converted twice.
local function ask(record)
  local messages = {}
  for _, request in ipairs(requests(record)) do
    if not daemon.result(request.id) then messages[#messages + 1] = message(record, request) end
  end
  daemon.send(messages)
end

-- The results of all requests, in their order. A daemon that was away is asked again when it is back.
local function await(record, wait)
  local list, here = requests(record), daemon.where() ~= nil
  while true do
    local results = {}
    for i, request in ipairs(list) do results[i] = daemon.result(request.id) end
    if #results == #list then return results end
    wait(here and "converting" or "waiting for `takevoice run`")
    local now = daemon.where() ~= nil
    if now and not here then ask(record) end
    here = now
  end
end

local function failed(record, result)
  return ("%s was not converted: %s"):format(record.name, result.text or "the reason is in `takevoice jobs`")
end

-- The converted file among the project's media, named after the take and the voice.
local function bring(project, record, request, result, pause)
  local folder = reaper.GetProjectPathEx(project)
  reaper.RecursiveCreateDirectory(folder, 0)
  local seed = request.seed and ("." .. request.seed) or ""
  local stem = ("%s.%s%s"):format(files.plain(record.name), files.plain(result.voice), seed)
  local path = files.free(folder, stem, files.extension(result.output))
  files.move(result.output, path, pause)
  return { path = path, name = files.stem(path), request = request.id, seed = request.seed or "" }
end

local function takes(project, record, results, pause)
  local found = {}
  for i, request in ipairs(requests(record)) do
    local result = results[i]
    if result.state ~= "done" then
      tell.say(failed(record, result))
    elseif files.exists(result.output) then
      found[#found + 1] = bring(project, record, request, result, pause)
    else
      tell.say(failed(record, { text = ("the result %s is no longer there"):format(result.output) }))
    end
  end
  return found
end

local function prepare(project, record, turns)
  capture(project, record, turns.pause, turns.alive)
  record.start = ("%d"):format(math.floor(tonumber(record.position) * record.rate + 0.5))
end

local function finish(record)
  for _, request in ipairs(requests(record)) do daemon.forget(request.id) end
  if record.kind ~= "file" and record.path then os.remove(record.path) end
end

local conversion = {}

-- `turns`: pause, wait, alive (waits until the daemon has shown that it is there, or raises a text).
function conversion.run(project, record, turns)
  if record.state == "new" then
    if record.kind ~= "file" then prepare(project, record, turns) end
    turns.alive()
    record.state = "sent"
    store.put(project, record)
  end
  ask(record)
  local results = await(record, turns.wait)
  if record.kind == "file" then
    tell.say(results[1].state == "done" and results[1].output .. " is there" or failed(record, results[1]))
  else
    -- A take added to an item on a track that records would be in the way.
    while reaper.GetPlayStateEx(project) & RECORDING ~= 0 do turns.wait("waiting for the end of the recording") end
    local found = takes(project, record, results, turns.pause)
    if #found > 0 then insert(project, record, found) end
  end
  finish(record)
end

-- Takes away what an unfinished record has left.
function conversion.drop(record)
  finish(record)
  if record.path then os.remove(record.path .. ".part") end
end

return conversion
