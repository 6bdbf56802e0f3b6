-- Which project a tab has. REAPER may give a project that is opened in the tab of another one the same pointer, so that each
-- project with records has an id of its own (ProjExtState).

local projects = {}

local SECTION, KEY = "takevoice_project", "id"

local seen = {} -- by pointer: what was there when we last looked: id, file, track

-- Returns the path of the project's file; "" before it is saved.
function projects.file(project)
  local index = 0
  while true do
    local each, path = reaper.EnumProjects(index)
    if not each then return "" end
    if each == project then return path or "" end
    index = index + 1
  end
end

local function id_of(project)
  local _, id = reaper.GetProjExtState(project, SECTION, KEY)
  return id or ""
end

-- Gives the project an id if it has none.
function projects.mark(project)
  if id_of(project) == "" then reaper.SetProjExtState(project, SECTION, KEY, reaper.genGuid("")) end
end

local function first_track(project)
  local track = reaper.GetTrack(project, 0)
  return track and reaper.GetTrackGUID(track) or ""
end

-- True if the project, which has no id now, is the one that was seen before: undo may take an id away.
local function is_same(before, file, track)
  if not before or before.id == "" or before.file ~= file then return false end
  return file ~= "" or (track ~= "" and track == before.track)
end

-- Returns a text that is the same as long as the tab has the same project, also after undo and under another name.
function projects.key(project)
  local id, file, track = id_of(project), projects.file(project), first_track(project)
  if is_same(id == "" and seen[project] or nil, file, track) then
    id = seen[project].id
    reaper.SetProjExtState(project, SECTION, KEY, id)
  end
  seen[project] = { id = id, file = file, track = track }
  return tostring(project) .. " " .. (id ~= "" and id or file)
end

return projects
