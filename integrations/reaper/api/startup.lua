-- The action that switches on or off whether the listener starts with REAPER, which runs Scripts/__startup.lua at its
-- start.

local takevoice = ...
local files = takevoice.load("files")
local listener = takevoice.load("listener")
local ui = takevoice.load("ui")

local FIRST, LAST = "-- takevoice: begin\n", "-- takevoice: end\n"

local function without_block(text)
  local first = text:find(FIRST, 1, true)
  local _, last = text:find(LAST, first or 1, true)
  if not first or not last then return text, false end
  return text:sub(1, first - 1) .. text:sub(last + 1), true
end

return function()
  local path = reaper.GetResourcePath() .. "/Scripts/__startup.lua"
  local text, was_on = without_block(files.read(path) or "")
  if was_on then
    files.write(path, text)
    return ui.alert("The listener no longer starts with REAPER.")
  end
  if text ~= "" and text:sub(-1) ~= "\n" then text = text .. "\n" end
  local start = "reaper.Main_OnCommand(reaper.AddRemoveReaScript(true, 0, %q, true), 0)\n"
  files.write(path, text .. FIRST .. start:format(listener.script()) .. LAST)
  listener.ensure_running()
  ui.alert("The listener now starts with REAPER. Results that arrive while a project is closed are added when you open it.")
end
