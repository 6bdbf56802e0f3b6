-- The listener's heartbeat, and starting it. It is a script of its own, so that the actions can end at once.

local takevoice = ...
local listener = {}

local SECTION, BEAT = "takevoice", "beat"
local TIMEOUT = 2 -- seconds

function listener.beat(now) reaper.SetExtState(SECTION, BEAT, ("%.3f"):format(now), false) end
function listener.stop_beating() reaper.DeleteExtState(SECTION, BEAT, false) end

function listener.is_running()
  local last = tonumber(reaper.GetExtState(SECTION, BEAT))
  return last ~= nil and math.abs(reaper.time_precise() - last) < TIMEOUT
end

function listener.script() return takevoice.folder .. "takevoice_listener.lua" end

-- Starts the listener if it is not running, and adds it to the action list if it is not there.
function listener.ensure_running()
  if listener.is_running() then return end
  local command = reaper.AddRemoveReaScript(true, 0, listener.script(), true)
  if command == 0 then error(("REAPER cannot load %s. Run `takevoice install reaper` again."):format(listener.script()), 0) end
  reaper.Main_OnCommand(command, 0)
end

return listener
