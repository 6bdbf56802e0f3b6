-- The hook, called ten times a second: asks for what actions have noted, and places results.

local takevoice = ...
local asking = takevoice.load ("asking")
local batches = takevoice.load ("batches")
local bouncing = takevoice.load ("bouncing")
local conversion = takevoice.load ("conversion")
local files = takevoice.load ("files")
local heartbeat = takevoice.load ("heartbeat")
local holding = takevoice.load ("holding")
local importing = takevoice.load ("importing")
local messages = takevoice.load ("messages")
local notice = takevoice.load ("notice")
local origins = takevoice.load ("origins")
local pending = takevoice.load ("pending")
local picks = takevoice.load ("picks")
local placing = takevoice.load ("placing")
local playlists = takevoice.load ("playlists")
local presence = takevoice.load ("presence")
local repeats = takevoice.load ("repeats")
local sound = takevoice.load ("sound")
local sounds = takevoice.load ("sounds")
local takes = takevoice.load ("takes")
local waiting = takevoice.load ("waiting")

local BUDGET = 80000 -- microseconds for requests and answers in a tick

local records = {} -- of the open session
local session_path
local is_changed = false
local busy = false -- Ardour runs its event loop during an import, and so calls this hook again
local told_held = {} -- by id

-- Without SetSession before it, another path is the same session, saved under another name: what is under way goes with it.
local function follow_session (is_opened)
	local path = Session:path ()
	if path == session_path then return end
	if session_path and not is_opened then
		pending.remove_list (session_path)
		is_changed = true
		takes.save ()
		origins.save ()
	else
		records = pending.list ()
		playlists.forget ()
		takes.open ()
		origins.open ()
		picks.forget ()
	end
	session_path = path
end

-- A record that passes on which candidate was picked stays until takevoice has confirmed it.
local function is_picked_here (take)
	for _, record in ipairs (records) do
		if record.request == take.id and record.address == "/takevoice/pick" then return true end
	end
	return false
end

local function choose (choices)
	local ok, result = pcall (picks.carry_out, choices)
	if not ok then return notice.add (files.plain_error (result)) end
	for _, record in ipairs (result) do records[#records + 1] = record end
	is_changed = true
end

-- A region that is being converted is not asked for again; what holds it up is said again.
local function add (record)
	local earlier = record.state == "new" and repeats.earlier (record, records)
	if not earlier then
		records[#records + 1] = record
		return
	end
	told_held[earlier.id] = nil
	notice.remind ()
end

local function take_new ()
	local found = pending.new ()
	if #found == 0 then return end
	local choices = {}
	for _, record in ipairs (found) do
		if record.state == "choose" then choices[#choices + 1] = record else add (record) end
	end
	pending.save (records)
	pending.remove_new ()
	if #choices > 0 then choose (choices) end
end

local function finish (record)
	for i, each in ipairs (records) do
		if each == record then table.remove (records, i) break end
	end
	is_changed = true
	bouncing.stop (record)
	asking.forget (record)
end

-- What a withdrawn request was for ends with it.
local function end_withdrawn (record)
	if not record.withdrawn then return end
	for _, each in ipairs ({ table.unpack (records) }) do
		if each.id == record.request then finish (each) end
	end
end

local function refuse (record, problem)
	finish (record)
	local text = files.plain_error (problem)
	notice.add (text:find (record.name, 1, true) and text or messages.not_converted (record.name, text))
end

local function advance_all (progress)
	local deadline = ARDOUR.LuaAPI.monotonic_time () + BUDGET
	for _, record in ipairs ({ table.unpack (records) }) do
		local ok, result = pcall (conversion.advance, record, progress)
		if not ok then
			refuse (record, result)
		elseif record.ended then
			end_withdrawn (record)
			finish (record)
		elseif result then
			is_changed = true
		end
		if ARDOUR.LuaAPI.monotonic_time () > deadline then return end
	end
end

local function import_received ()
	for record, problem in pairs (importing.run (records)) do refuse (record, problem) end
end

local function place_ready ()
	-- A track that records must keep its playlist.
	if Session:actively_recording () then return end
	local list = batches.ready (records)
	if #list == 0 then return end
	local problems = placing.place (list)
	for _, record in ipairs (list) do
		if problems[record] then
			refuse (record, problems[record])
		else
			if record.sounds[1].number then takes.add (record, sounds.picked (record.sounds)) end
			origins.add (record, sound.head (record))
			finish (record)
		end
	end
	origins.save ()
end

-- Says once that takes are held, when nothing else is under way.
local function tell_held (open, progress)
	if open > 0 then return end
	local news = {}
	for _, record in ipairs (records) do
		if record.held and told_held[record.id] ~= record.held then
			told_held[record.id] = record.held
			news[#news + 1] = record
		end
	end
	for _, line in ipairs (holding.lines (news, progress)) do notice.add (line) end
end

local function tick (is_opened)
	heartbeat.beat ()
	follow_session (is_opened)
	take_new ()
	local open = batches.count (records)
	local progress, is_gone = presence.look (open > 0)
	notice.stand (is_gone and messages.waits (open) or waiting.line (records, progress))
	advance_all (progress)
	import_received ()
	place_ready ()
	if not Session:actively_recording () then picks.follow (is_picked_here, notice.add) end
	tell_held (batches.count (records), progress)
	if is_changed then pending.save (records) end
	is_changed = false
	notice.tick ()
end

return function (signal)
	if not Session then return end
	local is_opened = signal == LuaSignal.SetSession
	if is_opened then session_path = nil end
	if busy then return end
	busy = true
	local ok, problem = pcall (tick, is_opened)
	busy = false
	assert (ok, problem)
end
