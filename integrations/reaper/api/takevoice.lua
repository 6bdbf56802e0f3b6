-- Loads the modules beside it, each once. Called with the folder of the actions; `settings` is what
-- `takevoice install reaper` wrote: the state dir, and the words of the takevoice command.

local folder = ...
local loaded = {}
local takevoice = { folder = folder }

function takevoice.load(name)
  if loaded[name] == nil then
    loaded[name] = assert(loadfile(folder .. "api/" .. name .. ".lua"))(takevoice)
  end
  return loaded[name]
end

-- The same place for scripts from ReaPack, which lie elsewhere.
local function settings()
  local chunk = loadfile(reaper.GetResourcePath() .. "/Scripts/takevoice/settings.lua")
  if not chunk then
    error("takevoice does not know yet where its daemon is.\n\n"
      .. "Run this once in a terminal, and try again:\n    takevoice install reaper", 0)
  end
  return chunk()
end

-- Runs one action: the module's function with what follows. What goes wrong is told, never thrown at REAPER.
function takevoice.run(name, ...)
  local ok, problem = pcall(function(...)
    takevoice.settings = settings()
    takevoice.load(name)(...)
  end, ...)
  if not ok then takevoice.load("tell").box(tostring(problem)) end
end

return takevoice
