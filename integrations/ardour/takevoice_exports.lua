ardour {
	["type"] = "EditorHook",
	name = "takevoice: Exports",
	license = "MIT",
	author = "takevoice",
	description = [[Notifies takevoice of each exported file, so that files in watched folders are converted at once.

With "Re-Import" enabled in the export format, the converted file is imported, too, at the start of the export.]]
}

function signals ()
	local set = LuaSignal.Set ()
	set:add ({ [LuaSignal.Exported] = true })
	return set
end

function factory ()
	return function (_, _, ...)
		local ok, problem = pcall (function (...)
			local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
			local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
			takevoice.load ("exported") (...)
		end, ...)
		-- Ardour silently unregisters a hook that raises an error.
		if not ok then io.stderr:write ("takevoice: ", tostring (problem), "\n") end
	end
end
