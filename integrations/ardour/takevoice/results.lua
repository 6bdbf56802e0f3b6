-- The hook, called ten times a second: sends new records, and imports results.

local takevoice = ...
local daemon = takevoice.load ("daemon")
local heartbeat = takevoice.load ("heartbeat")
local ids = takevoice.load ("ids")
local import = takevoice.load ("importing")
local messages = takevoice.load ("messages")
local pending = takevoice.load ("pending")
local sending = takevoice.load ("sending")
local state_dir = takevoice.load ("state_dir")
local ui = takevoice.load ("ui")

local PROBE_TIMEOUT = 2000000 -- microseconds

local records = {} -- of the open session
local session_path
local busy = false -- Ardour runs its event loop during an import, and so calls this hook again

local function save () pending.save (records) end

local function open_session ()
	local path = Session:path ()
	if path == session_path then return end
	session_path, records = path, pending.list ()
	for _, record in ipairs (records) do
		record.probe = nil -- one of an earlier run proves nothing
		if record.state == "sent" then sending.request (record) end
	end
end

local function take_new ()
	local found = pending.new ()
	if #found == 0 then return end
	for _, record in ipairs (found) do records[#records + 1] = record end
	save ()
	pending.remove_new ()
end

local function finish (record)
	for i, each in ipairs (records) do
		if each == record then table.remove (records, i) break end
	end
	save ()
	sending.clean_up (record)
	state_dir.remove_result (record.id)
	if record.probe then state_dir.remove_result (record.probe) end
end

-- Sends a request that the daemon refuses at once. Its result file proves that a daemon runs and has received the
-- requests sent before.
local function probe (record)
	record.probe = ids.new ("probe")
	record.probe_deadline = ARDOUR.LuaAPI.monotonic_time () + PROBE_TIMEOUT
	daemon.send ("/takevoice/convert", record.probe, state_dir.handover (record.probe))
end

local function check_probe (record)
	if not record.probe then return end
	if state_dir.result (record.probe) then
		state_dir.remove_result (record.probe)
		record.probe = nil
	elseif ARDOUR.LuaAPI.monotonic_time () > record.probe_deadline then
		error (messages.NOT_RUNNING, 0)
	end
end

local function send (record)
	if not sending.write (record) then return end
	if not daemon.has_address () then error (messages.NOT_RUNNING, 0) end
	record.state = "sent"
	save ()
	sending.request (record)
	probe (record)
end

-- The records of one key press and track share one new playlist.
local function share_playlist (record)
	for _, other in ipairs (records) do
		if other.batch == record.batch and other.track == record.track then other.playlist = record.playlist end
	end
end

local function receive (record)
	local result = state_dir.result (record.id)
	if not result then return check_probe (record) end
	if result.state == "done" then
		-- A track that records must keep its playlist.
		if Session:actively_recording () then return end
		import (record, result)
		share_playlist (record)
		if record.state ~= "export" then os.remove (result.output) end
	elseif not (record.state == "export" and result.code == "not_watched") then
		error (messages.not_converted (record.name, result.text), 0)
	end
	finish (record)
end

local function advance (record)
	if record.state == "new" then send (record) else receive (record) end
end

local function tick ()
	heartbeat.beat ()
	open_session ()
	take_new ()
	local problems = {}
	for _, record in ipairs ({ table.unpack (records) }) do
		local ok, problem = pcall (advance, record)
		if not ok then
			finish (record)
			problems[problem] = true
		end
	end
	for problem in pairs (problems) do ui.alert (tostring (problem)) end
end

return function ()
	if busy or not Session then return end
	busy = true
	local ok, problem = pcall (tick)
	busy = false
	assert (ok, problem)
end
