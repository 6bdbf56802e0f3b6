ardour {
	["type"] = "EditorAction",
	name = "takevoice: Convert Selected Regions",
	license = "MIT",
	author = "takevoice",
	description = [[Converts the selected regions to another voice. Each comes back at its own position, in a new playlist of its track; the old playlist stays.

The hook "takevoice: Results" must be registered too.]]
}

function factory ()
	return function ()
		local ok, problem = pcall (function ()
			local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
			local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
			takevoice.load ("convert") ("playlist")
		end)
		-- An error that escapes would silently take the action out of the menu.
		if not ok then io.stderr:write ("takevoice: ", tostring (problem), "\n") end
	end
end
