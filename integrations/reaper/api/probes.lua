-- Detects whether the daemon runs: sends, with each key press, a request that the daemon refuses at once, and waits for
-- its result file.

local takevoice = ...
local daemon = takevoice.load("daemon")
local ids = takevoice.load("ids")
local messages = takevoice.load("messages")
local state_dir = takevoice.load("state_dir")
local probes = {}

local TIMEOUT = 1.5 -- seconds

local sent = {} -- by batch, which is one key press

function probes.start(batch)
  if sent[batch] then return end
  local id = ids.new()
  sent[batch] = { id = id, deadline = reaper.time_precise() + TIMEOUT }
  daemon.send({ { "/takevoice/convert", id, state_dir.handover(id) } })
end

function probes.is_answered(batch)
  local probe = sent[batch]
  if not probe.answered and state_dir.result(probe.id) then
    probe.answered = true
    state_dir.remove_result(probe.id)
  end
  return probe.answered
end

-- Raises a message if no answer has arrived in time.
function probes.check(batch)
  if probes.is_answered(batch) or reaper.time_precise() < sent[batch].deadline then return end
  error(messages.NOT_RUNNING, 0)
end

return probes
