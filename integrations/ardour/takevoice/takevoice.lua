-- Loads the modules in this folder, each once. Called with the folder's path; `settings.lua`, written by
-- `takevoice install ardour`, holds the path of the state dir.

local folder = ...
local takevoice = { editor = "ardour", folder = folder, join = ARDOUR.LuaAPI.build_filename }

local loaded, count = {}, 0

function takevoice.load (name)
	if loaded[name] == nil then
		loaded[name] = assert (loadfile (takevoice.join (folder, name .. ".lua"))) (takevoice)
	end
	return loaded[name]
end

function takevoice.unique ()
	count = count + 1
	return ("%d-%d-%d"):format (os.time (), ARDOUR.LuaAPI.monotonic_time () % 1000000000, count)
end

takevoice.settings = takevoice.load ("settings")

return takevoice
