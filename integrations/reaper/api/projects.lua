-- Which project a tab has. REAPER may give a project that is opened in the tab of another one the same pointer, so that each
-- project with records has an id of its own (ProjExtState).

local files = (...).load("files")
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

-- Returns the name of the project's file; nil before it is saved.
function projects.name(project)
  local file = projects.file(project)
  return file ~= "" and files.stem(file) or nil
end

local function id_of(project)
  local _, id = reaper.GetProjExtState(project, SECTION, KEY)
  return id or ""
end

local function first_track(project)
  local track = reaper.GetTrack(project, 0)
  return track and reaper.GetTrackGUID(track) or ""
end

-- True if a project without the id that was seen before is the same all the same: undo may take an id away, and an action may
-- give it another one then.
local function is_same(before, file, track)
  if before.id == "" or before.file ~= file then return false end
  return file ~= "" or (track ~= "" and track == before.track)
end

-- Returns the id, which undo does not change; "" if there is none.
local function look(project)
  local id, file, track, before = id_of(project), projects.file(project), first_track(project), seen[project]
  if before and id ~= before.id and is_same(before, file, track) then
    id = before.id
    reaper.SetProjExtState(project, SECTION, KEY, id)
  end
  seen[project] = { id = id, file = file, track = track }
  return id
end

-- Gives the project an id if it has none.
function projects.mark(project)
  if look(project) ~= "" then return end
  reaper.SetProjExtState(project, SECTION, KEY, reaper.genGuid(""))
  look(project)
end

-- Returns a text that is the same as long as the tab has the same project, also after undo and under another name.
function projects.key(project)
  local id = look(project)
  return tostring(project) .. " " .. (id ~= "" and id or seen[project].file)
end

return projects
