-- Files of ours that are removed once nothing is under way: till then the daemon may give the same answer to another item
-- with the same audio, and reads it there.

local leftovers = {}
local paths = {}

function leftovers.add(path) paths[#paths + 1] = path end

function leftovers.remove()
  for _, path in ipairs(paths) do os.remove(path) end
  paths = {}
end

return leftovers
