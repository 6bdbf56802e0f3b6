-- Brings converted files into the session, as whole regions in its list. Nothing is placed, and nothing can be undone.

local takevoice = ...
local regions = takevoice.load ("regions")
local sources = {}

local function known ()
	local ids = {}
	for _, region in ARDOUR.RegionFactory.regions ():iter () do ids[regions.id (region)] = true end
	return ids
end

-- Returns the region of a file. Raises a message if Ardour does not import it.
function sources.import (path)
	local before = known ()
	local files = C.StringVector ()
	files:push_back (path)
	Editor:do_import (files, Editing.ImportDistinctFiles, Editing.ImportAsRegion, ARDOUR.SrcQuality.SrcBest,
		ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore,
		regions.samples (0), ARDOUR.PluginInfo (), ARDOUR.Track (), false)
	for _, region in ARDOUR.RegionFactory.regions ():iter () do
		if not before[regions.id (region)] and region:whole_file () then return region end
	end
	error ("Ardour did not import " .. path, 0)
end

-- Returns a region of a part of an imported file, in samples, which is in no playlist yet.
function sources.part (whole, first, length, name)
	local region = ARDOUR.RegionFactory.clone_region (whole, true, false)
	region:set_position (regions.samples (0))
	if first > 0 then region:trim_front (regions.samples (first)) end
	if region:length ():samples () > length then
		region:trim_end (regions.samples (region:position ():samples () + length))
	end
	region:set_name (name)
	return region
end

return sources
