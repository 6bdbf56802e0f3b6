-- The files of the last render, and the action that converts them. REAPER has no hook for the end of a render.

local takevoice = ...
local files = takevoice.load("files")
local ids = takevoice.load("ids")
local listener = takevoice.load("listener")
local look = takevoice.load("look")
local messages = takevoice.load("messages")
local requests = takevoice.load("requests")
local ui = takevoice.load("ui")
local last_render = {}

local function info(project, name)
  local _, text = reaper.GetSetProjectInfo_String(project, name, "", false)
  return text or ""
end

-- Returns the files of the last render that exist; in an older REAPER, those that the render settings would write.
function last_render.files(project)
  local paths, existing = {}, {}
  for path in (";" .. info(project, "RENDER_STATS")):gmatch(";FILE:([^;]+)") do paths[#paths + 1] = path end
  if #paths == 0 then
    for path in info(project, "RENDER_TARGETS"):gmatch("[^;]+") do paths[#paths + 1] = path end
  end
  for _, path in ipairs(paths) do
    if files.exists(path) then existing[#existing + 1] = path end
  end
  return existing
end

-- Returns a text that is another one after each render.
function last_render.mark(project) return info(project, "RENDER_STATS") end

-- Asks for the conversion of files; the results appear next to them.
function last_render.convert(project, paths)
  local batch, problems = ("%d-%s"):format(os.time(), ids.new()), {}
  for number, path in ipairs(paths) do
    local name = files.plain(files.stem(path))
    local record = { id = ids.new(), state = "asked", kind = "file", batch = batch, number = number, name = name }
    local ok, problem = pcall(requests.begin, project, record, { path = path })
    if not ok then problems[#problems + 1] = messages.not_converted(name, files.plain_error(problem)) end
  end
  look.now()
  listener.ensure_running()
  ui.list(problems)
end

function last_render.run()
  local project = reaper.EnumProjects(-1)
  local paths = last_render.files(project)
  if #paths == 0 then return ui.answer("Nothing has been rendered from this project yet, or the files no longer exist.") end
  last_render.convert(project, paths)
end

return last_render
