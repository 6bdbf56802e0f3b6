-- Is the daemon there? A request that is refused at once is sent with each key press: its result file shows that it is.

local takevoice = ...
local daemon = takevoice.load("daemon")
local ids = takevoice.load("ids")
local tell = takevoice.load("tell")
local probes = {}

local PATIENCE = 1.5 -- seconds

local sent = {} -- by the key press

function probes.start(batch)
  if sent[batch] then return end
  local id = ids.new()
  sent[batch] = { id = id, till = reaper.time_precise() + PATIENCE }
  daemon.send({ { "/takevoice/convert", id, daemon.handover(id) } })
end

function probes.answered(batch)
  local probe = sent[batch]
  if not probe.answered and daemon.result(probe.id) then
    probe.answered = true
    daemon.forget(probe.id)
  end
  return probe.answered
end

-- Raises a text when nobody has answered in time.
function probes.check(batch)
  if probes.answered(batch) or reaper.time_precise() < sent[batch].till then return end
  error(tell.NOT_RUNNING, 0)
end

return probes
