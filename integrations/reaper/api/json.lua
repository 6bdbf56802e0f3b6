-- Reads a flat JSON object (RFC 8259), as takevoice writes them: ASCII, texts and numbers. Gives a table, or nil when it is none.

local SIMPLE = { n = "\n", t = "\t", r = "\r", b = "\b", f = "\f" }

local function character(high, low)
  if low then return utf8.char(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)) end
  -- A byte of a file name that is no UTF-8 comes as a lone surrogate.
  if high >= 0xDC80 and high <= 0xDCFF then return string.char(high - 0xDC00) end
  return utf8.char(high)
end

local function escape(text, at)
  local hex = text:match("^u(%x%x%x%x)", at)
  if not hex then
    local letter = text:sub(at, at)
    return SIMPLE[letter] or letter, at + 1
  end
  local code = tonumber(hex, 16)
  local low = code >= 0xD800 and code < 0xDC00 and text:match("^\\u([dD][c-fC-F]%x%x)", at + 5)
  if low then return character(code, tonumber(low, 16)), at + 11 end
  return character(code), at + 5
end

-- The text of a string and the place behind it; `at` is the place behind its first quote.
local function string_at(text, at)
  local parts = {}
  while true do
    local plain, stop, behind = text:match('^([^"\\]*)(["\\])()', at)
    if not plain then return nil end
    parts[#parts + 1] = plain
    if stop == '"' then return table.concat(parts), behind end
    parts[#parts + 1], at = escape(text, behind)
  end
end

local function value_at(text, at)
  if text:sub(at, at) == '"' then return string_at(text, at + 1) end
  local word, behind = text:match("^([%w.+-]+)()", at)
  if not word then return nil end
  if word == "true" or word == "false" then return word == "true", behind end
  return tonumber(word), behind
end

return function(text)
  local found, at = {}, text:match("^%s*{()")
  if at and text:find("^%s*}", at) then return found end
  while at do
    local quote = text:match('^%s*"()', at)
    local key, behind = nil, nil
    if quote then key, behind = string_at(text, quote) end
    local start = key and text:match("^%s*:%s*()", behind)
    if not start then return nil end
    local value
    value, behind = value_at(text, start)
    if behind == nil then return nil end
    found[key] = value
    local mark, after = text:match("^%s*([,}])()", behind)
    if mark == "}" then return found end
    at = mark and after
  end
  return nil
end
