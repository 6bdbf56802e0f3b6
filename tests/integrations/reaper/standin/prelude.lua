-- Makes the `reaper` and `gfx` tables of a script. REAPER gives every script a Lua state of its own.
-- call(name, in a coroutine?, ...): which results are pointers ("!": an error; "": none), then the results
-- exists(name), pointer(number): a pointer of its own for each number; gfx_get, gfx_set: the fields of gfx
local call, exists, pointer, gfx_get, gfx_set, sockets = ...
python = nil

if sockets then
  package.preload["socket.core"] = function()
    return { udp = function() local raw = sockets() return {
      setpeername = function(_, host, port) return raw.setpeername(host, port) end,
      send = function(_, data) return raw.send(data) end,
      settimeout = function() end,
      close = function() raw.close() end,
    } end }
  end
end

local pointers = {}

local function as_pointer(number)
  local known = pointers[number]
  if not known then
    known = pointer(number)
    pointers[number] = known
  end
  return known
end

local function unpacked(mask, ...)
  if mask == "" then return ... end
  if mask == "!" then error((...), 3) end
  local results = table.pack(...)
  for index = 1, results.n do
    if mask:sub(index, index) == "p" and results[index] then results[index] = as_pointer(results[index]) end
  end
  return table.unpack(results, 1, results.n)
end

local array_of = {}

local function new_array(first, second)
  local values, size = {}, second
  if type(first) == "table" then
    local given = array_of[first] and array_of[first].values or first
    for index = 1, #given do values[index] = given[index] end
    size = size or #given
  else
    size = first
  end
  if not size or size < 1 then error("reaper.array: bad size", 2) end
  for index = #values + 1, size do values[index] = 0.0 end
  local limit, count = size, size
  local array = {}
  local function range(offset, length) offset = offset or 1 return offset, math.min(count, offset + (length or count) - 1) end
  function array.clear(value, offset, length)
    if value == array then value, offset, length = nil, value, offset end
    local from, to = range(offset ~= array and offset or nil, length)
    for index = from, to do values[index] = value or 0.0 end
  end
  function array.table(offset, length)
    local from, to = range(offset ~= array and offset or nil, length)
    return { table.unpack(values, from, to) }
  end
  function array.resize(length) if length > limit then error("reaper.array: too long", 2) end count = length end
  function array.get_alloc() return limit end
  function array.copy(source, from, length, to)
    local given = array_of[source] and array_of[source].values or source
    from, to = from or 1, to or 1
    for index = 0, (length or #given - from + 1) - 1 do values[to + index] = given[from + index] end
  end
  array_of[array] = { values = values, limit = limit }
  return setmetatable(array, {
    __len = function() return count end,
    __index = function(_, index) return values[index] end,
    __newindex = function(_, index, value)
      if type(index) ~= "number" or index < 1 or index > limit then error("reaper.array: bad index", 2) end
      values[index] = value
    end,
  })
end

local function samples(accessor, rate, channels, start, count, buffer)
  local _, main = coroutine.running()
  if not main then call("__note", false, "GetAudioAccessorSamples in a coroutine") return nil end
  local inside = array_of[buffer]
  if not inside then error("bad argument #6 to 'GetAudioAccessorSamples' (reaper.array expected)", 2) end
  if inside.limit < channels * count then error("GetAudioAccessorSamples: the reaper.array is too small", 2) end
  local result, sound = unpacked(call("GetAudioAccessorSamples", false, accessor, rate, channels, start, count, true))
  if result == 1 then
    for index = 1, channels * count do inside.values[index] = string.unpack("<d", sound, index * 8 - 7) end
  end
  return result
end

reaper = setmetatable({}, {
  __index = function(self, name)
    if not exists(name) then return nil end
    local made
    if name == "new_array" then
      made = new_array
    elseif name == "GetAudioAccessorSamples" then
      made = samples
    else
      made = function(...)
        local _, main = coroutine.running()
        return unpacked(call(name, not main, ...))
      end
    end
    rawset(self, name, made)
    return made
  end,
})

gfx = setmetatable({}, {
  __index = function(self, name)
    if exists("gfx." .. name) then
      local made = function(...) return unpacked(call("gfx." .. name, false, ...)) end
      rawset(self, name, made)
      return made
    end
    return gfx_get(name)
  end,
  __newindex = function(_, name, value) gfx_set(name, value) end,
})
