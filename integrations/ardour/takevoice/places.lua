-- Finds where results go: a place has a record, a sound, a playlist, the original region, and the region that it replaces
-- there, if any. Tracks and playlists are made here, because Ardour cannot undo them.

local takevoice = ...
local lists = takevoice.load ("lists")
local playlists = takevoice.load ("playlists")
local regions = takevoice.load ("regions")
local places = {}

-- Says where the sound of a region that could not be placed is: it is paid for.
function places.refuse (record, why)
	error (("%s was converted, but not placed: %s. The sound is in the list of regions, as %s"):format (
		record.name, why, record.sounds[1].whole:name ()), 0)
end

-- Returns a new track, named after the original's track and the voice; results of the same voice share it.
local function new_track (record)
	local name = record.track_name .. " (" .. record.voice .. ")"
	local route = Session:route_by_name (name)
	if route:isnil () or route:to_track ():isnil () then
		local channels = record.sounds[1].whole:to_audioregion ():n_channels ()
		Session:new_audio_track (channels, 2, nil, 1, name, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false)
		route = Session:route_by_name (name)
	end
	return route:to_track ()
end

-- Returns the parts of a region that was split, in the playlist: of the same source, and where the region has had them.
local function parts_of (region, playlist)
	local shift = region:position ():samples () - region:start ():samples ()
	local first, source = region:start ():samples (), regions.source_id (region)
	local last, list = first + region:length ():samples (), {}
	for each in lists.each (playlist:region_list ()) do
		local start = each:start ():samples ()
		if regions.source_id (each) == source and each:position ():samples () - start == shift
			and start >= first and start + each:length ():samples () <= last then
			list[#list + 1] = each
		end
	end
	return list
end

-- Follows the region by its id, wherever it was moved, or its parts if it was split. Returns them and their track.
local function originals_of (record)
	local region = regions.by_id (record.region)
	local track = region and regions.track_of (region)
	if track then return { region }, track end
	-- The key for new tracks was pressed for it, too.
	if region and record.mode == "track" and regions.was_replaced (record.region) then return { region } end
	track = region and regions.track_by_id (record.track)
	local parts = track and parts_of (region, track:playlist ()) or {}
	if #parts > 0 then return parts, track end
	places.refuse (record, "its region was deleted, or is in a playlist that its track does not play now")
end

local function index_of_picked (record)
	for i, each in ipairs (record.sounds) do
		if each.picked then return i end
	end
	return 1
end

-- Each candidate has a playlist; the one that was picked is in the current playlist, too.
local function with_candidates (record, track, place)
	local list = { place (record.sounds[index_of_picked (record)], track:playlist ()) }
	if not record.sounds[1].number then return list end
	local numbers = {}
	for i, each in ipairs (record.sounds) do numbers[i] = each.number end
	local by_number = playlists.of_candidates (track, numbers)
	for _, each in ipairs (record.sounds) do list[#list + 1] = place (each, by_number[each.number]) end
	return list
end

local function join (list, others)
	for _, each in ipairs (others) do list[#list + 1] = each end
end

local function on_new_track (record, originals)
	local track, list = new_track (record), {}
	for i = 1, math.max (1, #originals) do
		join (list, with_candidates (record, track, function (sound, playlist)
			return { record = record, sound = sound, playlist = playlist, original = originals[i] }
		end))
	end
	return list
end

local function of_record (record)
	if record.state == "export" then return on_new_track (record, {}) end
	local originals, track = originals_of (record)
	if record.mode == "track" then return on_new_track (record, originals) end
	local list = {}
	playlists.use (track)
	for _, original in ipairs (originals) do
		join (list, with_candidates (record, track, function (sound, playlist)
			local old = playlists.counterpart (original, playlist)
			return { record = record, sound = sound, playlist = playlist, original = original, old = old }
		end))
	end
	return list
end

-- Returns the places of all records. Puts what went wrong into `problems`, by record.
function places.of (records, problems)
	local list = {}
	for _, record in ipairs (records) do
		local ok, found = pcall (of_record, record)
		if ok then join (list, found) else problems[record] = found end
	end
	return list
end

return places
