-- The action that converts the files of the last render. REAPER has no hook for the end of a render.

local takevoice = ...
local daemon = takevoice.load("daemon")
local files = takevoice.load("files")
local ids = takevoice.load("ids")
local listener = takevoice.load("listener")
local messages = takevoice.load("messages")
local store = takevoice.load("store")
local ui = takevoice.load("ui")

local function info(project, name)
  local _, text = reaper.GetSetProjectInfo_String(project, name, "", false)
  return text or ""
end

-- Returns the files of the last render; in an older REAPER, those that the render settings would write.
local function rendered(project)
  local paths = {}
  for path in (";" .. info(project, "RENDER_STATS")):gmatch(";FILE:([^;]+)") do paths[#paths + 1] = path end
  if #paths == 0 then
    for path in info(project, "RENDER_TARGETS"):gmatch("[^;]+") do paths[#paths + 1] = path end
  end
  local existing = {}
  for _, path in ipairs(paths) do
    if files.exists(path) then existing[#existing + 1] = path end
  end
  return existing
end

return function()
  if not daemon.has_address() then return ui.alert(messages.NOT_RUNNING) end
  local project = reaper.EnumProjects(-1)
  local paths, batch = rendered(project), os.time() .. "-" .. ids.new()
  if #paths == 0 then return ui.alert("Nothing has been rendered from this project yet, or the files no longer exist.") end
  for number, path in ipairs(paths) do
    store.put(project, {
      id = ids.new(), state = "new", kind = "file", batch = batch, number = number,
      path = path, name = path:match("[^/\\]*$"),
    })
  end
  listener.ensure_running()
end
