-- Messages that are the same in every editor.

local messages = {}

-- Requests that are files wait for the daemon.
function messages.waits(count)
  local what = count == 1 and "The take waits" or ("%d takes wait"):format(count)
  return ("takevoice is not running. %s and will be converted as soon as it runs.\n\n"):format(what)
    .. "Start it in a terminal with\n    takevoice run FOLDER\nFOLDER can be any folder, such as your export folder. "
    .. "If it does run, `takevoice doctor` shows why it is not reached."
end

function messages.held (name, reason)
  return ('%s is held: %s. "takevoice: Status" releases or drops it.'):format(name, (reason:gsub("%.$", "")))
end

function messages.not_converted(name, reason) return ("%s was not converted: %s"):format(name, reason) end

return messages
