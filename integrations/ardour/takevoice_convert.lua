ardour {
	["type"] = "EditorAction",
	name = "takevoice: Convert Selected Regions",
	license = "MIT",
	author = "takevoice",
	description = [[Converts the selected regions to another voice. The results are placed at the same positions in a new playlist of the track; the old playlist is kept.

The hook "takevoice: Results" must also be registered.]]
}

function factory ()
	return function ()
		local ok, problem = pcall (function ()
			local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
			local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
			takevoice.load ("convert") ("playlist")
		end)
		-- Ardour silently removes an action that raises an error.
		if not ok then io.stderr:write ("takevoice: ", tostring (problem), "\n") end
	end
end
