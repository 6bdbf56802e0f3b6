ardour {
	["type"] = "EditorAction",
	name = "takevoice: Status",
	license = "MIT",
	author = "takevoice",
	description = [[Shows the conversions of this session that are in progress. Releases or drops held ones, and cancels the others.]]
}

function factory ()
	return function ()
		local ok, problem = pcall (function ()
			local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
			local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
			takevoice.load ("status") ()
		end)
		-- Ardour silently removes an action that raises an error.
		if not ok then io.stderr:write ("takevoice: ", tostring (problem), "\n") end
	end
end
