-- Names of converted regions: the original's, the voice, and the number of a candidate: "Line.ada", "Line.ada (2)". Ardour
-- counts up a number after a dot when it splits or copies a region, so the candidate's has none.

local names = {}

local function number_of (sound) return sound.number and (" (%d)"):format (sound.number) or "" end

-- Returns the name of a region without the voice that it has, if any, and the number of a candidate. What Ardour has counted up
-- when it was split stays.
function names.plain (name, voice)
	local first, last = name:find ("." .. (voice or ""), 1, true)
	if not voice or not first then return name end
	local rest = name:sub (last + 1):gsub ("^ %(%d+%)", "")
	if rest ~= "" and rest:sub (1, 1) ~= "." then return name end
	return name:sub (1, first - 1) .. rest
end

-- Returns the name of a converted region. One that was converted before has no second ending.
-- `sound`: { voice =, number = }, the number only of a candidate; `before`: the voice that the region has, if any.
function names.converted (name, sound, before)
	name = names.plain (name, before)
	local plain, ending = name:gsub (" %(%d+%)$", ""), "." .. sound.voice
	if plain:sub (-#ending) ~= ending then plain = name .. ending end
	return plain .. number_of (sound)
end

-- Returns the name of a region with the whole of a file, which has the voice already.
function names.whole (name, sound)
	local bare = sound.number and name:gsub ("%.%d+$", "") or name
	return bare .. number_of (sound)
end

-- Returns the name with another candidate in place of the one that it names; unchanged if the user has named it otherwise.
-- `take`: the name of the original; Ardour calls the halves of "Line.ada (1)" "Line.1" and "Line.2".
function names.exchanged (name, from, to, take)
	local ending = "." .. to.voice .. number_of (to)
	local first, last = name:find (("." .. from.voice .. number_of (from)), 1, true)
	if first then return name:sub (1, first - 1) .. ending .. name:sub (last + 1) end
	local is_half = name:sub (1, #take) == take and name:sub (#take + 1):find ("^%.%d+$")
	return is_half and name .. ending or name
end

return names
