-- The playlists for conversions: one for each track from opening a session to closing it, and one for each candidate. What the
-- track played before stays as it was, as a copy with its name. Results go into the playlist itself, which gets another name:
-- Ardour's undo history belongs to it.

local takevoice = ...
local lists = takevoice.load ("lists")
local regions = takevoice.load ("regions")
local playlists = {}

local ours = {} -- by the track's id: the id of the playlist of this pass
local of_candidates = {} -- by the track's id and the candidate's number: the id of its playlist of this pass

-- A session was opened.
function playlists.forget ()
	ours, of_candidates = {}, {}
	regions.forget ()
end

local function key (region)
	local place = { region:position ():samples (), region:start ():samples (), region:length ():samples () }
	return table.concat (place, " ")
end

local function list_of (playlist)
	local list = {}
	for region in lists.each (playlist:region_list ()) do
		list[#list + 1] = { region = region, key = key (region) .. " " .. region:layer (), name = region:name () }
	end
	return list
end

local function lock (original, copy)
	if original:locked () then copy:set_locked (true) end
	if original:position_locked () then copy:set_position_locked (true) end
	if original:video_locked () then copy:set_video_locked (true) end
end

-- Ardour counts up the names of copies, and unlocks them. Gives them their names and locks again.
local function match (before, copies)
	local by_key = {}
	for _, each in ipairs (copies) do
		by_key[each.key] = by_key[each.key] or {}
		table.insert (by_key[each.key], each)
	end
	for _, each in ipairs (before) do
		local copy = by_key[each.key] and table.remove (by_key[each.key], 1)
		if copy then
			if copy.name ~= each.name then copy.region:set_name (each.name) end
			lock (each.region, copy.region)
		end
	end
end

-- Returns a copy of the track's current playlist, which stays the current one.
local function copy (track)
	local current, before = track:playlist ():to_stateful ():id (), list_of (track:playlist ())
	track:use_copy_playlist ()
	local made = track:playlist ()
	match (before, list_of (made))
	track:find_and_use_playlist (ARDOUR.DataType ("audio"), current)
	return made
end

-- Earlier passes have playlists of this name, too. Ardour lists playlists in the order of the number after the last dot.
local function give_name (playlist, name, ending)
	local found, count = name .. ending, 1
	while not Session:playlists ():by_name (found):isnil () do
		count = count + 1
		found = ("%s (%d)%s"):format (name, count, ending)
	end
	playlist:set_name (found)
end

-- Makes the track's current playlist that of the pass, if it is not yet, and leaves a copy of it under its name.
function playlists.use (track)
	local number, current = regions.id (track), track:playlist ()
	if ours[number] == regions.id (current) then return end
	local name, before = current:name (), copy (track)
	give_name (current, track:name () .. " takevoice", "")
	before:set_name (name)
	ours[number] = regions.id (current)
end

local function known (track, number)
	local id = of_candidates[regions.id (track) .. " " .. number]
	local playlist = id and Session:playlists ():by_id (PBD.ID (id))
	return playlist and not playlist:isnil () and playlist or nil
end

-- Returns the pass's playlists for the candidates of these numbers, by number. They are made as copies of the track's current
-- playlist.
function playlists.of_candidates (track, numbers)
	local found = {}
	for _, number in ipairs (numbers) do
		found[number] = known (track, number)
		if not found[number] then
			found[number] = copy (track)
			give_name (found[number], track:name () .. " candidate", "." .. number)
			of_candidates[regions.id (track) .. " " .. number] = regions.id (found[number])
		end
	end
	return found
end

-- Returns the region of a playlist that plays the same sound at the same place as a region of another playlist, or nil.
function playlists.counterpart (region, playlist)
	if regions.is_in (playlist, region) then return region end
	local wanted, source = key (region), regions.source_id (region)
	for each in lists.each (playlist:region_list ()) do
		if key (each) == wanted and regions.source_id (each) == source then return each end
	end
end

return playlists
