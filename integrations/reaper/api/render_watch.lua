-- Converts what REAPER renders, while the user has switched it on. The listener looks whether the project's list of rendered
-- files has changed. Conversions may cost money: it is off when REAPER starts and once the listener has ended, so that what
-- the action's button shows is what happens.

local takevoice = ...
local actions = takevoice.load("actions")
local file_prints = takevoice.load("file_prints")
local last_render = takevoice.load("last_render")
local listener = takevoice.load("listener")
local projects = takevoice.load("projects")
local ui = takevoice.load("ui")
local render_watch = {}

local SECTION, KEY = "takevoice", "renders"
local SCRIPT = "takevoice_convert_renders_on_off.lua"

local seen = {} -- by project and file: REAPER's list of what was rendered (mark), and what the files were like (prints)
local rendering = {} -- by project and file: REAPER renders, or has rendered since the last look

function render_watch.is_on() return reaper.GetExtState(SECTION, KEY) == "on" end

-- REAPER gives a project that is opened in the same tab the same pointer.
local function key_of(project) return tostring(project) .. " " .. projects.file(project) end

-- Notes that REAPER is rendering the project.
function render_watch.renders(project) rendering[key_of(project)] = true end

-- Returns the files that were rendered since the last look. A file that was rendered again may have the same entry in REAPER's
-- list: then it counts if it is as long as it was, and something else. One that is shorter is a render that was cancelled.
local function new_files(project, before, now, was_rendering)
  if now.mark ~= before.mark then return now.mark ~= "" and last_render.files(project) or {} end
  local list = {}
  for path, was in pairs(was_rendering and before.prints or {}) do
    local is = now.prints[path]
    if is and is.size == was.size and is.sum ~= was.sum then list[#list + 1] = path end
  end
  table.sort(list)
  return list
end

-- What was rendered before the watch was on, or before the project was seen, is not converted.
function render_watch.look(project)
  if not render_watch.is_on() then
    seen, rendering = {}, {}
    return
  end
  local key, mark = key_of(project), last_render.mark(project)
  local before, was_rendering = seen[key], rendering[key]
  if before and before.mark == mark and not was_rendering then return end
  seen[key] = { mark = mark, prints = file_prints.of(last_render.files(project)) }
  rendering[key] = nil
  local list = before and new_files(project, before, seen[key], was_rendering) or {}
  if #list > 0 then last_render.convert(project, list) end
end

-- Until REAPER or the listener ends.
function render_watch.set(on)
  if on then reaper.SetExtState(SECTION, KEY, "on", false) else reaper.DeleteExtState(SECTION, KEY, false) end
  actions.show(actions.command(SCRIPT), on)
end

-- Without the listener, no render is noticed.
function render_watch.listener_ends()
  if render_watch.is_on() then render_watch.set(false) end
end

-- The action that switches it on and off.
function render_watch.toggle()
  local on = not render_watch.is_on()
  if on then listener.ensure_running() end
  render_watch.set(on)
  ui.log(on and "renders are converted from now on, until REAPER ends" or "renders are no longer converted")
end

return render_watch
