-- Writes a region's audio to a file for the daemon, a little at a time, and asks for its conversion.

local takevoice = ...
local sending = {}

local BLOCK = 8192 -- samples of one channel read at once
local BUDGET = 30000 -- microseconds of one tick, of 100000
local RATE_BYTES = 4 -- of a sample: 32-bit float, so that nothing is lost

-- RIFF WAVE, format 3 (IEEE float), with the fact chunk that it asks for.
local function header (channels, rate, frames)
	local size = frames * channels * RATE_BYTES
	assert (size < 0xFFFFFF00, "the region is too long for a WAV file (4 GB)")
	return string.pack ("<c4I4c4c4I4I2I2I4I4I2I2I2c4I4I4c4I4", "RIFF", 50 + size, "WAVE", "fmt ", 18, 3, channels, rate,
		rate * channels * RATE_BYTES, channels * RATE_BYTES, 8 * RATE_BYTES, 0, "fact", 4, frames, "data", size)
end

local function region_of (record)
	local region = ARDOUR.RegionFactory.region_by_id (PBD.ID (record.region))
	local audio = not region:isnil () and region:to_audioregion ()
	assert (audio and not audio:isnil (), "the region was removed before it could be read")
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

-- The region's own audio as it was recorded or imported: without fades, gain and effects, which stay with Ardour.
local function block (region, memory, from, count, channels)
	local tables = {}
	for channel = 0, channels - 1 do
		local buffer = memory:to_float (0)
		assert (region:to_readable ():read (buffer, from, count, channel) == count, "the region cannot be read")
		tables[channel + 1] = buffer:get_table (count)
	end
	return interleaved (tables, count)
end

-- File names that every system allows.
local function plain (name)
	return (name:gsub ('[%c<>:"/\\|?*]', "_"):gsub ("[. ]+$", ""):sub (1, 80))
end

local function open (record)
	local audio = region_of (record)
	record.channels = audio:n_channels ()
	record.rate = math.floor (Session:nominal_sample_rate ())
	record.path = takevoice.handover (("%s.%s.wav"):format (plain (record.name), record.id))
	local file = io.open (record.path .. ".part", "wb")
	-- The daemon makes the folder when it starts.
	if not file then error (takevoice.NOT_RUNNING, 0) end
	file:write (header (record.channels, record.rate, math.floor (tonumber (record.length))))
	return { file = file, done = 0, memory = ARDOUR.DSP.DspShm (BLOCK) }
end

local function write_some (record, open_file)
	local length = math.floor (tonumber (record.length))
	local region = region_of (record)
	local till = ARDOUR.LuaAPI.monotonic_time () + BUDGET
	repeat
		local count = math.min (BLOCK, length - open_file.done)
		local samples = block (region, open_file.memory, open_file.done, count, record.channels)
		for first = 1, #samples, 4096 do
			local last = math.min (first + 4095, #samples)
			open_file.file:write (string.pack ("<" .. ("f"):rep (last - first + 1), table.unpack (samples, first, last)))
		end
		open_file.done = open_file.done + count
	until open_file.done >= length or ARDOUR.LuaAPI.monotonic_time () > till
	return open_file.done >= length
end

-- True once the file is there whole. Raises a text when that cannot be.
function sending.write (record)
	record.open = record.open or open (record)
	if not write_some (record, record.open) then return false end
	record.open.file:close ()
	record.open = nil
	takevoice.write_done (record.path)
	return true
end

function sending.drop (record)
	if record.open then record.open.file:close () end
	record.open = nil
	if record.path and record.state ~= "export" then
		os.remove (record.path)
		os.remove (record.path .. ".part")
	end
end

-- Sent again with the same id, it is the same request: nothing is converted twice.
function sending.ask (record, daemon)
	takevoice.send (daemon, "/takevoice/convert", record.id, record.path, "track", record.track_name, "start", tostring (record.position))
end

return sending
