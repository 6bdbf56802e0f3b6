-- Request ids that no other request has. Letters, digits and - only: they are file names, too.

local ids = {}

function ids.new() return "reaper-" .. reaper.genGuid(""):gsub("[{}]", ""):lower() end

return ids
