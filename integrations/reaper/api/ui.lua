-- Messages to the user. A box is shown only as an answer to a key press, and never while REAPER plays or records.

local takevoice = ...
local files = takevoice.load("files")
local ui = {}

local YES_NO, YES = 4, 6
local PLAYING, RECORDING = 1, 4 -- bits of GetPlayStateEx; 2 is paused
local HELP_INTERVAL = 1 -- seconds; the mouse takes the help line away

-- Prints to the ReaScript console, which does not interrupt the user.
function ui.log(text) reaper.ShowConsoleMsg("takevoice: " .. text .. "\n") end

-- True while REAPER plays or records; not while it is paused. `project` is that in front unless one is given.
function ui.is_rolling(project)
  local state = math.floor(reaper.GetPlayStateEx(project or (reaper.EnumProjects(-1))))
  return state & (PLAYING | RECORDING) ~= 0
end

-- Tells the user something that a key press led to.
function ui.answer(problem)
  local text = files.plain_error(problem)
  if ui.is_rolling() then ui.log(text) else reaper.ShowMessageBox(text, "takevoice", 0) end
end

-- Asks a question; returns true for yes. Never while REAPER plays.
function ui.confirm(text) return not ui.is_rolling() and reaper.ShowMessageBox(text, "takevoice", YES_NO) == YES end

-- Prints several messages as one list, equal ones with their number.
function ui.list(texts)
  if #texts == 0 then return end
  local counts, lines = {}, {}
  for _, text in ipairs(texts) do
    if not counts[text] then lines[#lines + 1] = text end
    counts[text] = (counts[text] or 0) + 1
  end
  for i, text in ipairs(lines) do
    if counts[text] > 1 then lines[i] = ("%s (%d times)"):format(text, counts[text]) end
  end
  if #lines > 1 then table.insert(lines, 1, ("%d messages:"):format(#lines)) end
  ui.log(table.concat(lines, "\n  "))
end

-- Shows a status in REAPER's help line, below the tracks.
local shown, shown_at = "", 0
function ui.progress(text)
  local now = reaper.time_precise()
  if text == shown and (text == "" or now - shown_at < HELP_INTERVAL) then return end
  shown, shown_at = text, now
  reaper.Help_Set(text, false)
end

return ui
