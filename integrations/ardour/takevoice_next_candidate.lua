ardour {
	["type"] = "EditorAction",
	name = "takevoice: Next Candidate",
	license = "MIT",
	author = "takevoice",
	description = [[Puts the next candidate into the place of each selected region that takevoice has converted several times, and picks it.

The hook "takevoice: Results" must also be registered.]]
}

function factory ()
	return function ()
		local ok, problem = pcall (function ()
			local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
			local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
			takevoice.load ("candidates").next ()
		end)
		-- Ardour silently removes an action that raises an error.
		if not ok then io.stderr:write ("takevoice: ", tostring (problem), "\n") end
	end
end
