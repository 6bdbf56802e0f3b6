-- What the user reads.

local tell = {}

tell.NOT_RUNNING = "takevoice is not running, so nothing has been converted and nothing has been changed.\n\n"
  .. "Start it in a terminal with\n    takevoice run FOLDER\nand try again. (FOLDER is any folder, such as the one you render to.)"

-- The answer to a key press: waits for a click.
function tell.box(text) reaper.ShowMessageBox(text, "takevoice", 0) end

-- True for yes.
function tell.asks(text) return reaper.ShowMessageBox(text, "takevoice", 4) == 6 end

-- What comes later must not stand in the way of whatever the user does by then: the console does not wait.
function tell.say(text) reaper.ShowConsoleMsg("takevoice: " .. text .. "\n") end

-- A word in REAPER's own help line, below the tracks.
local shown = ""
function tell.progress(text)
  if text == shown then return end
  shown = text
  reaper.Help_Set(text, false)
end

return tell
