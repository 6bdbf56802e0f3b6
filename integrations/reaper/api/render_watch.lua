-- Converts what REAPER renders, as long as the user has switched it on. The listener looks whether the project's list of
-- rendered files has changed.

local takevoice = ...
local last_render = takevoice.load("last_render")
local listener = takevoice.load("listener")
local ui = takevoice.load("ui")
local render_watch = {}

local SECTION, KEY = "takevoice", "render_watch"

local marks = {} -- by project

function render_watch.is_on() return reaper.GetExtState(SECTION, KEY) == "on" end

-- What was rendered before the watch was on, or before the project was seen, is left alone.
function render_watch.look(project)
  if not render_watch.is_on() then
    marks = {}
    return
  end
  local mark, before = last_render.mark(project), marks[project]
  marks[project] = mark
  if before and mark ~= before and mark ~= "" then last_render.convert(project, last_render.files(project)) end
end

function render_watch.set(on) reaper.SetExtState(SECTION, KEY, on and "on" or "", true) end

-- The action that switches it on and off.
function render_watch.toggle()
  local on = not render_watch.is_on()
  render_watch.set(on)
  local _, _, section, command = reaper.get_action_context()
  reaper.SetToggleCommandState(section, command, on and 1 or 0)
  reaper.RefreshToolbar2(section, command)
  if on then listener.ensure_running() end
  ui.log(on and "renders are converted from now on" or "renders are no longer converted")
end

return render_watch
