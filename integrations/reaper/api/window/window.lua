-- The window: drawn by the listener in each tick while it is open, with ReaImGui if it is installed, else with REAPER's
-- own graphics.

local takevoice = ...
local files = takevoice.load("files")
local listener = takevoice.load("listener")
local ui = takevoice.load("ui")
local window = {}

local SECTION, KEY, COMMAND = "takevoice", "window", "window_command"
local MAIN = 0 -- the section of the action list
local TITLE = "takevoice"
local PAGES = {
  { name = "Under way", draw = takevoice.load("window/page_jobs") },
  { name = "Convert", draw = takevoice.load("window/page_convert") },
  { name = "Casting", draw = takevoice.load("window/page_casting") },
  { name = "Preferences", draw = takevoice.load("window/page_preferences") },
}

local view -- while it is open
local page = 1

-- Shows in the action list and in toolbars whether the window is open.
local function show_state(on)
  local command = tonumber(reaper.GetExtState(SECTION, COMMAND))
  if not command then return end
  reaper.SetToggleCommandState(MAIN, command, on and 1 or 0)
  reaper.RefreshToolbar2(MAIN, command)
end

-- The action: opens the window, or closes it.
function window.open()
  local command = select(4, reaper.get_action_context())
  reaper.SetExtState(SECTION, COMMAND, ("%d"):format(command), false)
  local is_open = reaper.GetExtState(SECTION, KEY) ~= ""
  if is_open then return reaper.DeleteExtState(SECTION, KEY, false) end
  reaper.SetExtState(SECTION, KEY, "open", false)
  listener.ensure_running()
end

function window.close()
  if view then
    view.close()
    show_state(false)
  end
  view = nil
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
  if not view.begin() then return window.close() end
  local ok, problem = pcall(function()
    page = view.tabs(names(), page)
    PAGES[page].draw(view, workers)
  end)
  if not ok then view.text(files.plain_error(problem)) end
  view.finish()
end

return window
