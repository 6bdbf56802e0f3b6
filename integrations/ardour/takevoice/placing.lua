-- Puts converted regions into the place of their originals, all in one undo step.

local takevoice = ...
local carrying = takevoice.load ("carrying")
local fades = takevoice.load ("fades")
local playlists = takevoice.load ("playlists")
local regions = takevoice.load ("regions")
local sound = takevoice.load ("sound")
local sources = takevoice.load ("sources")
local placing = {}

-- Returns a new track, named after the original's track and the voice; results of the same voice share it.
local function new_track (record)
	local name = record.track_name .. " (" .. record.voice .. ")"
	local route = Session:route_by_name (name)
	if route:isnil () or route:to_track ():isnil () then
		local channels = record.whole:to_audioregion ():n_channels ()
		Session:new_audio_track (channels, 2, nil, 1, name, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false)
		route = Session:route_by_name (name)
	end
	return route:to_track ()
end

-- Says where the sound of a region that could not be placed is: it is paid for.
local function not_placed (record, why)
	error (("%s was converted, but not placed: %s. The sound is in the list of regions, as %s"):format (
		record.name, why, record.whole:name ()), 0)
end

-- Follows the region by its id, wherever it was moved.
local function original_of (record)
	local region = regions.by_id (record.region)
	local track = region and regions.track_of (region)
	if not track then
		not_placed (record, "its region was deleted, split, or is in a playlist that its track does not play now")
	end
	return region, track
end

local function name_of (region, record)
	local name, ending = region:name (), "." .. record.voice
	return name:sub (-#ending) == ending and name or name .. ending
end

-- Returns a region with the part of the converted sound that the original plays now; it may have been trimmed.
local function converted (original, record)
	local head = math.floor ((tonumber (record.head) or 0) * sound.rate () + 0.5)
	local first = original:start ():samples () - (math.floor (tonumber (record.start)) - head)
	local length = original:length ():samples ()
	if first < 0 or first + length > record.whole:length ():samples () then
		not_placed (record, "its region was made longer than what was converted; convert it again")
	end
	return sources.part (record.whole, first, length, name_of (original, record))
end

local function replace (record, playlist, original, found)
	local region = converted (original, record)
	carrying.sound (original, region, found)
	local above = carrying.above (original, playlist)
	playlist:remove_region (original)
	playlist:add_region (region, regions.samples (original:position ():samples ()), 1, false)
	carrying.lower (above)
	carrying.place (original, region)
end

local function add (record, playlist, original, found)
	local region = original and converted (original, record)
		or sources.part (record.whole, 0, record.whole:length ():samples (), record.whole:name ())
	if original then carrying.sound (original, region, found) end
	playlist:add_region (region, regions.samples (original and original:position ():samples () or record.position), 1, false)
	if original then carrying.place (original, region) end
end

-- Finds where a record goes. Tracks and playlists are made here, because Ardour cannot undo them.
local function target (record, moved)
	if record.state == "export" then return { record = record, playlist = new_track (record):playlist () } end
	local original, track = original_of (record)
	if record.mode == "track" then
		return { record = record, original = original, playlist = new_track (record):playlist () }
	end
	moved (playlists.use (track))
	return { record = record, original = regions.by_id (record.region), playlist = track:playlist () }
end

local function targets (list, moved, problems)
	local found, originals = {}, {}
	for _, record in ipairs (list) do
		local ok, each = pcall (target, record, moved)
		if ok then
			found[#found + 1] = each
			originals[#originals + 1] = each.original
		else
			problems[record] = each
		end
	end
	return found, originals
end

local function distinct_playlists (found)
	local by_id = {}
	for _, each in ipairs (found) do by_id[regions.id (each.playlist)] = each.playlist end
	return by_id
end

local function title (list) return "takevoice: " .. (#list == 1 and list[1].record.name or #list .. " regions") end

local function in_one_step (found, run)
	local touched = distinct_playlists (found)
	for _, playlist in pairs (touched) do playlist:to_stateful ():clear_changes () end
	Session:begin_reversible_command (title (found))
	run ()
	for _, playlist in pairs (touched) do Session:add_stateful_diff_command (playlist:to_statefuldestructible ()) end
	if not Session:abort_empty_reversible_command () then Session:commit_reversible_command (nil) end
end

-- Places records with their imported sound (`whole`). `moved` is called with the new ids of regions by their old ones when
-- a playlist was copied. Returns what went wrong, by record.
function placing.place (list, moved)
	local problems = {}
	local found, originals = targets (list, moved, problems)
	if #found == 0 then return problems end
	local fades_of = #originals > 0 and fades.of (originals) or {}
	in_one_step (found, function ()
		for _, each in ipairs (found) do
			local replaces = each.original and each.record.mode ~= "track"
			local ok, problem = pcall (replaces and replace or add, each.record, each.playlist, each.original,
				each.original and fades_of[regions.id (each.original)])
			if not ok then problems[each.record] = problem end
		end
	end)
	return problems
end

return placing
