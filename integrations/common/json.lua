-- Reads JSON (RFC 8259). Returns the object or array as a table, or nil if the text is anything else.
-- A null leaves its key, or its place in an array, empty.

local WORDS = { ["true"] = true, ["false"] = false }
local LETTERS = { n = "\n", t = "\t", r = "\r", b = "\b", f = "\f", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local value_at

local function skip_space(text, at) return text:match("^[ \t\r\n]*()", at) end

local function character(code)
  -- takevoice writes a byte of a file name that is not UTF-8 as a lone surrogate.
  if code >= 0xDC80 and code <= 0xDCFF then return string.char(code - 0xDC00) end
  return utf8.char(code)
end

-- Each reader below returns a value and the position after it, or no position if the text is not JSON.

local function escape_at(text, at)
  local hex, behind = text:match("^u(%x%x%x%x)()", at)
  if not hex then return LETTERS[text:sub(at, at)], at + 1 end
  local code = tonumber(hex, 16)
  local low, last = text:match("^\\u([dD][c-fC-F]%x%x)()", behind)
  if low and code >= 0xD800 and code < 0xDC00 then
    return utf8.char(0x10000 + ((code - 0xD800) << 10) + (tonumber(low, 16) - 0xDC00)), last
  end
  return character(code), behind
end

local function string_at(text, at)
  local parts = {}
  while true do
    local plain, stop, behind = text:match('^([^"\\\0-\31]*)(["\\])()', at)
    if not plain then return nil end
    parts[#parts + 1] = plain
    if stop == '"' then return table.concat(parts), behind end
    local letter
    letter, at = escape_at(text, behind)
    if not letter then return nil end
    parts[#parts + 1] = letter
  end
end

local function number_at(text, at)
  local behind = text:match("^%-?%d+()", at)
  if not behind or text:find("^%-?0%d", at) then return nil end
  behind = text:match("^%.%d+()", behind) or behind
  behind = text:match("^[eE][+-]?%d+()", behind) or behind
  return tonumber(text:sub(at, behind - 1)), behind
end

local function word_at(text, at)
  local word, behind = text:match("^(%l+)()", at)
  if word == "null" then return nil, behind end
  return WORDS[word], WORDS[word] ~= nil and behind or nil
end

-- Reads what is between two brackets; `item_at(found, index, at)` stores one item and returns the position after it.
local function list_at(text, at, close, item_at)
  local found, index = {}, 0
  at = skip_space(text, at)
  if text:sub(at, at) == close then return found, at + 1 end
  while true do
    index = index + 1
    at = item_at(found, index, skip_space(text, at))
    if not at then return nil end
    at = skip_space(text, at)
    local mark = text:sub(at, at)
    if mark == close then return found, at + 1 end
    if mark ~= "," then return nil end
    at = at + 1
  end
end

local function array_at(text, start)
  return list_at(text, start, "]", function(found, index, at)
    found[index], at = value_at(text, at)
    return at
  end)
end

local function object_at(text, start)
  return list_at(text, start, "}", function(found, _, at)
    if text:sub(at, at) ~= '"' then return nil end
    local key, behind = string_at(text, at + 1)
    local colon = key and text:match("^[ \t\r\n]*:()", behind)
    if not colon then return nil end
    found[key], at = value_at(text, skip_space(text, colon))
    return at
  end)
end

function value_at(text, at)
  local mark = text:sub(at, at)
  if mark == '"' then return string_at(text, at + 1) end
  if mark == "{" then return object_at(text, at + 1) end
  if mark == "[" then return array_at(text, at + 1) end
  if mark:find("[-%d]") then return number_at(text, at) end
  return word_at(text, at)
end

return function(text)
  local value, behind = value_at(text, skip_space(text, 1))
  if type(value) == "table" and skip_space(text, behind) > #text then return value end
end
