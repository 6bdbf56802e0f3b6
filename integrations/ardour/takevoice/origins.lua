-- Which part of which file a converted sound was made from, so that a converted region can be converted again, to another
-- voice, from its original. A line for each sound in the session's folder.

local takevoice = ...
local files = takevoice.load ("files")
local records = takevoice.load ("records")
local regions = takevoice.load ("regions")
local origins = {}

local SEPARATOR = "\t"

local list, by_source = {}, {}

local function path () return takevoice.join (Session:path (), "takevoice.origins") end

-- Reads the list of the open session.
function origins.open ()
	list, by_source = {}, {}
	for line in (files.read (path ()) or ""):gmatch ("[^\n]+") do
		local origin = records.unpack (line, SEPARATOR)
		list[#list + 1], by_source[origin.source] = origin, origin
	end
end

-- Writes the list into the open session's folder. Raises a message.
function origins.save ()
	local lines = {}
	for i, origin in ipairs (list) do lines[i] = records.pack (origin, SEPARATOR) .. "\n" end
	if #lines > 0 then files.write (path (), table.concat (lines)) end
end

-- Returns where the sound of a region comes from: path, channels from 1, the sample of the file at which the region begins, and the
-- voice of the region; nil if it was not converted from a file that is still there.
function origins.of (region)
	local origin = by_source[regions.source_id (region)]
	if not origin or not files.exists (origin.path) then return nil end
	local channels = {}
	for number in origin.channels:gmatch ("%d+") do channels[#channels + 1] = math.tointeger (tonumber (number)) end
	return {
		path = origin.path, channels = channels, voice = origin.voice,
		first = region:start ():samples () + math.tointeger (tonumber (origin.shift)),
	}
end

-- Keeps in a record what its sound was asked from, as `sound.of` returns it.
function origins.note (record, found)
	if not found.first then return end
	record.origin_path, record.origin_first, record.from_voice = found.path, found.first, found.voice
	record.origin_channels = table.concat (found.channels, ",")
end

-- Remembers the sounds of a record that was placed. `head`: samples before the region's own, at the beginning of each of them.
function origins.add (record, head)
	if not record.origin_path then return end
	for _, sound in ipairs (record.sounds) do
		local origin = {
			source = regions.source_id (sound.whole), path = record.origin_path, channels = record.origin_channels,
			shift = math.tointeger (tonumber (record.origin_first)) - head, voice = sound.voice,
		}
		list[#list + 1], by_source[origin.source] = origin, origin
	end
end

return origins
