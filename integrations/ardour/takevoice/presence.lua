-- Whether takevoice runs, as far as requests that are under way show it.

local takevoice = ...
local handover = takevoice.load ("handover")
local presence = {}

local SILENCE = 4 -- seconds; it gives a sign of life every two

local since -- when a request was left for it, or it was last seen

-- Returns what is under way by request id, and true if takevoice does not run. `is_any_open`: a request has no answer yet.
function presence.look (is_any_open)
	local requests, beat = handover.progress ()
	local now = os.time ()
	if not is_any_open then
		since = nil
		return requests, false
	end
	since = math.max (since or now, beat or 0)
	return requests, now - since > SILENCE
end

return presence
