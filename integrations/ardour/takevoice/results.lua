-- The hook, ten times a second: new records are written and sent, results that have come are imported.

local takevoice = ...
local sending = takevoice.load ("sending")
local import = takevoice.load ("importing")

local PATIENCE = 2000000 -- microseconds for the daemon to show that it is there

local records = {} -- of the session that is open
local session_path
local busy = false -- an import lets Ardour go on, and with it this hook
local last_beat = 0

local function save () takevoice.keep (takevoice.pending_list (), records) end

local function open_session ()
	local path = Session:path ()
	if path == session_path then return end
	session_path, records = path, takevoice.records (takevoice.pending_list ())
	local daemon = takevoice.daemon ()
	for _, record in ipairs (records) do
		if record.state == "sent" and daemon then sending.ask (record, daemon) end
	end
end

local function take_new ()
	local found = takevoice.records (takevoice.new_list ())
	if #found == 0 then return end
	for _, record in ipairs (found) do records[#records + 1] = record end
	save ()
	os.remove (takevoice.new_list ())
end

local function finish (record)
	for i, each in ipairs (records) do
		if each == record then table.remove (records, i) break end
	end
	save ()
	sending.drop (record)
	takevoice.forget_result (record.id)
	if record.probe then takevoice.forget_result (record.probe) end
end

-- A request that is refused at once: that its result file comes shows that the daemon lives, and has read what was sent before.
local function probe (record, daemon)
	record.probe = takevoice.new_id ("probe")
	record.patience = ARDOUR.LuaAPI.monotonic_time () + PATIENCE
	takevoice.send (daemon, "/takevoice/convert", record.probe, takevoice.handover (record.probe))
end

local function send (record)
	if not sending.write (record) then return end
	local daemon = takevoice.daemon ()
	if not daemon then error (takevoice.NOT_RUNNING, 0) end
	record.state = "sent"
	save ()
	sending.ask (record, daemon)
	probe (record, daemon)
end

local function answered (record)
	if not record.probe then return end
	if takevoice.result (record.probe) then
		takevoice.forget_result (record.probe)
		record.probe = nil
	elseif ARDOUR.LuaAPI.monotonic_time () > record.patience then
		error (takevoice.NOT_RUNNING, 0)
	end
end

local function same_playlist (record)
	for _, other in ipairs (records) do
		if other.batch == record.batch and other.track == record.track then other.playlist = record.playlist end
	end
end

local function bring_back (record)
	local result = takevoice.result (record.id)
	if not result then return answered (record) end
	if result.state == "done" then
		-- A track that records must keep its playlist.
		if Session:actively_recording () then return end
		import (record, result)
		same_playlist (record)
		if record.state ~= "export" then os.remove (result.output) end
	elseif not (record.state == "export" and result.code == "not_watched") then
		error (("%s was not converted: %s"):format (record.name, result.text), 0)
	end
	finish (record)
end

local function step (record)
	if record.state == "new" then send (record) else bring_back (record) end
end

local function work ()
	open_session ()
	take_new ()
	local problems = {}
	for _, record in ipairs ({ table.unpack (records) }) do
		local ok, problem = pcall (step, record)
		if not ok then
			finish (record)
			problems[problem] = true
		end
	end
	for problem in pairs (problems) do takevoice.tell (tostring (problem)) end
end

local function beat ()
	local now = os.time ()
	if now - last_beat < takevoice.beats_every () then return end
	last_beat = now
	takevoice.beat (now)
end

return function ()
	if busy or not Session then return end
	busy = true
	local ok, problem = pcall (function ()
		beat ()
		work ()
	end)
	busy = false
	assert (ok, problem)
end
