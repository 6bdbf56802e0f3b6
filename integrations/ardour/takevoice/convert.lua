-- The actions: note a record for each selected region. The hook asks for the conversions, so the editor never waits.

local takevoice = ...
local heartbeat = takevoice.load ("heartbeat")
local ids = takevoice.load ("ids")
local lists = takevoice.load ("lists")
local messages = takevoice.load ("own_messages")
local pending = takevoice.load ("pending")
local regions = takevoice.load ("regions")
local ui = takevoice.load ("ui")

local function record (region, mode, batch)
	local track = regions.track_of (region)
	if not track or region:to_audioregion ():isnil () then return nil end
	local number = region:to_stateful ():id ():to_s ()
	return {
		id = ids.new (number),
		state = "new",
		mode = mode,
		batch = batch,
		region = number,
		name = region:name (),
		track = track:to_stateful ():id ():to_s (),
		track_name = track:name (),
		position = region:position ():samples (),
		start = region:start ():samples (),
		length = region:length ():samples (),
	}
end

-- `mode`: "playlist" or "track".
return function (mode)
	if not heartbeat.is_alive () then return ui.alert (messages.NO_HOOK) end
	local records, batch = {}, ids.new ("batch")
	for region in lists.each (Editor:get_selection ().regions:regionlist ()) do
		records[#records + 1] = record (region, mode, batch)
	end
	if #records == 0 then return ui.alert ("Select one or more audio regions first.") end
	local ok, problem = pcall (pending.add, records)
	if not ok then ui.alert (problem) end
end
