-- Says that takes are held, in a line for all that are held for the same reason.

local takevoice = ...
local messages = takevoice.load ("messages")
local holding = {}

-- Returns the price of takes together, as " (109 credits)"; empty while it is unknown.
function holding.price (list, progress)
	local credits = 0
	for _, record in ipairs (list) do
		credits = credits + (progress[record.id] and tonumber (progress[record.id].credits) or 0)
	end
	return credits > 0 and (" (%d credits)"):format (math.ceil (credits)) or ""
end

-- Reasons that differ in their numbers alone are one.
local function by_reason (list)
	local groups, found = {}, {}
	for _, record in ipairs (list) do
		local reason = record.held:gsub ("%d[%d.,]*", "0")
		if not found[reason] then
			found[reason] = {}
			groups[#groups + 1] = found[reason]
		end
		table.insert (found[reason], record)
	end
	return groups
end

local function line (group, progress)
	local first = group[1]
	if #group == 1 then return messages.held (first.name, first.held) end
	return ('%d takes are held%s. %s: %s. The others likewise. "takevoice: Status" releases or drops them.'):format (
		#group, holding.price (group, progress), first.name, (first.held:gsub ("%.$", "")))
end

-- Returns the lines for records that are held.
function holding.lines (list, progress)
	local lines = {}
	for i, group in ipairs (by_reason (list)) do lines[i] = line (group, progress) end
	return lines
end

return holding
