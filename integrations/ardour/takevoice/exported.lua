-- The hook for exports: called for each exported file, once it is complete.

local takevoice = ...
local handover = takevoice.load ("handover")
local ids = takevoice.load ("ids")
local pending = takevoice.load ("pending")
local stems = takevoice.load ("stems")

-- `start`: the timeline position of the file's first sample.
return function (span, path, reimport, start)
	local id = ids.new ("export")
	if reimport then
		local name = stems.track_of (path, span) or span
		pending.add ({ {
			id = id, state = "export", mode = "track", batch = id, path = path,
			name = name, track_name = name, position = math.floor (start),
		} })
	end
	handover.ask ({ id = id, address = "/takevoice/rendered", path = path, start = ("%d"):format (start) })
end
