-- Requests for conversions, and their results.

local takevoice = ...
local handover = takevoice.load ("handover")
local names = takevoice.load ("names")
local state_dir = takevoice.load ("state_dir")
local asking = {}

-- Asks for the conversion of a record's sound, as `sound.of` or `bouncing.run` returns it. The same id twice is one
-- request. Raises a message.
function asking.ask (record, found)
	handover.ask ({
		id = record.id,
		address = "/takevoice/convert",
		path = found.path,
		cut = found.start and {
			start = found.start, length = found.length, handle = found.handle, channels = found.channels,
		} or nil,
		name = names.plain (record.name, record.from_voice),
		track = record.track_name,
		session = Session:name (),
		temporary = found.temporary,
	})
end

function asking.result (record) return state_dir.result (record.id) end

-- Returns the text of a result in a few words: without the file's path and the commands for a terminal.
function asking.why (result)
	local text, path = result.text or result.code or "", (result.path or "") .. ": "
	if text:sub (1, #path) == path then text = text:sub (#path + 1) end
	return (text:gsub ("[;:] `.*$", ""))
end

-- Returns why a request is held, or nil if it is not.
function asking.why_held (record)
	local result = asking.result (record)
	return result and result.state == "held" and asking.why (result) or nil
end

-- Removes what takevoice has kept for the session of a request that has ended. Candidates stay, because another one can be
-- picked later.
function asking.forget (record)
	if record.sounds and record.sounds[1].number then return end
	state_dir.remove_result (record.id)
	if record.output and record.state ~= "export" then
		os.remove (record.output)
		os.remove (state_dir.handover (record.id)) -- the folder, where the system can do that
	end
end

return asking
