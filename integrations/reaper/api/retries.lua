-- Unexpected errors while a take is under way: its record and its results are kept, the console says it once,
-- and it is tried again later, each time after a longer while.

local takevoice = ...
local files = takevoice.load("files")
local retries = {}

local FIRST, MOST = 2, 300 -- seconds

-- Notes that something failed for a worker. Returns what to tell, or nil if that was told before.
function retries.note(worker, problem, now)
  local text = files.plain_error(problem)
  worker.problem = text
  worker.pause = math.min(2 * (worker.pause or FIRST / 2), MOST)
  worker.retry_at = now + worker.pause
  worker.told = worker.told or {}
  if worker.told[text] then return nil end
  worker.told[text] = true
  return ("%s waits, and nothing of it is lost; takevoice tries again: %s"):format(worker.record.name, text)
end

function retries.is_due(worker, now) return worker.retry_at == nil or now >= worker.retry_at end

function retries.clear(worker) worker.problem, worker.pause, worker.retry_at = nil, nil, nil end

return retries
