ardour {
	["type"] = "EditorAction",
	name = "takevoice: Convert Selected Regions to New Tracks",
	license = "MIT",
	author = "takevoice",
	description = [[Converts the selected regions to another voice. Each comes back at its own position, on a new track beside its own.

The hook "takevoice: Results" must be registered too.]]
}

function factory ()
	return function ()
		local ok, problem = pcall (function ()
			local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
			local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
			takevoice.load ("convert") ("track")
		end)
		-- An error that escapes would silently take the action out of the menu.
		if not ok then io.stderr:write ("takevoice: ", tostring (problem), "\n") end
	end
end
