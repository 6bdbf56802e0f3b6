-- Messages to the user.

local ui = {}

-- Shows a message box and waits for a click. Only for answers to a key press.
function ui.alert(text) reaper.ShowMessageBox(text, "takevoice", 0) end

-- Asks a question; returns true for yes.
function ui.confirm(text) return reaper.ShowMessageBox(text, "takevoice", 4) == 6 end

-- Prints to the ReaScript console, which does not interrupt the user.
function ui.log(text) reaper.ShowConsoleMsg("takevoice: " .. text .. "\n") end

-- Shows a status in REAPER's help line, below the tracks.
local shown = ""
function ui.progress(text)
  if text == shown then return end
  shown = text
  reaper.Help_Set(text, false)
end

return ui
