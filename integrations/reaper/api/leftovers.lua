-- Files of takevoice that are removed only when no conversion is in progress: until then, the daemon may give the same
-- result to another item with the same audio, and it reads the result from there.

local leftovers = {}
local paths = {}

function leftovers.add(path) paths[#paths + 1] = path end

function leftovers.remove()
  for _, path in ipairs(paths) do os.remove(path) end
  paths = {}
end

return leftovers
