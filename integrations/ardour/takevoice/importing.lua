-- Imports a converted file into the session, at the position of its original.

local function samples (position) return Temporal.timepos_t (math.floor (tonumber (position))) end

local function track_of (record)
	local route = record.track and Session:route_by_id (PBD.ID (record.track))
	local track = route and not route:isnil () and route:to_track ()
	return track and not track:isnil () and track or nil
end

local function id_of (object) return object:to_stateful ():id ():to_s () end

-- Returns the batch's new playlist: a copy of the current one, so that regions that were not converted stay audible.
local function new_playlist (track, record)
	local current = track:playlist ()
	if record.playlist == id_of (current) then return current end
	track:use_copy_playlist ()
	record.playlist = id_of (track:playlist ())
	return track:playlist ()
end

-- Returns a new track, named after the original's track and the voice; results of the same voice share it.
local function new_track (record, result)
	local name = record.track_name .. " (" .. result.voice .. ")"
	local route = Session:route_by_name (name)
	if route:isnil () or route:to_track ():isnil () then
		local channels = math.floor (tonumber (record.channels or 1))
		Session:new_audio_track (channels, 2, nil, 1, name, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false)
		route = Session:route_by_name (name)
	end
	return route:to_track ()
end

-- Returns the region in the copied playlist that the converted one replaces.
local function original_in (playlist, record)
	for region in playlist:regions_at (samples (record.position)):iter () do
		local same = region:position ():samples () == tonumber (record.position) and region:length ():samples () == tonumber (record.length)
		if same and not region:to_audioregion ():isnil () then return region end
	end
end

local function region_ids (playlist)
	local ids = {}
	for region in playlist:region_list ():iter () do ids[id_of (region)] = true end
	return ids
end

local function import (track, playlist, record, result)
	local before = region_ids (playlist)
	local files = C.StringVector ()
	files:push_back (result.output)
	Editor:do_import (files, Editing.ImportDistinctFiles, Editing.ImportAsTrack, ARDOUR.SrcQuality.SrcBest,
		ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore,
		samples (record.position), ARDOUR.PluginInfo (), track, false)
	for region in playlist:region_list ():iter () do
		if not before[id_of (region)] then return region end
	end
	error ("Ardour did not import " .. result.output, 0)
end

-- Names the new region, and gives it the gain of the original.
local function finish (region, original, record, result)
	region:set_name (record.name .. "." .. result.voice)
	if original then
		region:to_audioregion ():set_scale_amplitude (original:to_audioregion ():scale_amplitude ())
	end
end

-- One undo step removes the converted region and restores the original. Ardour cannot undo a new playlist or track.
return function (record, result)
	local track = record.mode == "playlist" and track_of (record) or nil
	local playlist
	if track then
		playlist = new_playlist (track, record)
	else
		track = new_track (record, result)
		playlist = track:playlist ()
	end
	local original = record.mode == "playlist" and original_in (playlist, record)
	Session:begin_reversible_command ("takevoice: " .. record.name)
	local ok, problem = pcall (function ()
		playlist:to_stateful ():clear_changes ()
		local region = import (track, playlist, record, result)
		finish (region, original, record, result)
		if original then playlist:remove_region (original) end
		Session:add_stateful_diff_command (playlist:to_statefuldestructible ())
	end)
	if not Session:abort_empty_reversible_command () then Session:commit_reversible_command (nil) end
	assert (ok, problem)
end
