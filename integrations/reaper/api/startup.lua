-- The action that switches on or off whether the listener starts with REAPER, which runs Scripts/__startup.lua at its
-- start.

local takevoice = ...
local files = takevoice.load("files")
local listener = takevoice.load("listener")
local startup_block = takevoice.load("startup_block")
local ui = takevoice.load("ui")

-- Runs in REAPER at its start: a script that is gone has no command.
local START = "local id = reaper.AddRemoveReaScript(true, 0, %q, true) if id ~= 0 then reaper.Main_OnCommand(id, 0) end"

-- Writes the user's file in place, because it may be a link to where its owner keeps it. Until the new text is there, the old
-- one is in a copy next to it.
local function rewrite(path, old, new)
  local copy = path .. ".takevoice-copy"
  files.write(copy, old)
  local file = assert(io.open(path, "wb"))
  local ok, problem = file:write(new)
  ok = file:close() and ok
  if not ok or files.read(path) ~= new then
    error(("%s could not be written (%s). Its old text is in %s."):format(path, problem or "unknown reason", copy), 0)
  end
  os.remove(copy)
end

local function switch_off(path, old, rest)
  if rest == "" then os.remove(path) else rewrite(path, old, rest) end
  ui.answer("The listener no longer starts with REAPER.")
end

local function switch_on(path, old)
  local text, problem = startup_block.with_block(old, START:format(listener.script()))
  if not text then error(("%s cannot be changed: %s."):format(path, problem), 0) end
  rewrite(path, old, text)
  listener.ensure_running()
  local works, reason = loadfile(path)
  if works then
    ui.answer("The listener now starts with REAPER. Results that arrive while a project is closed are added when you open it.")
  else
    ui.answer("REAPER does not run your file __startup.lua, and so cannot start the listener with it, until you correct this "
      .. "in it:\n\n" .. tostring(reason))
  end
end

return function()
  local resources = takevoice.settings.resources or reaper.GetResourcePath()
  local path = resources .. "/Scripts/__startup.lua"
  local old = files.read(path) or ""
  local rest, was_on = startup_block.without_block(old)
  if was_on then switch_off(path, old, rest) else switch_on(path, old) end
end
