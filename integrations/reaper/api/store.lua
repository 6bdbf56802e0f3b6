-- Records of conversions in progress, kept in their project (ProjExtState), so that they survive closing it.

local takevoice = ...
local projects = takevoice.load("projects")
local records = takevoice.load("records")

local SECTION = "takevoice"
local store = {}

function store.pack(record) return records.pack(record, "&") end
function store.unpack(text) return records.unpack(text, "&") end

-- Returns the records by batch and number.
function store.list(project)
  local list, index = {}, 0
  while true do
    local more, key = reaper.EnumProjExtState(project, SECTION, index)
    if not more then break end
    -- EnumProjExtState cuts off what is longer than 4 KB.
    local _, value = reaper.GetProjExtState(project, SECTION, key)
    local record = store.unpack(value or "")
    if record.id then list[#list + 1] = record end
    index = index + 1
  end
  return store.sorted(list)
end

function store.sorted(list)
  table.sort(list, function(a, b)
    if a.batch ~= b.batch then return (a.batch or "") < (b.batch or "") end
    return (tonumber(a.number) or 0) < (tonumber(b.number) or 0)
  end)
  return list
end

function store.put(project, record)
  projects.mark(project)
  reaper.SetProjExtState(project, SECTION, record.id, store.pack(record))
  reaper.MarkProjectDirty(project)
end

function store.remove(project, record)
  reaper.SetProjExtState(project, SECTION, record.id, "")
  reaper.MarkProjectDirty(project)
end

return store
