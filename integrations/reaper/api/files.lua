-- Files: whole or not at all, names that every system allows, and large ones in pieces.

local files = {}

local SEPARATOR = package.config:sub(1, 1)
local PIECE = 262144 -- bytes copied at once

function files.join(...) return table.concat({ ... }, SEPARATOR) end

function files.exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- Nil when there is no such file.
function files.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- Windows cannot rename onto a file that is there.
function files.replace(from, to)
  if os.rename(from, to) then return end
  os.remove(to)
  assert(os.rename(from, to))
end

function files.write(path, text)
  local file = assert(io.open(path .. ".part", "wb"))
  assert(file:write(text))
  assert(file:close())
  files.replace(path .. ".part", path)
end

-- The name as a file's, at most 80 bytes, no character cut in two.
function files.plain(name)
  local text = name:gsub('[%c<>:"/\\|?*]', "_")
  local cut = 80
  while text:find("^[\x80-\xBF]", cut + 1) do cut = cut - 1 end
  text = text:sub(1, cut)
  text = text:gsub("^%s+", ""):gsub("[.%s]+$", "")
  return text == "" and "take" or text
end

function files.extension(path) return path:match("%.[^./\\]+$") or "" end
function files.stem(path) return (path:match("[^/\\]*$"):gsub("%.[^.]*$", "")) end

-- A path in the folder that nobody has: stem.wav, stem.2.wav, stem.3.wav ...
function files.free(folder, stem, extension)
  local path, number = files.join(folder, stem .. extension), 1
  while files.exists(path) do
    number = number + 1
    path = files.join(folder, ("%s.%d%s"):format(stem, number, extension))
  end
  return path
end

-- In pieces, with a pause after each. Raises a text when it cannot be done.
function files.copy(from, to, pause)
  local source = assert(io.open(from, "rb"))
  local target, problem = io.open(to .. ".part", "wb")
  if not target then source:close() error(problem, 0) end
  for piece in function() return source:read(PIECE) end do
    assert(target:write(piece))
    pause("copying")
  end
  source:close()
  assert(target:close())
  files.replace(to .. ".part", to)
end

-- Renames; to another disk it copies.
function files.move(from, to, pause)
  if os.rename(from, to) then return end
  files.copy(from, to, pause)
  os.remove(from)
end

return files
