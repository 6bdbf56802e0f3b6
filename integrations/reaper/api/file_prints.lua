-- What files are like, without reading the whole of them: Lua knows no time of a file.

local file_prints = {}

local BLOCKS, BYTES = 64, 2048 -- read from places all over the file

local function print_of(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local size = file:seek("end") or 0
  local sum = size
  for block = 0, BLOCKS - 1 do
    file:seek("set", math.floor(size * block / BLOCKS))
    local bytes = file:read(BYTES) or ""
    for at = 1, #bytes - 7, 8 do sum = sum * 31 + string.unpack("<i8", bytes, at) end
  end
  file:close()
  return { size = size, sum = sum }
end

-- Returns size (bytes) and sum (of some of the content) by path.
function file_prints.of(paths)
  local prints = {}
  for _, path in ipairs(paths) do prints[path] = print_of(path) end
  return prints
end

return file_prints
