-- Loads the modules in this folder, each once. Called with the folder of the actions. `settings` comes from
-- `takevoice install reaper`: the path of the state dir, and the words of the takevoice command.

local folder = ...
local loaded = {}
local END_RUNNING, START_AGAIN = 1, 2 -- of set_action_options
local takevoice = { editor = "reaper", folder = folder }

-- A name can have a folder: "window/model".
function takevoice.load(name)
  if loaded[name] == nil then
    loaded[name] = assert(loadfile(folder .. "api/" .. name .. ".lua"))(takevoice)
  end
  return loaded[name]
end

function takevoice.join(...) return table.concat({ ... }, package.config:sub(1, 1)) end

function takevoice.unique() return reaper.genGuid("") end

-- `takevoice install reaper` writes them to this place even if the scripts came from ReaPack, which installs elsewhere.
local function settings()
  local chunk = loadfile(folder .. "settings.lua") or loadfile(reaper.GetResourcePath() .. "/Scripts/takevoice/settings.lua")
  if not chunk then
    error("The takevoice scripts are not set up yet.\n\n"
      .. "Run this once in a terminal, and try again:\n    takevoice install reaper", 0)
  end
  return chunk()
end

-- Runs an action, "module.function" or a module that is a function itself. Shows errors in a message box instead of
-- raising them.
function takevoice.run(name, ...)
  -- REAPER adds an undo point for a script that ends without ever deferring. A script that has deferred runs until the next frame:
  -- without the options, REAPER 7 asks what to do when an action is used again before that, by a held key or a custom action.
  if reaper.set_action_options then reaper.set_action_options(END_RUNNING | START_AGAIN) end
  reaper.defer(function() end)
  local ok, problem = pcall(function(...)
    takevoice.settings = settings()
    local module, part = name:match("^([^.]+)%.?(.*)$")
    local found = takevoice.load(module)
    if part ~= "" then found = found[part] end
    found(...)
  end, ...)
  if ok then return end
  local loads, ui = pcall(takevoice.load, "ui")
  if loads then ui.answer(problem) else reaper.ShowMessageBox(tostring(problem), "takevoice", 0) end
end

return takevoice
