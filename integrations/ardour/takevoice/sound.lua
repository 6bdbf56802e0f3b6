-- Where the sound of a region is. Most regions are a part of one file, which takevoice can cut by itself.

local takevoice = ...
local origins = takevoice.load ("origins")
local regions = takevoice.load ("regions")
local sound = {}

local HANDLE = 0.5 -- seconds of the source more at both ends, so that the converted region can be made longer

-- Returns the rate of a WAV, RF64 or FLAC file, or nil. Ardour resamples files of another rate than the session's while it
-- reads them, and then counts in samples that the file does not have.
local function rate_of (path)
	local file = io.open (path, "rb")
	if not file then return nil end
	local head = file:read (65536) or ""
	file:close ()
	if head:sub (1, 4) == "fLaC" and #head >= 21 then return string.unpack (">I3", head, 19) >> 4 end
	if head:sub (9, 12) ~= "WAVE" then return nil end
	local at = 13
	while at + 16 <= #head do
		local name, size = string.unpack ("<c4I4", head, at)
		if name == "fmt " then return (string.unpack ("<I4", head, at + 12)) end
		at = at + 8 + size + size % 2
	end
end

local function rate () return math.floor (Session:nominal_sample_rate ()) end

-- Returns the path that all channels share and the channels' numbers from 1; nil if they are in several files.
local function one_file (files)
	local path, channels = nil, {}
	for i, file in ipairs (files) do
		if (path and file:path () ~= path) or file:gain () ~= 1 then return nil end
		path, channels[i] = file:path (), file:channel () + 1
	end
	return path, channels
end

-- Returns path, channels, and the sample of the file at which the region begins; nil if it is not a part of one file.
local function file_of (region)
	local files = regions.files (region)
	local path, channels = nil, nil
	if files then path, channels = one_file (files) end
	if not path or rate_of (path) ~= rate () then return nil end
	return { path = path, channels = channels, first = region:start ():samples () }
end

-- Returns the part of a file that the region plays, as a request tells it: path, start, length and handle in seconds, and
-- channels; of a converted region, the part of its original's, and its voice. Returns nil for a region whose sound Ardour must
-- write first: it is compound, in several files, or of another rate than the session.
function sound.of (region)
	local found = origins.of (region) or file_of (region)
	if not found then return nil end
	found.start, found.length, found.handle = found.first / rate (), region:length ():samples () / rate (), HANDLE
	return found
end

sound.rate = rate

-- Returns how many samples of a result are before the part that was wanted.
function sound.head (record) return math.floor ((tonumber (record.head) or 0) * rate () + 0.5) end

return sound
