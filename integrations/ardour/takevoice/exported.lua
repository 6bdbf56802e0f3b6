-- The Exported hook: called for each file of an export, once it is complete.

local takevoice = ...

-- `start`: the timeline position of the file's first sample.
return function (span, path, reimport, start)
	local daemon = takevoice.daemon ()
	if not daemon then return end
	local id = takevoice.new_id ("export")
	if reimport then
		takevoice.add ({ {
			id = id, state = "export", mode = "track", batch = id, path = path,
			name = span, track_name = span, position = math.floor (start), length = 0,
		} })
	end
	takevoice.send (daemon, "/takevoice/rendered", id, path, tostring (math.floor (start)))
end
