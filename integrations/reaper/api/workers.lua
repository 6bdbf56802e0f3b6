-- Runs each record's work as a coroutine, a short time in each tick, so that REAPER never waits.

local takevoice = ...
local conversion = takevoice.load("conversion")
local probes = takevoice.load("probes")
local workers = {}

local BUDGET = 0.02 -- seconds per tick

local deadline = 0

local function turns_of(record)
  local turns = {}
  local function yield(status, busy)
    local stopped = coroutine.yield(status, busy)
    if stopped then error(stopped, 0) end
    if record.state == "new" then probes.check(record.batch) end
  end
  function turns.wait(status) yield(status, false) end
  function turns.pause(status)
    if reaper.time_precise() >= deadline then yield(status, true) end
  end
  function turns.await_daemon()
    while not probes.is_answered(record.batch) do turns.wait("connecting to takevoice") end
  end
  return turns
end

function workers.start(project, record)
  if record.state == "new" then probes.start(record.batch) end
  local turns = turns_of(record)
  local work = coroutine.create(function() conversion.run(project, record, turns) end)
  return { record = record, project = project, work = work, status = "waiting", busy = true }
end

-- Lets the work close its files. The record can be started again.
function workers.stop(worker)
  if coroutine.status(worker.work) == "suspended" then coroutine.resume(worker.work, "stopped") end
end

-- Continues the work. Returns true once it has ended, and an error message if it failed.
local function resume(worker)
  local ok, status, busy = coroutine.resume(worker.work)
  if not ok then return true, tostring(status) end
  if coroutine.status(worker.work) == "dead" then return true end
  worker.status, worker.busy = status, busy
  return false
end

-- Continues each worker. Once the tick's time is used up, those that read audio wait, but at least one continues. Calls
-- `on_end(worker, problem)`. Returns true if more can be done at once.
function workers.step(list, on_end)
  deadline = reaper.time_precise() + BUDGET
  local more, worked = false, false
  for _, worker in ipairs(list) do
    if worker.busy and worked and reaper.time_precise() >= deadline then
      more = true
    else
      worked = worked or worker.busy
      local done, problem = resume(worker)
      if done then on_end(worker, problem) else more = more or worker.busy end
    end
  end
  return more
end

return workers
