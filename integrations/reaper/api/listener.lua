-- The listener's heartbeat, and starting it. It is a script of its own, so that the actions can end at once.

local takevoice = ...
local actions = takevoice.load("actions")
local file_prints = takevoice.load("file_prints")
local ui = takevoice.load("ui")
local listener = {}

local SECTION, BEAT, ASKED, STOP, OWNER, VERSION = "takevoice", "beat", "asked", "stop", "owner", "version"
local SCRIPT = "takevoice_listener.lua"
local INTERVAL = 0.5 -- seconds between two beats
local FRESH = 2 -- seconds
local TURNS = 10 -- ticks within which a listener that runs answers

local last_beat = 0

-- Says that the listener runs, and answers an action that asks.
function listener.beat(now)
  local is_asked = reaper.GetExtState(SECTION, ASKED) ~= ""
  if is_asked then reaper.DeleteExtState(SECTION, ASKED, false) end
  if now - last_beat < INTERVAL and not is_asked then return end
  last_beat = now
  reaper.SetExtState(SECTION, BEAT, ("%.3f"):format(now), false)
end

function listener.stop_beating() reaper.DeleteExtState(SECTION, BEAT, false) end

function listener.script() return takevoice.folder .. SCRIPT end

-- True once the user has asked the listener to end, until it is wanted again.
function listener.is_stopped() return reaper.GetExtState(SECTION, STOP) ~= "" end
function listener.want() reaper.DeleteExtState(SECTION, STOP, false) end

-- Returns a text that is another one after each update by `takevoice install reaper`; "" for scripts that came another way.
local function version_on_disk()
  local path = takevoice.folder .. "installed.json"
  local found = file_prints.of({ path })[path]
  return found and ("%d %d"):format(found.size, found.sum) or ""
end

-- Only the newest listener works: REAPER 6 can be told to run a script twice.
function listener.claim()
  local id = reaper.genGuid("")
  reaper.SetExtState(SECTION, VERSION, version_on_disk(), false)
  reaper.SetExtState(SECTION, OWNER, id, false)
  return id
end
function listener.is_owner(id) return reaper.GetExtState(SECTION, OWNER) == id end

-- The action that ends it. The script ends itself: REAPER has no call that ends another one.
function listener.stop()
  if not tonumber(reaper.GetExtState(SECTION, BEAT)) then return ui.answer("The listener is not running.") end
  reaper.SetExtState(SECTION, STOP, "yes", false)
  ui.log("the listener stops. Takes that are under way are added when it runs again: the next action starts it")
end

local function start()
  local command = actions.command(SCRIPT)
  if command == 0 then error(("REAPER cannot load %s. Run `takevoice install reaper` again."):format(listener.script()), 0) end
  reaper.Main_OnCommand(command, 0)
end

-- Lets a few ticks pass: a listener that only could not run for a while, because REAPER was busy or showed a dialog,
-- answers then.
local function start_unless_answered(turns)
  if reaper.GetExtState(SECTION, ASKED) == "" then return end
  if turns > 0 then return reaper.defer(function() start_unless_answered(turns - 1) end) end
  reaper.DeleteExtState(SECTION, ASKED, false)
  start()
end

-- Ends a listener that still runs the scripts of before an update, and starts it with the new ones. REAPER 6 would ask.
local function renew()
  if not reaper.set_action_options then
    return ui.log("the scripts were updated; start takevoice_listener again, or REAPER, so that it works with them")
  end
  ui.log("the scripts were updated, so that the listener starts again: the window is closed, and renders are not converted until you"
    .. " switch that on again")
  start()
end

-- Starts the listener if it is not running or not of this version, and adds it to the action list if it is not there.
function listener.ensure_running()
  listener.want()
  local beat = tonumber(reaper.GetExtState(SECTION, BEAT))
  if not beat then return start() end
  if reaper.GetExtState(SECTION, VERSION) ~= version_on_disk() then return renew() end
  if math.abs(reaper.time_precise() - beat) < FRESH then return end
  reaper.SetExtState(SECTION, ASKED, "yes", false)
  start_unless_answered(TURNS)
end

return listener
