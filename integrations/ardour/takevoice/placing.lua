-- Puts converted regions into the places of their originals, all in one undo step.

local takevoice = ...
local carrying = takevoice.load ("carrying")
local fades = takevoice.load ("fades")
local names = takevoice.load ("names")
local places = takevoice.load ("places")
local regions = takevoice.load ("regions")
local sound = takevoice.load ("sound")
local sources = takevoice.load ("sources")
local undoing = takevoice.load ("undoing")
local placing = {}

-- Returns a region with the part of the converted sound that the original plays now; it may have been trimmed.
local function converted (place)
	local record, original, whole = place.record, place.original, place.sound.whole
	local name = names.converted (original:name (), place.sound, record.from_voice)
	local first = original:start ():samples () - (math.floor (tonumber (record.start)) - sound.head (record))
	local length = original:length ():samples ()
	if first < 0 or first + length > whole:length ():samples () then
		places.refuse (record, "its region was made longer than what was converted; convert it again")
	end
	return sources.part (whole, first, length, name)
end

-- Puts a region where another one is, in its layer, with everything but its sound. `found`: the fades of the original.
function placing.replace (playlist, old, region, found)
	carrying.sound (old, region, found)
	local above = carrying.above (old, playlist)
	playlist:remove_region (old)
	regions.note_replaced (old)
	playlist:add_region (region, regions.samples (old:position ():samples ()), 1, false)
	carrying.lower (above)
	carrying.place (old, region)
end

local function add (place, found)
	local original, playlist = place.original, place.playlist
	local whole = place.sound.whole
	local region = original and converted (place)
		or sources.part (whole, 0, whole:length ():samples (), names.whole (whole:name (), place.sound))
	if original then carrying.sound (original, region, found) end
	playlist:add_region (region, regions.samples (original and original:position ():samples () or place.record.position), 1, false)
	if original then carrying.place (original, region) end
end

local function put (place, found)
	if place.old then
		placing.replace (place.playlist, place.old, converted (place), found)
	else
		add (place, found)
	end
end

local function title (list)
	local count, last = 0, nil
	for _, place in ipairs (list) do
		if place.record ~= last then count, last = count + 1, place.record end
	end
	return count == 1 and last.name or count .. " regions"
end

local function playlists_of (list)
	local found = {}
	for i, place in ipairs (list) do found[i] = place.playlist end
	return found
end

local function originals_of (list)
	local found = {}
	for _, place in ipairs (list) do found[#found + 1] = place.original end
	return found
end

-- Places records with their imported sounds. Returns what went wrong, by record.
function placing.place (list)
	local problems = {}
	local found = places.of (list, problems)
	if #found == 0 then return problems end
	local originals = originals_of (found)
	local fades_of = #originals > 0 and fades.of (originals) or {}
	undoing.in_one_step (title (found), playlists_of (found), function ()
		for _, place in ipairs (found) do
			local ok, problem = pcall (put, place, place.original and fades_of[regions.id (place.original)])
			if not ok then problems[place.record] = problem end
		end
	end)
	return problems
end

return placing
