-- The one loop: takes each record of the project in front through its states, a short time in each tick.

local takevoice = ...
local arrivals = takevoice.load("arrivals")
local conversion = takevoice.load("conversion")
local files = takevoice.load("files")
local handover = takevoice.load("handover")
local messages = takevoice.load("messages")
local newcomers = takevoice.load("newcomers")
local projects = takevoice.load("projects")
local requests = takevoice.load("requests")
local retries = takevoice.load("retries")
local store = takevoice.load("store")
local ui = takevoice.load("ui")
local driver = {}

local BUDGET = 0.02 -- seconds per tick
local ALIVE = 8 -- seconds after its last sign of life, which comes every two, until takevoice is said to have stopped

local running = {} -- workers by their record's id
local ended = {} -- by project and id: undo may restore a record
local told = {} -- key presses that the daemon did not answer, by batch
local next_first = 1 -- the worker that the next tick begins with

local function worker_of(project, key, record, now, guids)
  local worker = running[record.id]
  -- A project that was closed and opened again has the same records, but is another object.
  if not worker or worker.key ~= key then
    worker = conversion.start(project, record, now)
    worker.key = key
    local ok, birth = pcall(function() return newcomers.birth(project, record, guids()) end)
    worker.birth = ok and birth or nil -- without it, copies of the item get no take
    running[record.id] = worker
  end
  return worker
end

local function end_worker(worker)
  ended[worker.key .. worker.record.id], running[worker.record.id] = true, nil
  store.remove(worker.project, worker.record)
  requests.remove_peaks(worker.record)
end

-- Undo may take a record out of the project while it is under way: it is in memory, continues, and is put back.
local function workers_of(project, now)
  local key, records, list = projects.key(project), {}, {}
  for _, record in ipairs(store.list(project)) do
    if ended[key .. record.id] then store.remove(project, record) else records[record.id] = record end
  end
  for id, worker in pairs(running) do
    if worker.key == key then
      if not records[id] then store.put(project, worker.record) end
      records[id] = worker.record
    end
  end
  for _, record in pairs(records) do list[#list + 1] = record end
  local known
  local function guids()
    known = known or newcomers.guids(project)
    return known
  end
  for i, record in ipairs(store.sorted(list)) do list[i] = worker_of(project, key, record, now, guids) end
  return list
end

local function still_running(list)
  local left = {}
  for _, worker in ipairs(list) do
    if running[worker.record.id] == worker then left[#left + 1] = worker end
  end
  return left
end

-- A record that was not asked for yet ends with an error. Any other is kept, with its results: takevoice converts it.
local function fail(worker, problem, now, problems)
  if conversion.is_unasked(worker) then
    problems[#problems + 1] = messages.not_converted(worker.record.name, files.plain_error(problem))
    return end_worker(worker)
  end
  problems[#problems + 1] = retries.note(worker, problem, now)
end

-- Takes a worker's next step. Returns true if it moved on.
local function step(worker, context, problems)
  if not retries.is_due(worker, context.now) then return false end
  local ok, moved = pcall(conversion.advance, worker, context)
  if not ok then
    fail(worker, moved, context.now, problems)
    return false
  end
  -- What could not be added yet is noted there, too.
  if moved or worker.record.state ~= "arrived" then retries.clear(worker) end
  return moved
end

-- Continues each worker until the tick's time is used up; the next tick goes on with the one after. Returns true if more
-- can be done at once.
local function advance(list, context, problems)
  local deadline, more = context.now + BUDGET, false
  local first = next_first
  for i = 0, #list - 1 do
    local index = (first - 1 + i) % #list + 1
    if i > 0 and reaper.time_precise() >= deadline then
      next_first = index
      return true
    end
    local moved = step(list[index], context, problems)
    more = more or moved
  end
  return more
end

-- Tells the user once for each key press that nobody answers. The requests stay, and are converted when takevoice runs.
local function tell_unanswered(list)
  local count, is_new = 0, false
  for _, worker in ipairs(list) do
    local batch = worker.record.batch or ""
    -- A tick may be too short to look at all of them.
    if conversion.is_asked(worker) then count = count + 1 end
    if conversion.is_unanswered(worker) then is_new, told[batch] = is_new or not told[batch], true end
  end
  if is_new then ui.answer(messages.waits(count)) end
end

-- Returns the help line.
function driver.summary(list)
  if #list == 0 then return "" end
  if #list == 1 then return ("takevoice: %s: %s"):format(list[1].record.name, conversion.word(list[1])) end
  local counts, parts = {}, {}
  for _, worker in ipairs(list) do
    local word = conversion.word(worker):gsub(" %d+ %%", ""):gsub("^held: .*", "held")
    if not counts[word] then parts[#parts + 1] = word end
    counts[word] = (counts[word] or 0) + 1
  end
  for i, word in ipairs(parts) do parts[i] = ("%d %s"):format(counts[word], word) end
  return "takevoice: " .. table.concat(parts, ", ")
end

local function context_of(project, now)
  local progress, beat = handover.progress()
  return {
    now = now,
    progress = progress,
    is_alive = beat ~= nil and os.time() - beat < ALIVE,
    is_rolling = ui.is_rolling(project),
  }
end

-- Does one tick's work for the project. Returns true if more can be done at once, and the workers that are left.
function driver.tick(project)
  local now, problems = reaper.time_precise(), {}
  local list = workers_of(project, now)
  if #list == 0 then
    ui.progress("")
    return false, list
  end
  local more = advance(list, context_of(project, now), problems)
  list = still_running(list)
  arrivals.use(project, list, end_worker, problems)
  list = still_running(list)
  ui.progress(driver.summary(list))
  ui.list(problems)
  tell_unanswered(list)
  return more, list
end

-- Ends a record that the user does not want any more.
function driver.cancel(worker)
  requests.cancel(worker.record)
  end_worker(worker)
end

return driver
