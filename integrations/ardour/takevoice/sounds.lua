-- The sounds of a result: one, or one for each candidate that is there.

local sounds = {}

local function whole (number) return math.floor (tonumber (number) or 0) end

-- Returns { path =, voice =, number =, job =, picked = } for each candidate of a result, in their order; without candidates,
-- { path =, voice = } alone.
function sounds.of (result)
	local list = {}
	for _, row in ipairs (type (result.candidates) == "table" and result.candidates or {}) do
		if type (row.path) == "string" and row.path ~= "" then
			list[#list + 1] = {
				path = row.path, voice = row.voice, number = whole (row.number), job = whole (row.job),
				picked = whole (row.picked) == 1,
			}
		end
	end
	table.sort (list, function (a, b) return a.number < b.number end)
	return #list > 0 and list or { { path = result.output, voice = result.voice } }
end

-- Returns the number of the candidate that is picked, or nil.
function sounds.picked (list)
	for _, each in ipairs (list) do
		if each.picked then return each.number end
	end
end

return sounds
