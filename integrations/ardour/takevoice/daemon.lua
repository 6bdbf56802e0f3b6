-- Sends OSC messages to the daemon.

local takevoice = ...
local state_dir = takevoice.load ("state_dir")
local daemon = {}

-- True if a daemon has written its address; it may have been killed since.
function daemon.has_address () return state_dir.osc_address () ~= nil end

-- Sends strings to an OSC address, if there is a daemon to send them to.
function daemon.send (address, ...)
	local host, port = state_dir.osc_address ()
	if not host then return end
	-- Ardour's OSC library cannot send to ::1; a daemon that listens on all addresses receives this too.
	if host == "::1" then host = "127.0.0.1" end
	ARDOUR.LuaOSC.Address (("osc.udp://%s:%d"):format (host, port)):send (address, ("s"):rep (select ("#", ...)), ...)
end

return daemon
