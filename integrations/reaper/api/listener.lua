-- The listener's sign of life, and starting it: it is a script of its own, so that no action need stay behind.

local takevoice = ...
local listener = {}

local SECTION, BEAT = "takevoice", "beat"
local LATE = 2 -- seconds

function listener.beat(now) reaper.SetExtState(SECTION, BEAT, ("%.3f"):format(now), false) end
function listener.gone() reaper.DeleteExtState(SECTION, BEAT, false) end

function listener.listens()
  local last = tonumber(reaper.GetExtState(SECTION, BEAT))
  return last ~= nil and math.abs(reaper.time_precise() - last) < LATE
end

function listener.script() return takevoice.folder .. "takevoice_listener.lua" end

-- Puts it on the action list, where that is still to be done, and starts it.
function listener.ensure()
  if listener.listens() then return end
  local command = reaper.AddRemoveReaScript(true, 0, listener.script(), true)
  if command == 0 then error(("REAPER cannot load %s; run `takevoice install reaper` again"):format(listener.script()), 0) end
  reaper.Main_OnCommand(command, 0)
end

return listener
