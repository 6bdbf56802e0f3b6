-- What is under way, kept in its project (ProjExtState), so that it survives closing and opening it again.
-- A record is a flat table of texts and numbers; all are read back as texts.

local SECTION = "takevoice"
local store = {}

-- Letters, digits and a few marks: nothing that a project file could trip over.
local function escape(text)
  return (tostring(text):gsub("[^%w_.-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

function store.pack(record)
  local parts = {}
  for key, value in pairs(record) do parts[#parts + 1] = escape(key) .. "=" .. escape(value) end
  table.sort(parts)
  return table.concat(parts, "&")
end

function store.unpack(text)
  local record = {}
  for key, value in text:gmatch("([^&=]+)=([^&]*)") do record[unescape(key)] = unescape(value) end
  return record
end

-- The records by their order.
function store.list(project)
  local records, index = {}, 0
  while true do
    local more, _, value = reaper.EnumProjExtState(project, SECTION, index)
    if not more then break end
    local record = store.unpack(value or "")
    if record.id then records[#records + 1] = record end
    index = index + 1
  end
  table.sort(records, function(a, b)
    if a.batch ~= b.batch then return (a.batch or "") < (b.batch or "") end
    return (tonumber(a.number) or 0) < (tonumber(b.number) or 0)
  end)
  return records
end

function store.put(project, record)
  reaper.SetProjExtState(project, SECTION, record.id, store.pack(record))
  reaper.MarkProjectDirty(project)
end

function store.drop(project, record)
  reaper.SetProjExtState(project, SECTION, record.id, "")
  reaper.MarkProjectDirty(project)
end

return store
