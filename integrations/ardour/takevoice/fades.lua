-- Reads the fades of regions. Ardour's Lua can set a fade but not read one, and the saved session has them.

local takevoice = ...
local regions = takevoice.load ("regions")
local fades = {}

local SNAPSHOT = "takevoice-fades"
local DEFAULT = 64 -- samples of a fade that nobody has changed
local SUPERCLOCK = 282240000 -- units of a second in session files

-- Returns the points of a fade in a region's XML as { position in samples, level }; nil for Ardour's default.
local function points (xml, name)
	local body = xml:match ("<" .. name .. ">.-<events>(.-)</events>")
	if not body then return nil end
	local list, unit = {}, SUPERCLOCK // math.floor (Session:nominal_sample_rate ())
	for position, level in body:gmatch ("a(%-?%d+) (%S+)") do
		list[#list + 1] = { tonumber (position) // unit, tonumber (level) }
	end
	return #list > 1 and list or nil
end

-- The shapes differ in the level halfway: of Ardour's five, linear has no point there.
local function shape_of (list, length)
	if #list == 2 then return ARDOUR.FadeShape.FadeLinear end
	local nearest = list[1]
	for _, point in ipairs (list) do
		if math.abs (point[1] - length / 2) < math.abs (nearest[1] - length / 2) then nearest = point end
	end
	local level = nearest[2]
	if level < 0.06 then return ARDOUR.FadeShape.FadeFast end
	if level < 0.3 then return ARDOUR.FadeShape.FadeSlow end
	if level < 0.65 then return ARDOUR.FadeShape.FadeSymmetric end
	return ARDOUR.FadeShape.FadeConstantPower
end

-- A fade that was dragged from Ardour's default has its points where that has samples.
local function is_stretched (list, length)
	for _, point in ipairs (list) do
		local place = point[1] / length * DEFAULT
		if math.abs (place - math.floor (place + 0.5)) > DEFAULT / length then return false end
	end
	return true
end

local function fade (xml, name)
	local list = points (xml, name)
	if not list then return nil end
	local length = list[#list][1]
	if length == 0 then return nil end
	return { length = length, shape = shape_of (list, length), is_stretched = is_stretched (list, length) }
end

local function parse (text, wanted)
	local found = {}
	for id in pairs (wanted) do
		local at = 1
		while true do
			local first, last = text:find (' id="' .. id .. '"', at, true)
			if not first then break end
			local tag = text:sub (math.max (1, first - 4000), first):match (".*<(%a+) [^<]*$")
			local stop = tag == "Region" and text:find ("</Region>", last, true)
			if stop then
				local xml = text:sub (last, stop)
				found[id] = { fade_in = fade (xml, "FadeIn"), fade_out = fade (xml, "FadeOut") }
				break
			end
			at = last + 1
		end
	end
	return found
end

-- Returns { fade_in =, fade_out = } by the id of each of the regions: length in samples and shape. A fade that is
-- Ardour's default is nil.
function fades.of (list)
	local wanted = {}
	for _, region in ipairs (list) do wanted[regions.id (region)] = true end
	-- What Ardour writes for its crash recovery leaves the session itself unsaved; this one has a name of our own.
	Session:save_state (SNAPSHOT, true, false, false, false, false)
	local path = takevoice.join (Session:path (), SNAPSHOT .. ".pending")
	local file = io.open (path, "rb")
	if not file then return {} end
	local text = file:read ("a")
	file:close ()
	os.remove (path)
	return parse (text, wanted)
end

return fades
