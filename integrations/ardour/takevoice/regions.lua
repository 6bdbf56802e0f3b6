-- Finds regions again by their ids, and the tracks that play them.

local lists = (...).load ("lists")
local regions = {}

local replaced = {} -- by id: converted regions have taken their places

function regions.id (object) return object:to_stateful ():id ():to_s () end

function regions.samples (count) return Temporal.timepos_t (math.floor (tonumber (count))) end

-- Returns the audio region with an id, or nil. One that was deleted from its playlist is found, too: undo keeps it.
function regions.by_id (id)
	local region = id and ARDOUR.RegionFactory.region_by_id (PBD.ID (id))
	if not region or region:isnil () or region:to_audioregion ():isnil () then return nil end
	return region
end

-- Remembers that a converted region has taken the place of a region, which is in no current playlist for that reason alone.
function regions.note_replaced (region) replaced[regions.id (region)] = true end

-- A session was opened.
function regions.forget () replaced = {} end

function regions.was_replaced (id) return replaced[id] == true end

-- True if a playlist has the region now. What was removed from it can still be found there by its id.
function regions.is_in (playlist, region)
	if playlist:region_by_id (region:to_stateful ():id ()):isnil () then return false end
	local id = regions.id (region)
	for each in lists.each (playlist:region_list ()) do
		if regions.id (each) == id then return true end
	end
	return false
end

-- Returns the track whose current playlist has the region, or nil.
function regions.track_of (region)
	for route in lists.each (Session:get_tracks ()) do
		local track = route:to_track ()
		if not track:isnil () and not track:playlist ():isnil () and regions.is_in (track:playlist (), region) then return track end
	end
end

-- Returns the audio track with an id, or nil.
function regions.track_by_id (id)
	local route = Session:route_by_id (PBD.ID (id))
	local track = not route:isnil () and route:to_track ()
	return track and not track:isnil () and not track:playlist ():isnil () and track or nil
end

-- Returns the id of the source of a region's first channel.
function regions.source_id (region) return regions.id (region:source (0)) end

-- Returns the sources of a region, one for each channel, as files; nil if one is no file, as in a compound region.
function regions.files (region)
	if region:is_compound () then return nil end
	local files = {}
	for channel = 0, region:to_audioregion ():n_channels () - 1 do
		local source = region:source (channel)
		local file = not source:isnil () and source:to_filesource ()
		if not file or file:isnil () then return nil end
		files[channel + 1] = file
	end
	return files
end

return regions
