-- The heartbeat of the hook "takevoice: Results". Actions check it: without the hook, no result would be imported.

local takevoice = ...
local files = takevoice.load ("files")
local heartbeat = {}

local INTERVAL = 5 -- seconds

local path = takevoice.join (takevoice.folder, "listening")
local last_beat = 0

-- Call it as often as you like; it writes once in an interval.
function heartbeat.beat ()
	local now = os.time ()
	if now - last_beat < INTERVAL then return end
	last_beat = now
	files.write (path, tostring (now))
end

function heartbeat.is_alive ()
	local last = tonumber (files.read (path) or "")
	return last ~= nil and os.time () - last <= 3 * INTERVAL
end

return heartbeat
