ardour {
	["type"] = "EditorHook",
	name = "takevoice: Exports",
	license = "MIT",
	author = "takevoice",
	description = [[Tells takevoice of every exported file, so that one in a watched folder is converted at once. With "Re-Import" ticked in the export format, the converted file is imported too, where the export began.]]
}

function signals ()
	local set = LuaSignal.Set ()
	set:add ({ [LuaSignal.Exported] = true })
	return set
end

function factory ()
	return function (signal, ref, ...)
		local ok, problem = pcall (function (...)
			local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
			local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
			takevoice.load ("exported") (...)
		end, ...)
		-- An error that escapes would silently unregister the hook.
		if not ok then io.stderr:write ("takevoice: ", tostring (problem), "\n") end
	end
end
