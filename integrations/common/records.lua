-- Records of conversions in progress, as text: flat tables of strings and numbers, all read back as strings.

local records = {}

-- Keeps letters, digits and a few marks, so that no separator and no file format can break.
local function escape(value)
  return (tostring(value):gsub("[^A-Za-z0-9_.-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function is_plain(value) return type(value) ~= "table" and type(value) ~= "userdata" end

-- Joins key=value pairs by `separator`, one character. Leaves out values that are tables or objects of the editor.
function records.pack(record, separator)
  local pairs_of = {}
  for key, value in pairs(record) do
    if is_plain(value) then pairs_of[#pairs_of + 1] = escape(key) .. "=" .. escape(value) end
  end
  table.sort(pairs_of)
  return table.concat(pairs_of, separator)
end

function records.unpack(text, separator)
  local record = {}
  for key, value in text:gmatch(("([^=%s]+)=([^%s]*)"):format(separator, separator)) do
    record[unescape(key)] = unescape(value)
  end
  return record
end

return records
