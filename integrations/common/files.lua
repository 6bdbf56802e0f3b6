-- Small files, written whole or not at all, and names that every system allows.

local files = {}

function files.exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- Returns the content, or nil if the file cannot be opened.
function files.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- Windows cannot rename onto an existing file.
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

-- Makes a file name of a title: at most 80 bytes, without cutting a character in two.
function files.plain(name)
  local text = name:gsub('[%c<>:"/\\|?*]', "_")
  local cut = 80
  while text:find("^[\x80-\xBF]", cut + 1) do cut = cut - 1 end
  text = text:sub(1, cut)
  text = text:gsub("^%s+", ""):gsub("[.%s]+$", "")
  return text == "" and "take" or text
end

-- Returns the message of an error without the place in the script that raised it.
function files.plain_error(problem) return (tostring(problem):gsub("^[^\n]-%.lua:%d+: ", "")) end

function files.extension(path) return path:match("%.[^./\\]+$") or "" end
function files.stem(path) return (path:match("[^/\\]*$"):gsub("%.[^.]*$", "")) end

return files
