-- Gives a converted region what its original has: all but the sound. Ardour's Lua does not know a region's tags.

local takevoice = ...
local regions = takevoice.load ("regions")
local carrying = {}

local function carry_envelope (from, to)
	local events = {}
	for event in from:envelope ():events ():iter () do events[#events + 1] = { event.when, event.value } end
	local envelope = to:envelope ()
	envelope:clear_list ()
	for _, event in ipairs (events) do envelope:add (event[1], event[2], false, false) end
	envelope:set_interpolation (from:envelope ():interpolation ())
	to:set_envelope_active (from:envelope_active ())
end

local function carry_fades (from, to, found)
	if found.fade_in then
		to:set_fade_in_length (found.fade_in.length)
		to:set_fade_in_shape (found.fade_in.shape)
	end
	if found.fade_out then
		to:set_fade_out_length (found.fade_out.length)
		to:set_fade_out_shape (found.fade_out.shape)
	end
	to:set_fade_in_active (from:fade_in_active ())
	to:set_fade_out_active (from:fade_out_active ())
end

-- Before the region is in its playlist. `found`: the fades of the original, as `fades.of` returns them.
function carrying.sound (original, region, found)
	local from, to = original:to_audioregion (), region:to_audioregion ()
	to:set_scale_amplitude (from:scale_amplitude ())
	carry_envelope (from, to)
	carry_fades (from, to, found or {})
	region:set_muted (original:muted ())
	region:set_opaque (original:opaque ())
end

local function overlaps (a, b)
	local a_first, b_first = a:position ():samples (), b:position ():samples ()
	return a_first < b_first + b:length ():samples () and b_first < a_first + a:length ():samples ()
end

-- Returns the ids of the regions that lie on the original, for `carrying.lower`.
function carrying.above (original, playlist)
	local ids = {}
	for region in playlist:region_list ():iter () do
		if region:layer () > original:layer () and overlaps (region, original) then ids[regions.id (region)] = true end
	end
	return ids
end

-- Puts a region below those with these ids. It comes into its playlist on top.
function carrying.lower (region, above, playlist)
	local function is_on_top ()
		for other in playlist:region_list ():iter () do
			if above[regions.id (other)] and other:layer () < region:layer () then return true end
		end
	end
	for _ = 1, 1000 do
		if not is_on_top () then return end
		local layer = region:layer ()
		region:lower ()
		if region:layer () == layer then return end
	end
end

-- Once the region is in its place; a locked region would refuse what comes before.
function carrying.place (original, region)
	if original:sync_marked () then region:set_sync_position (original:sync_position ()) end
	region:set_position_locked (original:position_locked ())
	region:set_video_locked (original:video_locked ())
	region:set_locked (original:locked ())
end

return carrying
