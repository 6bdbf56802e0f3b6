-- The action: notes the selected regions. The hook reads and sends them, a little at a time, so the editor never waits.

local takevoice = ...

local function track_of (region)
	local id = region:to_stateful ():id ()
	for route in Session:get_tracks ():iter () do
		local track = route:to_track ()
		if not track:isnil () and not track:playlist ():isnil () and not track:playlist ():region_by_id (id):isnil () then
			return track
		end
	end
end

local function record (region, mode, batch)
	local track = track_of (region)
	if not track or region:to_audioregion ():isnil () then return nil end
	local number = region:to_stateful ():id ():to_s ()
	return {
		id = takevoice.new_id (number),
		state = "new",
		mode = mode,
		batch = batch,
		region = number,
		name = region:name (),
		track = track:to_stateful ():id ():to_s (),
		track_name = track:name (),
		position = region:position ():samples (),
		length = region:length ():samples (),
	}
end

return function (mode)
	if not takevoice.daemon () then return takevoice.tell (takevoice.NOT_RUNNING) end
	if not takevoice.somebody_listens () then
		return takevoice.tell ('The hook "takevoice: Results" is not registered, so nothing could come back.\n\n'
			.. "Add it in Edit > Lua Scripts > Script Manager > Action Hooks, and try again after five seconds.")
	end
	local records, batch = {}, takevoice.new_id ("batch")
	for region in Editor:get_selection ().regions:regionlist ():iter () do
		records[#records + 1] = record (region, mode, batch)
	end
	if #records == 0 then return takevoice.tell ("Select one or more audio regions first.") end
	takevoice.add (records)
end
