-- The requests that a record needs, and their results.

local takevoice = ...
local daemon = takevoice.load("daemon")
local files = takevoice.load("files")
local state_dir = takevoice.load("state_dir")
local track_settings = takevoice.load("track_settings")
local ui = takevoice.load("ui")
local requests = {}

-- Returns the ids and seeds: one, or one for each candidate.
function requests.of(record)
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

-- Sending requests again with the same ids converts nothing twice.
function requests.send(record)
  local messages = {}
  for _, request in ipairs(requests.of(record)) do
    if not state_dir.result(request.id) then messages[#messages + 1] = message(record, request) end
  end
  if #messages > 0 and not files.exists(record.path) then
    error(("its audio file %s no longer exists; convert the item again"):format(record.path), 0)
  end
  daemon.send(messages)
end

-- Returns the results in the order of the requests, or nil while one is missing, and why a request is held, if one is.
local function received(list)
  local results, count, held = {}, 0, nil
  for i, request in ipairs(list) do
    local result = state_dir.result(request.id)
    if result and result.state == "held" then
      held = result.text
    elseif result then
      results[i], count = result, count + 1
    end
  end
  return count == #list and results or nil, held
end

-- Waits for all results. Sends the requests again when a daemon that was stopped runs again.
function requests.await(record, wait)
  local list, is_running, logged = requests.of(record), daemon.has_address(), nil
  while true do
    local results, held = received(list)
    if results then return results end
    if held and held ~= logged then
      logged = held
      ui.log(("%s waits for your approval: %s"):format(record.name, held))
    end
    wait(not is_running and "waiting for `takevoice run`" or held and "held, see the console" or "converting")
    local was_running = is_running
    is_running = daemon.has_address()
    if is_running and not was_running then requests.send(record) end
  end
end

function requests.remove_results(record)
  for _, request in ipairs(requests.of(record)) do state_dir.remove_result(request.id) end
end

return requests
