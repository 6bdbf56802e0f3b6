-- The window: drawn by the listener in each tick while it is open, with ReaImGui if it is installed, else with REAPER's
-- own graphics.

local takevoice = ...
local actions = takevoice.load("actions")
local files = takevoice.load("files")
local listener = takevoice.load("listener")
local ui = takevoice.load("ui")
local window = {}

local SECTION, KEY = "takevoice", "window"
local SCRIPT = "takevoice_window.lua"
local TITLE = "takevoice"
local PAGES = {
  { name = "Under way", draw = takevoice.load("window/page_jobs") },
  { name = "Convert", draw = takevoice.load("window/page_convert") },
  { name = "Casting", draw = takevoice.load("window/page_casting") },
  { name = "Preferences", draw = takevoice.load("window/page_preferences") },
}

local view -- while it is open
local page = 1

local function show_state(on) actions.show(actions.command(SCRIPT), on) end

-- The action: opens the window, or closes it.
function window.open()
  local is_open = reaper.GetExtState(SECTION, KEY) ~= ""
  if is_open then return reaper.DeleteExtState(SECTION, KEY, false) end
  reaper.SetExtState(SECTION, KEY, "open", false)
  listener.ensure_running()
end

function window.close()
  local closing = view
  view = nil
  if closing then
    closing.close()
    show_state(false)
  end
  reaper.DeleteExtState(SECTION, KEY, false)
end

local function new_view()
  if reaper.ImGui_CreateContext then
    local ok, made = pcall(function() return takevoice.load("window/imgui_view").open(TITLE) end)
    if ok then return made end
    ui.log("ReaImGui cannot be used: " .. files.plain_error(made))
  end
  return takevoice.load("window/gfx_view").open(TITLE)
end

local function names()
  local list = {}
  for i, each in ipairs(PAGES) do list[i] = each.name end
  return list
end

local function draw_page(workers)
  page = view.tabs(names(), page)
  PAGES[page].draw(view, workers)
end

-- Returns false once the user has closed the window. An error of a page is shown in it; what can still be ended is ended, so
-- that the error is raised here and not in REAPER.
local function draw_frame(workers)
  local is_open, is_visible = view.begin()
  if not is_open or not is_visible then return is_open end
  local ok, problem = pcall(draw_page, workers)
  if not ok then ok = pcall(view.text, files.plain_error(problem)) end
  local is_ended, trouble = pcall(view.finish)
  if not ok or not is_ended then error(problem or trouble, 0) end
  return true
end

-- Draws the window if it is open. `workers` are the conversions of the project in front.
function window.draw(workers)
  if reaper.GetExtState(SECTION, KEY) == "" then
    if view then window.close() end
    return
  end
  if not view then
    view = new_view()
    show_state(true)
  end
  local ok, is_open = pcall(draw_frame, workers)
  if not ok then ui.log("the window had to be closed: " .. files.plain_error(is_open)) end
  if not ok or not is_open then window.close() end
end

return window
