-- The hook for exports: called for each exported file, once it is complete.

local takevoice = ...
local daemon = takevoice.load ("daemon")
local ids = takevoice.load ("ids")
local pending = takevoice.load ("pending")

-- `start`: the timeline position of the file's first sample.
return function (span, path, reimport, start)
	if not daemon.has_address () then return end
	local id = ids.new ("export")
	if reimport then
		pending.add ({ {
			id = id, state = "export", mode = "track", batch = id, path = path,
			name = span, track_name = span, position = math.floor (start), length = 0,
		} })
	end
	daemon.send ("/takevoice/rendered", id, path, tostring (math.floor (start)))
end
