-- Gives a converted region what its original has: all but the sound. Ardour's Lua does not know a region's tags.

local lists = (...).load ("lists")
local carrying = {}

local function carry_envelope (from, to)
	local events, is_flat = {}, true
	for event in lists.each (from:envelope ():events ()) do
		events[#events + 1] = { event.when, event.value }
		is_flat = is_flat and event.value == 1
	end
	to:set_envelope_active (from:envelope_active ())
	if is_flat and #events == 2 then return end -- as every region has it
	local envelope = to:envelope ()
	envelope:clear_list ()
	for _, event in ipairs (events) do envelope:add (event[1], event[2], false, false) end
	envelope:set_interpolation (from:envelope ():interpolation ())
end

-- Ardour computes the curve of a shape for a length, and only stretches it when the length is changed later.
local function set_fade (fade, set_length, set_shape)
	if not fade then return end
	if not fade.is_stretched then set_length (fade.length) end
	set_shape (fade.shape)
	if fade.is_stretched then set_length (fade.length) end
end

local function carry_fades (from, to, found)
	set_fade (found.fade_in, function (length) to:set_fade_in_length (length) end, function (shape) to:set_fade_in_shape (shape) end)
	set_fade (found.fade_out, function (length) to:set_fade_out_length (length) end, function (shape) to:set_fade_out_shape (shape) end)
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

-- Returns the regions that lie on the original, directly or on others that do, from below; for `carrying.lower`.
function carrying.above (original, playlist)
	local higher = {}
	for region in lists.each (playlist:region_list ()) do
		if region:layer () > original:layer () then higher[#higher + 1] = region end
	end
	table.sort (higher, function (a, b) return a:layer () < b:layer () end)
	local found = { original }
	for _, region in ipairs (higher) do
		for i = 1, #found do
			if overlaps (region, found[i]) then
				found[#found + 1] = region
				break
			end
		end
	end
	table.remove (found, 1)
	return found
end

-- A region comes into its playlist on top. Puts these above it again, in their order.
function carrying.lower (above)
	for _, region in ipairs (above) do region:raise_to_top () end
end

-- Once the region is in its place; a locked region would refuse what comes before.
function carrying.place (original, region)
	if original:sync_marked () then region:set_sync_position (original:sync_position ()) end
	region:set_position_locked (original:position_locked ())
	region:set_video_locked (original:video_locked ())
	region:set_locked (original:locked ())
end

return carrying
