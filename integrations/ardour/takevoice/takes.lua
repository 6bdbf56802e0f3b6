-- The takes of a session that have candidates: which sources play them, and which one was picked. A line each in the
-- session's folder, so that a candidate can be picked later, too.

local takevoice = ...
local files = takevoice.load ("files")
local records = takevoice.load ("records")
local regions = takevoice.load ("regions")
local takes = {}

local SEPARATOR = "\t"

local list, by_source = {}, {}

local function path () return takevoice.join (Session:path (), "takevoice.takes") end

local function index (take)
	for number in pairs (take.candidates) do
		by_source[take["source." .. number]] = { take = take, number = number }
	end
end

local function note (take, sound)
	local number = sound.number
	take["job." .. number], take["voice." .. number], take["path." .. number] = sound.job, sound.voice, sound.path
	if sound.whole then
		take["whole." .. number] = regions.id (sound.whole)
		take["source." .. number] = regions.source_id (sound.whole)
	end
	take.candidates[number] = true
end

-- Reads the list of the open session.
function takes.open ()
	list, by_source = {}, {}
	for line in (files.read (path ()) or ""):gmatch ("[^\n]+") do
		local take = records.unpack (line, SEPARATOR)
		take.candidates, take.picked = {}, tonumber (take.picked)
		for key in pairs (take) do
			local number = key:match ("^source%.(%d+)$")
			if number then take.candidates[tonumber (number)] = true end
		end
		list[#list + 1] = take
		index (take)
	end
end

-- Writes the list into the open session's folder. Raises a message.
function takes.save ()
	local lines = {}
	for i, take in ipairs (list) do lines[i] = records.pack (take, SEPARATOR) .. "\n" end
	if #lines > 0 then files.write (path (), table.concat (lines)) end
end

-- Remembers a record whose candidates were placed.
function takes.add (record, picked)
	local take = { id = record.id, name = record.name, picked = picked or record.sounds[1].number, candidates = {} }
	for _, sound in ipairs (record.sounds) do note (take, sound) end
	list[#list + 1] = take
	index (take)
	takes.save ()
end

-- Remembers a sound of a take that was imported now.
function takes.update (take, sound)
	note (take, sound)
	index (take)
end

function takes.all () return list end

-- Returns the take that a region plays a candidate of, and the candidate's number; nil if it plays none.
function takes.of (region)
	local found = by_source[regions.source_id (region)]
	if found then return found.take, found.number end
end

-- Returns the numbers of a take's candidates in their order.
function takes.numbers (take)
	local numbers = {}
	for number in pairs (take.candidates) do numbers[#numbers + 1] = number end
	table.sort (numbers)
	return numbers
end

-- Returns { path =, voice =, number =, job = } of a candidate.
function takes.sound (take, number)
	return {
		number = number, job = math.floor (tonumber (take["job." .. number])),
		voice = take["voice." .. number], path = take["path." .. number],
	}
end

-- Returns the region with the whole of a candidate, imported again if the session has it no more. Raises a message.
function takes.whole (take, number)
	local region = regions.by_id (take["whole." .. number])
	if region and regions.source_id (region) == take["source." .. number] then return region end
	local sources = takevoice.load ("sources")
	local sound = takes.sound (take, number)
	sound.whole = sources.import (sound.path)
	takes.update (take, sound)
	return sound.whole
end

return takes
