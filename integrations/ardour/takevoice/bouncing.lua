-- Writes the sound of regions that are no part of one file, in blocks so that Ardour never waits.

local takevoice = ...
local files = takevoice.load ("files")
local sound = takevoice.load ("sound")
local state_dir = takevoice.load ("state_dir")
local wav = takevoice.load ("wav")
local bouncing = {}

local BLOCK = 8192 -- samples of one channel read at once
local BUDGET = 30000 -- microseconds per tick; a tick comes every 100000

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
		if region:to_readable ():read (buffer, from, count, channel) ~= count then error ("Ardour cannot read its sound", 0) end
		tables[channel + 1] = buffer:get_table (count)
	end
	return interleaved (tables, count)
end

local function open (record, audio)
	local path = state_dir.handover (record.id .. ".wav")
	local file, problem = io.open (path .. ".part", "wb")
	if not file then error (("takevoice's folder cannot be written: %s"):format (problem), 0) end
	local channels, length = audio:n_channels (), audio:to_readable ():readable_length ()
	file:write (wav.header (channels, sound.rate (), length))
	return { file = file, path = path, done = 0, length = length, channels = channels, memory = ARDOUR.DSP.DspShm (BLOCK) }
end

local function write_blocks (audio, open_file)
	local deadline = ARDOUR.LuaAPI.monotonic_time () + BUDGET
	repeat
		local count = math.min (BLOCK, open_file.length - open_file.done)
		open_file.file:write (wav.samples (block (audio, open_file.memory, open_file.done, count, open_file.channels)))
		open_file.done = open_file.done + count
	until open_file.done >= open_file.length or ARDOUR.LuaAPI.monotonic_time () > deadline
	return open_file.done >= open_file.length
end

-- Returns the written sound, as a request tells it, or nil while there is more to write. Raises a message.
function bouncing.run (record, region)
	local audio = region:to_audioregion ()
	record.open = record.open or open (record, audio)
	local open_file = record.open
	-- The file must not be a mix of two states of the region.
	if audio:to_readable ():readable_length () ~= open_file.length then error ("it was changed while it was read; convert it again", 0) end
	if not write_blocks (audio, open_file) then return nil end
	open_file.file:close ()
	record.open = nil
	files.replace (open_file.path .. ".part", open_file.path)
	return { path = open_file.path, temporary = true }
end

-- Closes and removes a file that was not written to its end.
function bouncing.stop (record)
	if not record.open then return end
	record.open.file:close ()
	os.remove (record.open.path .. ".part")
	record.open = nil
end

return bouncing
