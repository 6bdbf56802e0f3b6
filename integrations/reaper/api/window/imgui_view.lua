-- The same widgets as gfx_view with ReaImGui, an extension. Only calls that all its versions have.

local takevoice = ...
local numbers = takevoice.load("numbers")
local imgui_view = {}

local WIDTH, HEIGHT = 540, 440
local FULL_WIDTH = -1

local context
local typed = {} -- texts that are being edited, by label
local view = {}

-- Begins a frame. Returns false once the user has closed the window, and whether it is visible: while it is collapsed, or behind
-- others in a docker, ReaImGui has ended it already, and nothing may be drawn (ReaImGui's definitions, Begin).
function view.begin()
  reaper.ImGui_SetNextWindowSize(context, WIDTH, HEIGHT, reaper.ImGui_Cond_FirstUseEver())
  local visible, open = reaper.ImGui_Begin(context, view.title, true)
  view.visible = visible
  if not open then
    view.finish()
    return false, false
  end
  return true, visible
end

function view.finish()
  if view.visible then reaper.ImGui_End(context) end
  view.visible = false
end

-- The context ends by itself when it is not used any more.
function view.close() context = nil end

function view.same_line() reaper.ImGui_SameLine(context) end
function view.text(text) reaper.ImGui_TextWrapped(context, text) end

function view.heading(text)
  reaper.ImGui_Separator(context)
  reaper.ImGui_Text(context, text)
end

function view.button(label) return reaper.ImGui_Button(context, label) end
function view.progress(fraction)
  reaper.ImGui_ProgressBar(context, fraction, FULL_WIDTH, 0, ("%d %%"):format(numbers.percent(fraction)))
end

local function pick(options, index)
  local picked
  for i, option in ipairs(options) do
    if reaper.ImGui_Selectable(context, ("%s##%d"):format(option, i), i == index) then picked = i end
  end
  return picked
end

function view.choice(label, options, index)
  if not reaper.ImGui_BeginCombo(context, label, options[index] or "") then return nil end
  local ok, picked = pcall(pick, options, index)
  reaper.ImGui_EndCombo(context) -- also after an error: what is not closed breaks the window
  if not ok then error(picked, 0) end
  return picked
end

-- Returns the text when the user has finished it. `hint` is shown in place of an empty text.
function view.field(label, text, hint)
  local changed, now = reaper.ImGui_InputTextWithHint(context, label, hint or "", typed[label] or text)
  if changed then typed[label] = now end
  if not reaper.ImGui_IsItemDeactivatedAfterEdit(context) then return nil end
  local result = typed[label]
  typed[label] = nil
  return result
end

function view.toggle(label, on)
  local changed, now = reaper.ImGui_Checkbox(context, label, on)
  if changed then return now end
end

function view.tabs(names, current)
  for i, name in ipairs(names) do
    if i > 1 then reaper.ImGui_SameLine(context) end
    if reaper.ImGui_Button(context, i == current and ("[%s]"):format(name) or name) then current = i end
  end
  return current
end

function imgui_view.open(title)
  context, typed = reaper.ImGui_CreateContext(title), {}
  view.title = title
  return view
end

return imgui_view
