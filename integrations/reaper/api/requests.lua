-- The requests that a record needs: one, or one for each candidate.

local takevoice = ...
local asks = takevoice.load("asks")
local handover = takevoice.load("handover")
local state_dir = takevoice.load("state_dir")
local store = takevoice.load("store")
local requests = {}

-- Returns the ids and seeds.
function requests.of(record)
  local first, count = tonumber(record.seed), tonumber(record.candidates) or 1
  local list = {}
  for i = 1, count do
    list[i] = { id = count > 1 and record.id .. "-" .. i or record.id, seed = first and ("%d"):format(first + i - 1) }
  end
  return list
end

-- Asks for everything that has no answer yet. `sound` says where the sound is: path, and start, length, handle and
-- channels unless the whole file is meant. Asking again with the same ids converts nothing twice.
function requests.ask(record, sound, folder)
  for _, request in ipairs(requests.of(record)) do
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
      settings = next(settings) and settings or nil,
      folder = folder,
      temporary = sound.temporary,
    })
  end
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
    if result and result.state == "held" then
      held = result
    elseif result then
      results[i], count = result, count + 1
    end
  end
  return count == #list and results or nil, held
end

-- Ends what is not wanted any more: takes requests back, or asks to cancel their jobs.
function requests.cancel(record)
  for _, request in ipairs(requests.of(record)) do
    if not handover.withdraw(request.id) and not state_dir.result(request.id) then
      asks.tell({ address = "/takevoice/cancel", request = request.id }, { request.id })
    end
  end
  requests.remove_results(record)
end

function requests.remove_results(record)
  for _, request in ipairs(requests.of(record)) do state_dir.remove_result(request.id) end
end

return requests
