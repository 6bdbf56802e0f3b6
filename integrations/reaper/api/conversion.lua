-- The work for one record, from the key press to its takes. Runs as a coroutine of the listener: `pause(status)` yields to
-- REAPER if the tick's time is used up, `wait(status)` always; the user sees the status meanwhile.

local takevoice = ...
local files = takevoice.load("files")
local store = takevoice.load("store")
local capture = takevoice.load("capture")
local insert = takevoice.load("inserting")
local leftovers = takevoice.load("leftovers")
local media_files = takevoice.load("media_files")
local messages = takevoice.load("messages")
local requests = takevoice.load("requests")
local items = takevoice.load("items")
local ui = takevoice.load("ui")

local RECORDING = 4 -- bit of GetPlayStateEx

local function failed(record, result)
  return messages.not_converted(record.name, result.text or "`takevoice jobs` shows why")
end

-- Copies the converted file to the project's media, named after the take and the voice.
local function copy_to_project(project, record, request, result, pause)
  local folder = reaper.GetProjectPathEx(project)
  reaper.RecursiveCreateDirectory(folder, 0)
  local seed = request.seed and ("." .. request.seed) or ""
  local stem = ("%s.%s%s"):format(files.plain(record.name), files.plain(result.voice), seed)
  local path = media_files.free_path(folder, stem, files.extension(result.output))
  media_files.copy(result.output, path, pause)
  leftovers.add(result.output)
  return { path = path, name = files.stem(path), request = request.id, seed = request.seed or "" }
end

-- True if the item already has the take of the request: the record comes from an older copy of the project, or from undo.
local function is_inserted(project, record, request)
  local item = items.find(project, record.item)
  return item and items.take_of_request(item, request.id) ~= nil
end

local function are_all_inserted(project, record)
  for _, request in ipairs(requests.of(record)) do
    if not is_inserted(project, record, request) then return false end
  end
  return true
end

-- Copies the results to the project's media. Returns the new files.
local function copy_results(project, record, results, pause)
  local found = {}
  for i, request in ipairs(requests.of(record)) do
    local result = results[i]
    if is_inserted(project, record, request) then
      if result.state == "done" then leftovers.add(result.output) end
    elseif result.state ~= "done" then
      ui.log(failed(record, result))
    elseif files.exists(result.output) then
      found[#found + 1] = copy_to_project(project, record, request, result, pause)
    else
      ui.log(failed(record, { text = ("the result %s no longer exists"):format(result.output) }))
    end
  end
  return found
end

local function prepare(project, record, turns)
  capture(project, record, turns.pause, turns.await_daemon)
  record.start = ("%d"):format(math.floor(tonumber(record.position) * record.rate + 0.5))
end

local function finish(record)
  requests.remove_results(record)
  if record.kind ~= "file" and record.path then leftovers.add(record.path) end
end

local conversion = {}

-- `turns` has the functions pause, wait, and await_daemon, which raises a message if the daemon does not answer.
function conversion.run(project, record, turns)
  if record.state == "new" then
    if record.kind ~= "file" then prepare(project, record, turns) end
    turns.await_daemon()
    record.state = "sent"
    store.put(project, record)
  elseif are_all_inserted(project, record) then
    return finish(record)
  end
  requests.send(record)
  local results = requests.await(record, turns.wait)
  if record.kind == "file" then
    ui.log(results[1].state == "done" and "wrote " .. results[1].output or failed(record, results[1]))
  else
    local found = copy_results(project, record, results, turns.pause)
    -- A take added to an item on a recording track would interfere.
    while reaper.GetPlayStateEx(project) & RECORDING ~= 0 do turns.wait("waiting for the end of the recording") end
    if #found > 0 then insert(project, record, found) end
  end
  finish(record)
end

-- Removes the files of an unfinished record.
function conversion.discard(record)
  finish(record)
  if record.path then os.remove(record.path .. ".part") end
end

return conversion
