-- Large files: free names among the project's media, and copying in blocks so that REAPER never waits.

local takevoice = ...
local files = takevoice.load("files")
local media_files = {}

local BLOCK = 262144 -- bytes copied at once

-- A file that is being copied takes its path, too.
local function is_taken(path) return files.exists(path) or files.exists(path .. ".part") end

-- Returns the first path that is not taken: stem.wav, stem.2.wav, stem.3.wav ...
function media_files.free_path(folder, stem, extension)
  local path, number = takevoice.join(folder, stem .. extension), 1
  while is_taken(path) do
    number = number + 1
    path = takevoice.join(folder, ("%s.%d%s"):format(stem, number, extension))
  end
  return path
end

-- Calls `pause` after each block. Raises a message if the file cannot be copied.
function media_files.copy(from, to, pause)
  local source = assert(io.open(from, "rb"))
  local target, problem = io.open(to .. ".part", "wb")
  if not target then source:close() error(problem, 0) end
  for block in function() return source:read(BLOCK) end do
    assert(target:write(block))
    pause("copying")
  end
  source:close()
  assert(target:close())
  files.replace(to .. ".part", to)
end

-- Renames the file, or copies it if the target is on another disk.
function media_files.move(from, to, pause)
  if os.rename(from, to) then return end
  media_files.copy(from, to, pause)
  os.remove(from)
end

return media_files
