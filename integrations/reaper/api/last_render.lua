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

local MOST_SEMICOLONS = 8 -- in a path

local function info(project, name)
  local _, text = reaper.GetSetProjectInfo_String(project, name, "", false)
  return text or ""
end

local function fields(text)
  local list = {}
  for field in (text .. ";"):gmatch("([^;]*);") do list[#list + 1] = field end
  return list
end

-- Returns the file whose path begins with the field at `first`, and the number of the next field; nil if there is none. REAPER
-- separates paths by semicolons, which names can have, too: the longest path that exists is meant.
local function file_at(list, first, last)
  for stop = last, first, -1 do
    local path = table.concat(list, ";", first, stop)
    if files.exists(path) then return path, stop + 1 end
  end
  return nil, first + 1
end

-- RENDER_STATS: FILE:path;NAME:value;NAME:value;FILE:path ...
local function files_of_stats(text)
  local list = {}
  for entry in (";" .. text):gsub(";FILE:", "\0"):gmatch("%z([^%z]+)") do
    local parts = fields(entry)
    list[#list + 1] = file_at(parts, 1, #parts)
  end
  return list
end

-- RENDER_TARGETS: path;path ...
local function files_of_targets(text)
  local list, parts, at = {}, fields(text), 1
  while at <= #parts do list[#list + 1], at = file_at(parts, at, math.min(at + MOST_SEMICOLONS, #parts)) end
  return list
end

-- Returns the files of the last render that exist; in an older REAPER, those that the render settings would write.
function last_render.files(project)
  local stats = info(project, "RENDER_STATS")
  if stats:find("FILE:", 1, true) then return files_of_stats(stats) end
  return files_of_targets(info(project, "RENDER_TARGETS"))
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
