-- Writes JSON (RFC 8259) of strings, numbers, Booleans, lists and tables with text keys, in the order of the keys.

local text_of

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escaped(character) return ESCAPES[character] or ("\\u%04x"):format(character:byte()) end

-- A byte that is no UTF-8, as in some file names, becomes a lone surrogate, which takevoice reads as that byte.
local function quoted(text)
  local parts, at = {}, 1
  while at <= #text do
    local _, bad = utf8.len(text, at)
    parts[#parts + 1] = text:sub(at, (bad or #text + 1) - 1):gsub('[%c"\\]', escaped)
    if not bad then break end
    parts[#parts + 1] = ("\\udc%02x"):format(text:byte(bad))
    at = bad + 1
  end
  return '"' .. table.concat(parts) .. '"'
end

local function number(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  if value ~= value or value == math.huge or value == -math.huge then error("JSON has no such number", 0) end
  -- A decimal comma would come from the system's language.
  return (("%.17g"):format(value):gsub(",", "."))
end

local function list(values)
  local parts = {}
  for i, value in ipairs(values) do parts[i] = text_of(value) end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function object(values)
  local keys, parts = {}, {}
  for key in pairs(values) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do parts[i] = quoted(key) .. ":" .. text_of(values[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

function text_of(value)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return tostring(value) end
  return #value > 0 and list(value) or object(value)
end

return text_of
