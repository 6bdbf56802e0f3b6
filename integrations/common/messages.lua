-- Messages that are the same in every editor.

local messages = {}

messages.NOT_RUNNING = "takevoice is not running. Nothing was converted and nothing was changed.\n\n"
  .. "Start it in a terminal with\n    takevoice run FOLDER\nand try again. FOLDER can be any folder, such as your export folder."

function messages.not_converted(name, reason) return ("%s was not converted: %s"):format(name, reason) end

return messages
