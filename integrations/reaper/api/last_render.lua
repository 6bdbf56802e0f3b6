-- The action: has the files of the last render converted. REAPER has no hook for the end of a render.

local takevoice = ...
local daemon = takevoice.load("daemon")
local files = takevoice.load("files")
local ids = takevoice.load("ids")
local listener = takevoice.load("listener")
local store = takevoice.load("store")
local tell = takevoice.load("tell")

local function info(project, name)
  local _, text = reaper.GetSetProjectInfo_String(project, name, "", false)
  return text or ""
end

-- What was written last; of an older REAPER, what the render settings would write.
local function rendered(project)
  local paths = {}
  for path in (";" .. info(project, "RENDER_STATS")):gmatch(";FILE:([^;]+)") do paths[#paths + 1] = path end
  if #paths == 0 then
    for path in info(project, "RENDER_TARGETS"):gmatch("[^;]+") do paths[#paths + 1] = path end
  end
  local there = {}
  for _, path in ipairs(paths) do
    if files.exists(path) then there[#there + 1] = path end
  end
  return there
end

return function()
  if not daemon.where() then return tell.box(tell.NOT_RUNNING) end
  local project = reaper.EnumProjects(-1)
  local paths, batch = rendered(project), os.time() .. "-" .. ids.new()
  if #paths == 0 then return tell.box("Nothing has been rendered from this project yet, or the files are gone.") end
  for number, path in ipairs(paths) do
    store.put(project, {
      id = ids.new(), state = "new", kind = "file", batch = batch, number = number,
      path = path, name = path:match("[^/\\]*$"),
    })
  end
  listener.ensure()
end
