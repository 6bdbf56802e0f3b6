-- What keeps takevoice from beginning: it is paused, or its backend is not available.

local waiting = {}

local STATES = { found = true, queued = true }
local GRACE = 4 -- seconds; what passes by itself is no news

local since

-- Returns a line that says why takes wait, or nil if they do not, or not for long. `progress`: as takevoice writes it.
function waiting.line (records, progress)
	local count, name, why = 0, nil, nil
	for _, record in ipairs (records) do
		local found = progress[record.id]
		if found and STATES[found.state] and found.text ~= "" then
			count, name, why = count + 1, name or record.name, why or found.text
		end
	end
	since = why and (since or os.time ())
	if not since or os.time () - since < GRACE then return nil end
	return count == 1 and ("%s waits: %s"):format (name, why) or ("%d takes wait: %s"):format (count, why)
end

return waiting
