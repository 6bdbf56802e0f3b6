-- ardour7-lua register.lua OUT ACTION.lua... hooks: HOOK.lua...
-- Writes what Ardour keeps of registered scripts, a line of hex for all actions, then one for each hook.

local function record (path)
	local file = assert (io.open (path))
	local source = file:read ("a")
	file:close ()
	local sandbox = setmetatable ({ ardour = function () end }, { __index = _G })
	assert (load (source, "@" .. path, "t", sandbox)) ()
	return ("{ n = %q, s = %q, f = %q, a = {} }"):format (path, source, string.dump (sandbox.factory, true))
end

local function hex (text) return (text:gsub (".", function (c) return ("%02x"):format (c:byte ()) end)) end

local actions, hooks, list = { "scripts = {}" }, {}, nil
for i = 2, #arg do
	if arg[i] == "hooks:" then
		list = hooks
	elseif list then
		hooks[#hooks + 1] = hex ("s = " .. record (arg[i]))
	else
		actions[#actions + 1] = ("scripts[%d] = %s"):format (i - 1, record (arg[i]))
	end
end
local out = assert (io.open (arg[1], "w"))
out:write (hex (table.concat (actions, "\n")), "\n", table.concat (hooks, "\n"), "\n")
out:close ()
