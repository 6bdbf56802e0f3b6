-- Each record's work as a coroutine that goes on a little with each tick, so that REAPER never waits.

local takevoice = ...
local conversion = takevoice.load("conversion")
local probes = takevoice.load("probes")
local workers = {}

local BUDGET = 0.02 -- seconds of one tick

local deadline = 0

local function turns_of(record)
  local turns = {}
  local function yield(word, busy)
    local stopped = coroutine.yield(word, busy)
    if stopped then error(stopped, 0) end
    if record.state == "new" then probes.check(record.batch) end
  end
  function turns.wait(word) yield(word, false) end
  function turns.pause(word)
    if reaper.time_precise() >= deadline then yield(word, true) end
  end
  function turns.alive()
    while not probes.answered(record.batch) do turns.wait("looking for takevoice") end
  end
  return turns
end

function workers.start(project, record)
  if record.state == "new" then probes.start(record.batch) end
  local turns = turns_of(record)
  local work = coroutine.create(function() conversion.run(project, record, turns) end)
  return { record = record, project = project, work = work, word = "waiting", busy = true }
end

-- It closes what it has open. The record may be taken up anew.
function workers.stop(worker)
  if coroutine.status(worker.work) == "suspended" then coroutine.resume(worker.work, "stopped") end
end

-- Lets it work. True once it has ended, and the problem when it has failed.
local function resume(worker)
  local ok, word, busy = coroutine.resume(worker.work)
  if not ok then return true, tostring(word) end
  if coroutine.status(worker.work) == "dead" then return true end
  worker.word, worker.busy = word, busy
  return false
end

-- Lets each work in its turn; those that read audio stop when the tick's time is over, but for one. Calls `ended(worker, problem)`.
-- True when there is more to do at once.
function workers.step(list, ended)
  deadline = reaper.time_precise() + BUDGET
  local more, worked = false, false
  for _, worker in ipairs(list) do
    if worker.busy and worked and reaper.time_precise() >= deadline then
      more = true
    else
      worked = worked or worker.busy
      local done, problem = resume(worker)
      if done then ended(worker, problem) else more = more or worker.busy end
    end
  end
  return more
end

return workers
