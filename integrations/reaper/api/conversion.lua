-- The way of a record from the key press to its takes: its states, how long each may last, and what the user sees meanwhile
-- (the diagram is in docs/reaper.md). Nothing here waits: `conversion.advance` is called in each tick.

local takevoice = ...
local convert = takevoice.load("convert")
local items = takevoice.load("items")
local messages = takevoice.load("messages")
local numbers = takevoice.load("numbers")
local rendering = takevoice.load("rendering")
local requests = takevoice.load("requests")
local store = takevoice.load("store")
local conversion = {}

local STATES = {}

-- REAPER must render it first. It is not done while REAPER plays or records, and only one is in a tick. Nothing has been asked
-- for yet.
STATES.new = {
  word = "waiting until REAPER can render it",
  step = function(worker, context)
    if context.is_rolling or context.has_rendered then return nil end
    context.has_rendered = true
    local record, project = worker.record, worker.project
    local item, take = items.find(project, record.item, record.take), items.find_take(project, record.take)
    if not item or not take then error("it was removed before it could be read", 0) end
    local found = rendering.run(project, item, take, record.name)
    record.path, record.volume, record.pan, record.mode = found.path, found.volume, found.pan, found.mode
    record.pitch, record.effects = found.pitch, found.is_dry and "yes" or nil
    record.zero = tonumber(record.from) or 0
    local sound = { path = found.path, temporary = true }
    if record.from then
      sound.start, sound.length, sound.handle = tonumber(record.from), record.to - record.from, 0
    end
    requests.note(record, sound)
    return "rendered"
  end,
}

-- REAPER has rendered it.
STATES.rendered = {
  word = "asking takevoice",
  step = function(worker)
    requests.ask(worker.record, requests.noted(worker.record), convert.folder(worker.project))
    return "asked"
  end,
}

-- The request lies in takevoice's folder.
STATES.asked = {
  word = "asking takevoice",
  seconds = 3,
  late = "waiting for `takevoice run`",
  step = function(worker, context)
    if not requests.is_any_waiting(worker.record) then return "working" end
    -- takevoice may be busy with many others.
    if context.is_alive then worker.since = context.now end
  end,
}

local function text_of(found)
  local text = type(found.text) == "string" and found.text or ""
  if found.state == "held" then return "held: " .. text end
  if found.state == "converting" then return ("converting %d %%"):format(numbers.percent(found.progress)) end
  return text ~= "" and text or tostring(found.state)
end

-- Notes what takevoice says about the record's requests. Returns true if it has any under way.
local function follow(worker, context)
  local seen
  for _, request in ipairs(requests.of(worker.record)) do
    local found = context.progress[request.id]
    if found and (not seen or found.state ~= "held") then seen = found end
  end
  worker.seen = seen
  worker.text = seen and text_of(seen) or nil
  return seen ~= nil
end

-- takevoice has it.
STATES.working = {
  word = "converting",
  seconds = 7, -- of the 15 that docs/reaper.md names; `is_alive` has the others
  late = "waiting: takevoice has stopped; start it again",
  step = function(worker, context)
    -- The results come first: what takevoice writes of its progress lags behind them.
    local results, held = requests.results(worker.record)
    if results then
      worker.results = results
      return "arrived"
    end
    if follow(worker, context) then
      if context.is_alive then worker.since = context.now end
      return nil
    end
    worker.text = held and text_of(held) or nil
    if held then worker.since = context.now end
    if worker.is_late then return "lost" end
  end,
}

-- takevoice knows nothing of it, and there is no result.
STATES.lost = {
  word = "asking takevoice again",
  step = function(worker)
    convert.ask_again(worker.project, worker.record)
    return "asked"
  end,
}

-- All results are there; the driver adds the takes, together with others of the same key press.
STATES.arrived = {
  word = "waiting to be added",
  step = function(worker)
    worker.results = worker.results or requests.results(worker.record)
    if not worker.results then return "lost" end
  end,
}

-- Returns the worker of a record. `now` is in seconds.
function conversion.start(project, record, now)
  if not STATES[record.state] then record.state = "asked" end
  return { record = record, project = project, since = now }
end

-- Takes the next step, if one can be taken. An error of a record that was not asked for yet is its end; see below.
function conversion.advance(worker, context)
  local record = worker.record
  local state = STATES[record.state]
  local next_state = state.step(worker, context)
  if next_state then
    record.state, worker.since, worker.is_late = next_state, context.now, false
    -- Only these cannot be found out again from the files.
    if state == STATES.new or state == STATES.rendered then store.put(worker.project, record) end
  else
    worker.is_late = state.seconds ~= nil and context.now - worker.since > state.seconds
  end
  return next_state ~= nil
end

-- Returns what the user sees.
function conversion.word(worker)
  local state = STATES[worker.record.state]
  if worker.problem then return "trying again: " .. worker.problem end
  return worker.is_late and state.late or worker.text or state.word
end

-- True if takevoice does not know of it, so that nothing can come of it after an error.
function conversion.is_unasked(worker) return worker.record.state == "new" end

-- True if it waits for a person, so that others do not wait for it.
function conversion.is_held(worker) return worker.text ~= nil and worker.text:find("^held") ~= nil end

-- True from when it was asked for until takevoice has it.
function conversion.is_asked(worker) return worker.record.state == "asked" end

function conversion.is_unanswered(worker) return conversion.is_asked(worker) and worker.is_late end

-- takevoice numbers equal names as they are done; a person expects takes in the order of their numbers.
local function by_number(a, b)
  if #a.path ~= #b.path then return #a.path < #b.path end
  return a.path < b.path
end

-- Returns the files of the candidates that takevoice has made for one request, the picked one first; none if it was not to make
-- several. Each counts as the take of a request of its own, whose id begins with that of the request.
local function candidates_of(request, result)
  local rows = {}
  for _, row in ipairs(type(result.candidates) == "table" and result.candidates or {}) do
    if type(row.path) == "string" and row.path ~= "" then rows[#rows + 1] = row end
  end
  table.sort(rows, function(a, b)
    if a.picked ~= b.picked then return a.picked == 1 end
    return a.number < b.number
  end)
  local found = {}
  for i, row in ipairs(rows) do
    found[i] = {
      path = row.path,
      head = tonumber(result.head) or 0,
      request = i == 1 and request.id or ("%s-c%d"):format(request.id, numbers.whole(row.number)),
      seed = ("%d"):format(numbers.whole(row.seed)),
      job = ("%d"):format(numbers.whole(row.job)),
    }
  end
  return found
end

-- Returns the files of the results that are done, in the order of their names, and why others are not.
function conversion.outcome(worker)
  local found, problems = {}, {}
  for i, request in ipairs(requests.of(worker.record)) do
    local result = worker.results[i]
    local made = candidates_of(request, result)
    if #made > 0 then
      -- takevoice has put them in order.
      return made, problems
    elseif result.state == "done" and type(result.output) == "string" then
      found[#found + 1] = {
        path = result.output,
        head = tonumber(result.head) or 0, -- seconds
        request = request.id,
        seed = request.seed or "",
      }
    else
      local why = type(result.text) == "string" and result.text ~= "" and result.text or "`takevoice jobs` shows why"
      problems[#problems + 1] = messages.not_converted(worker.record.name, why)
    end
  end
  table.sort(found, by_number)
  return found, problems
end

return conversion
