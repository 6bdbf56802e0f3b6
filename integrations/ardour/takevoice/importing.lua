-- Imports the sounds of results, as many in a tick as leave the editor time.

local takevoice = ...
local sources = takevoice.load ("sources")
local importing = {}

local BUDGET = 80000 -- microseconds

local function next_sound (record)
	for _, sound in ipairs (record.sounds) do
		if not sound.whole then return sound end
	end
end

local function import (record, deadline)
	local sound = next_sound (record)
	while sound and ARDOUR.LuaAPI.monotonic_time () < deadline do
		sound.whole = sources.import (sound.path)
		sound = next_sound (record)
	end
	if not sound then record.ready_at = os.time () end
end

-- Imports sounds of records that have their results. A record is ready when all its sounds are there. Returns what went wrong,
-- by record.
function importing.run (records)
	local problems, deadline = {}, ARDOUR.LuaAPI.monotonic_time () + BUDGET
	for _, record in ipairs (records) do
		if record.sounds and not record.ready_at then
			local ok, problem = pcall (import, record, deadline)
			if not ok then problems[record] = problem end
		end
	end
	return problems
end

return importing
