-- takevoice's own actions in REAPER's action list.

local takevoice = ...
local actions = {}

local MAIN = 0 -- the section of the action list

-- Returns the number of the action of a script in takevoice's folder, and adds it to the list if it is not there; 0 if REAPER
-- cannot load it.
function actions.command(script) return reaper.AddRemoveReaScript(true, MAIN, takevoice.folder .. script, true) end

-- Shows in the action list and in toolbars whether an action is on.
function actions.show(command, on)
  if not command or command == 0 then return end
  reaper.SetToggleCommandState(MAIN, command, on and 1 or 0)
  reaper.RefreshToolbar2(MAIN, command)
end

return actions
