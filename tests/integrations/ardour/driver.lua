ardour { ["type"] = "EditorHook", name = "Driver", description = "For tests: runs the file that they leave, ten times a second looks for it." }

function signals ()
	local set = LuaSignal.Set ()
	set:add ({ [LuaSignal.LuaTimerDS] = true })
	return set
end

function factory ()
	local folder = os.getenv ("STUDIO")
	local function json (value)
		if type (value) == "table" then
			local parts = {}
			for i, each in ipairs (value) do parts[i] = json (each) end
			return "[" .. table.concat (parts, ",") .. "]"
		elseif type (value) == "string" then
			return '"' .. value:gsub ('[%c"\\]', function (c) return ("\\u%04x"):format (c:byte ()) end) .. '"'
		end
		return tostring (value)
	end
	return function ()
		local file = io.open (folder .. "/command.lua")
		if not file then return end
		local source = file:read ("a")
		file:close ()
		os.remove (folder .. "/command.lua")
		local chunk, problem = load (source, "command")
		local ok, value
		if chunk then ok, value = pcall (chunk) else ok, value = false, problem end
		local answer = ok and (value == nil and "{}" or '{"value":' .. json (value) .. "}") or '{"problem":' .. json (tostring (value)) .. "}"
		local out = io.open (folder .. "/answer.part", "w")
		out:write (answer)
		out:close ()
		os.rename (folder .. "/answer.part", folder .. "/answer.json")
	end
end
