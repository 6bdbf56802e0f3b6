-- What is asked of the daemon for a record, and what comes of it.

local takevoice = ...
local daemon = takevoice.load("daemon")
local files = takevoice.load("files")
local tell = takevoice.load("tell")
local track_settings = takevoice.load("track_settings")
local requests = {}

-- Their ids and seeds: one, or one for each candidate.
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

-- Asked again with the same ids, they are the same requests: nothing is converted twice.
function requests.ask(record)
  local messages = {}
  for _, request in ipairs(requests.of(record)) do
    if not daemon.result(request.id) then messages[#messages + 1] = message(record, request) end
  end
  if #messages > 0 and not files.exists(record.path) then
    error(("its audio %s is no longer there; convert it again"):format(record.path), 0)
  end
  daemon.send(messages)
end

-- The results that have come, in the order of the requests, and the text of one that is held until a person decides.
local function look(list)
  local results, count, held = {}, 0, nil
  for i, request in ipairs(list) do
    local result = daemon.result(request.id)
    if result and result.state == "held" then
      held = result.text
    elseif result then
      results[i], count = result, count + 1
    end
  end
  return count == #list and results or nil, held
end

-- All results. A daemon that was away is asked again when it is back.
function requests.await(record, wait)
  local list, here, told = requests.of(record), daemon.where() ~= nil, nil
  while true do
    local results, held = look(list)
    if results then return results end
    if held and held ~= told then
      told = held
      tell.say(("%s is held until you decide: %s"):format(record.name, held))
    end
    wait(not here and "waiting for `takevoice run`" or held and "held, see the console" or "converting")
    local now = daemon.where() ~= nil
    if now and not here then requests.ask(record) end
    here = now
  end
end

function requests.forget(record)
  for _, request in ipairs(requests.of(record)) do daemon.forget(request.id) end
end

return requests
