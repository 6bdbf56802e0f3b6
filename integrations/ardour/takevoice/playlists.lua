-- The playlists for conversions: one for each track from opening a session to closing it. It is a copy of the track's
-- current playlist, so that regions that were not converted stay audible, and the old playlist stays as it was.

local takevoice = ...
local regions = takevoice.load ("regions")
local playlists = {}

local ours = {} -- by the track's id: the id of the playlist of this pass

-- A session was opened.
function playlists.forget () ours = {} end

local function key (region)
	local place = { region:position ():samples (), region:start ():samples (), region:length ():samples (), region:layer () }
	return table.concat (place, " ")
end

local function list_of (playlist)
	local list = {}
	for region in playlist:region_list ():iter () do list[#list + 1] = { region = region, key = key (region), name = region:name () } end
	return list
end

local function lock (original, copy)
	if original:locked () then copy:set_locked (true) end
	if original:position_locked () then copy:set_position_locked (true) end
	if original:video_locked () then copy:set_video_locked (true) end
end

-- Ardour counts up the names of copies, and unlocks them. Gives them their names and locks again; returns the copies' ids
-- by the ids of the originals.
local function match (before, copies)
	local by_key, ids = {}, {}
	for _, each in ipairs (copies) do
		by_key[each.key] = by_key[each.key] or {}
		table.insert (by_key[each.key], each)
	end
	for _, each in ipairs (before) do
		local copy = by_key[each.key] and table.remove (by_key[each.key], 1)
		if copy then
			if copy.name ~= each.name then copy.region:set_name (each.name) end
			lock (each.region, copy.region)
			ids[regions.id (each.region)] = regions.id (copy.region)
		end
	end
	return ids
end

-- Makes the pass's playlist the track's current one. Returns the ids of its regions by the ids of those that they are
-- copies of; an empty table if it is the current one already.
function playlists.use (track)
	local number = regions.id (track)
	if ours[number] == regions.id (track:playlist ()) then return {} end
	local before = list_of (track:playlist ())
	track:use_copy_playlist ()
	ours[number] = regions.id (track:playlist ())
	return match (before, list_of (track:playlist ()))
end

return playlists
