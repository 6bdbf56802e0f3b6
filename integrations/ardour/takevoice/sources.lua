-- Brings converted files into the session, as whole regions in its list. Nothing is placed, and the user's undo history stays
-- as it is.

local takevoice = ...
local lists = takevoice.load ("lists")
local regions = takevoice.load ("regions")
local sources = {}

local function known ()
	local ids = {}
	for _, region in lists.each (ARDOUR.RegionFactory.regions ()) do ids[regions.id (region)] = true end
	return ids
end

-- Ardour makes an undo step of each import, which does nothing here but push the user's own steps out of the history. One that
-- is made within another step goes with it; with several files in one go, those of the others would stay.
local function without_undo (run)
	Session:begin_reversible_command ("takevoice: import")
	local ok, problem = pcall (run)
	Session:abort_reversible_command ()
	if not ok then error (problem, 0) end
end

-- Returns the region of a file. Raises a message if Ardour does not import it.
function sources.import (path)
	local before = known ()
	local files = C.StringVector ()
	files:push_back (path)
	without_undo (function ()
		Editor:do_import (files, Editing.ImportDistinctFiles, Editing.ImportAsRegion, ARDOUR.SrcQuality.SrcBest,
			ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore,
			regions.samples (0), ARDOUR.PluginInfo (), ARDOUR.Track (), false)
	end)
	for _, region in lists.each (ARDOUR.RegionFactory.regions ()) do
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
