-- Key presses for regions that are being converted already: there is nothing more to ask for.

local repeats = {}

local IN_PROGRESS = { new = true, asked = true }
local ENDINGS = { ["/takevoice/cancel"] = true, ["/takevoice/drop"] = true }

-- True if all that a record wants of its region was asked for with an earlier one.
local function covers (earlier, record)
	local earlier_start, start = tonumber (earlier.start), tonumber (record.start)
	if not earlier_start or not start then return false end
	return earlier_start <= start and start + tonumber (record.length) <= earlier_start + tonumber (earlier.length)
end

local function is_being_ended (record, list)
	for _, each in ipairs (list) do
		if each.request == record.id and ENDINGS[each.address] then return true end
	end
	return false
end

-- Returns the record of a list that will put its result where that of a new record would go, or nil.
function repeats.earlier (record, list)
	for _, each in ipairs (list) do
		if each.region == record.region and each.mode == record.mode and IN_PROGRESS[each.state]
			and covers (each, record) and not is_being_ended (each, list) then
			return each
		end
	end
end

return repeats
