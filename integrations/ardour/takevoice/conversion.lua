-- The way of a record: new (its sound is not asked for yet), asked, received (its sounds can be imported), and gone. Exports begin in the
-- middle, as "export". Nothing here waits.

local takevoice = ...
local asking = takevoice.load ("asking")
local bouncing = takevoice.load ("bouncing")
local handover = takevoice.load ("handover")
local messages = takevoice.load ("messages")
local origins = takevoice.load ("origins")
local regions = takevoice.load ("regions")
local sound = takevoice.load ("sound")
local sounds = takevoice.load ("sounds")
local conversion = {}

local function ask (record)
	local region = regions.by_id (record.region)
	if not region then error (messages.not_converted (record.name, "its region was removed before it could be read"), 0) end
	local found = not record.open and sound.of (region) or bouncing.run (record, region)
	if not found then return end
	record.start = region:start ():samples ()
	origins.note (record, found)
	asking.ask (record, found)
	record.state = "asked"
	return true
end

local function receive (record)
	local result = asking.result (record)
	-- A take of which a person is to pick a candidate has all that it can have: the person picks it in Ardour.
	local is_there = result and (result.state == "done" or result.code == "pick")
	if not result or (result.state == "held" and not is_there) then
		local why = result and asking.why_held (record) or nil
		local is_new = why ~= record.held
		record.held = why
		return is_new
	end
	record.held = nil
	if result.state == "cancelled" or (record.state == "export" and result.code == "not_watched") then
		record.ended = true
	elseif not is_there then
		error (messages.not_converted (record.name, asking.why (result)), 0)
	else
		record.output, record.voice, record.head = result.output, result.voice, result.head
		record.sounds = sounds.of (result)
	end
	return true
end

-- Passes on what the user has decided about another record. A request that takevoice has not seen is taken back.
local function tell (record)
	if record.address == "/takevoice/cancel" and handover.withdraw (record.request) then
		record.ended, record.withdrawn = true, true
		return true
	end
	local job = tonumber (record.job)
	handover.ask ({
		id = record.id, address = record.address, job = job and math.floor (job), request = not job and record.request or nil,
	})
	record.state = "told"
	return true
end

local function hear (record)
	local result = asking.result (record)
	if not result then return false end
	if result.state ~= "done" then error (("%s: %s"):format (record.name, asking.why (result)), 0) end
	record.ended = true
	return true
end

-- Takes a step. Returns true if the record has changed. Raises a message if the record cannot go on.
function conversion.advance (record, progress)
	if record.sounds then return false end
	if record.state == "new" then return ask (record) end
	if record.state == "tell" then return tell (record) end
	if record.state == "told" then return hear (record) end
	-- What is under way has no result, unless it is held.
	local under_way = progress[record.id]
	if under_way and under_way.state ~= "held" then
		local was_held = record.held
		record.held = nil
		return was_held ~= nil
	end
	return receive (record)
end

return conversion
