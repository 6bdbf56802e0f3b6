-- One record from the key press to its takes. Runs as a coroutine of the listener: `pause(word)` lets REAPER go on when it
-- is time, `wait(word)` always; the word is what the user reads meanwhile.

local takevoice = ...
local files = takevoice.load("files")
local store = takevoice.load("store")
local capture = takevoice.load("capture")
local insert = takevoice.load("inserting")
local leftovers = takevoice.load("leftovers")
local requests = takevoice.load("requests")
local items = takevoice.load("items")
local tell = takevoice.load("tell")

local RECORDING = 4

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
  files.copy(result.output, path, pause)
  leftovers.add(result.output)
  return { path = path, name = files.stem(path), request = request.id, seed = request.seed or "" }
end

-- Whether the request's take is in the project already, which is then an older copy.
local function is_there(project, record, request)
  local item = items.find(project, record.item)
  return item and items.take_of_request(item, request.id) ~= nil
end

local function all_there(project, record)
  for _, request in ipairs(requests.of(record)) do
    if not is_there(project, record, request) then return false end
  end
  return true
end

-- The files of the results, among the project's media.
local function converted(project, record, results, pause)
  local found = {}
  for i, request in ipairs(requests.of(record)) do
    local result = results[i]
    if is_there(project, record, request) then
      if result.state == "done" then leftovers.add(result.output) end
    elseif result.state ~= "done" then
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
  requests.forget(record)
  if record.kind ~= "file" and record.path then leftovers.add(record.path) end
end

local conversion = {}

-- `turns`: pause, wait, alive (waits until the daemon has shown that it is there, or raises a text).
function conversion.run(project, record, turns)
  if record.state == "new" then
    if record.kind ~= "file" then prepare(project, record, turns) end
    turns.alive()
    record.state = "sent"
    store.put(project, record)
  elseif all_there(project, record) then
    return finish(record)
  end
  requests.ask(record)
  local results = requests.await(record, turns.wait)
  if record.kind == "file" then
    tell.say(results[1].state == "done" and results[1].output .. " is there" or failed(record, results[1]))
  else
    local found = converted(project, record, results, turns.pause)
    -- A take added to an item on a track that records would be in the way.
    while reaper.GetPlayStateEx(project) & RECORDING ~= 0 do turns.wait("waiting for the end of the recording") end
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
