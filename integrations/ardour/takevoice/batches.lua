-- The records of one key press are placed together, so that one undo step takes all of them back.

local batches = {}

local PATIENCE = 30 -- seconds that what is ready waits for another one

local function is_open (record) return not record.ready_at and not record.held and not record.ended end

-- Returns the records that can be placed now.
function batches.ready (records)
	local open, newest = {}, {}
	for _, record in ipairs (records) do
		if is_open (record) then open[record.batch] = true end
		if record.ready_at then newest[record.batch] = math.max (newest[record.batch] or record.ready_at, record.ready_at) end
	end
	local list, now = {}, os.time ()
	for _, record in ipairs (records) do
		local waits = open[record.batch] and newest[record.batch] and now - newest[record.batch] < PATIENCE
		if record.ready_at and not waits then list[#list + 1] = record end
	end
	return list
end

-- Returns how many takes wait for an answer, and how many are held.
function batches.count (records)
	local open, held = 0, 0
	for _, record in ipairs (records) do
		local is_asked = record.state == "asked" or record.state == "export"
		if record.held then
			held = held + 1
		elseif is_asked and is_open (record) then
			open = open + 1
		end
	end
	return open, held
end

return batches
