ardour {
	["type"] = "EditorHook",
	name = "takevoice: Results",
	license = "MIT",
	author = "takevoice",
	description = [[Sends the regions chosen with "takevoice: Convert Selected Regions" to takevoice, and imports the results as they arrive.]]
}

function signals ()
	local set = LuaSignal.Set ()
	set:add ({ [LuaSignal.LuaTimerDS] = true, [LuaSignal.SetSession] = true })
	return set
end

function factory ()
	local ok, tick = pcall (function ()
		local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
		local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
		return takevoice.load ("results")
	end)
	if not ok then io.stderr:write ("takevoice: ", tostring (tick), "\n") end
	return function (signal)
		if not ok then return end
		local fine, problem = pcall (tick, signal)
		-- Ardour silently unregisters a hook that raises an error.
		if not fine then io.stderr:write ("takevoice: ", tostring (problem), "\n") end
	end
end
