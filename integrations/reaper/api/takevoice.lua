-- Loads the modules in this folder, each once. Called with the folder of the actions. `settings` comes from
-- `takevoice install reaper`: the path of the state dir, and the words of the takevoice command.

local folder = ...
local loaded = {}
local takevoice = { editor = "reaper", folder = folder }

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

-- Runs an action: calls the function that the module returns. Shows errors in a message box instead of raising them.
function takevoice.run(name, ...)
  local ok, problem = pcall(function(...)
    takevoice.settings = settings()
    takevoice.load(name)(...)
  end, ...)
  if not ok then takevoice.load("ui").alert(tostring(problem)) end
end

return takevoice
