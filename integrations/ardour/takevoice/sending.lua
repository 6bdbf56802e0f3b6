-- Writes a region's audio to a file for the daemon, in blocks so that Ardour never waits, and requests its conversion.

local takevoice = ...
local daemon = takevoice.load ("daemon")
local files = takevoice.load ("files")
local messages = takevoice.load ("messages")
local state_dir = takevoice.load ("state_dir")
local wav = takevoice.load ("wav")
local sending = {}

local BLOCK = 8192 -- samples of one channel read at once
local BUDGET = 30000 -- microseconds per tick; a tick comes every 100000

local function region_of (record)
	local region = ARDOUR.RegionFactory.region_by_id (PBD.ID (record.region))
	local audio = not region:isnil () and region:to_audioregion ()
	if not audio or audio:isnil () then
		error (messages.not_converted (record.name, "the region was removed before it could be read"), 0)
	end
	return audio
end

local function interleaved (tables, count)
	if #tables == 1 then return tables[1] end
	local mixed, n = {}, 0
	for i = 1, count do
		for c = 1, #tables do
			n = n + 1
			mixed[n] = tables[c][i]
		end
	end
	return mixed
end

-- Reads the region's dry audio: without fades, gain and effects, which Ardour applies to the converted region too.
local function block (region, memory, from, count, channels)
	local tables = {}
	for channel = 0, channels - 1 do
		local buffer = memory:to_float (0)
		assert (region:to_readable ():read (buffer, from, count, channel) == count, "Ardour cannot read the region's audio")
		tables[channel + 1] = buffer:get_table (count)
	end
	return interleaved (tables, count)
end

local function open (record)
	local audio = region_of (record)
	record.channels = audio:n_channels ()
	record.rate = math.floor (Session:nominal_sample_rate ())
	record.path = state_dir.handover (("%s.%s.wav"):format (files.plain (record.name), record.id))
	local file = io.open (record.path .. ".part", "wb")
	-- The daemon creates the folder when it starts.
	if not file then error (messages.NOT_RUNNING, 0) end
	file:write (wav.header (record.channels, record.rate, math.floor (tonumber (record.length))))
	return { file = file, done = 0, memory = ARDOUR.DSP.DspShm (BLOCK) }
end

-- Returns true once all samples are written.
local function write_blocks (record, open_file)
	local length = math.floor (tonumber (record.length))
	local region = region_of (record)
	local deadline = ARDOUR.LuaAPI.monotonic_time () + BUDGET
	repeat
		local count = math.min (BLOCK, length - open_file.done)
		open_file.file:write (wav.samples (block (region, open_file.memory, open_file.done, count, record.channels)))
		open_file.done = open_file.done + count
	until open_file.done >= length or ARDOUR.LuaAPI.monotonic_time () > deadline
	return open_file.done >= length
end

-- Returns true once the file is complete. Raises a message if it cannot be written.
function sending.write (record)
	record.open = record.open or open (record)
	if not write_blocks (record, record.open) then return false end
	record.open.file:close ()
	record.open = nil
	files.replace (record.path .. ".part", record.path)
	return true
end

-- Closes and removes the files of a record.
function sending.clean_up (record)
	if record.open then record.open.file:close () end
	record.open = nil
	if record.path and record.state ~= "export" then
		os.remove (record.path)
		os.remove (record.path .. ".part")
	end
end

-- Sending a request again with the same id converts nothing twice.
function sending.request (record)
	daemon.send ("/takevoice/convert", record.id, record.path, "track", record.track_name, "start", tostring (record.position))
end

return sending
