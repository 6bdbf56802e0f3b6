-- Puts other candidates into the places of those that regions play, in one undo step.

local takevoice = ...
local fades = takevoice.load ("fades")
local lists = takevoice.load ("lists")
local names = takevoice.load ("names")
local placing = takevoice.load ("placing")
local regions = takevoice.load ("regions")
local sources = takevoice.load ("sources")
local takes = takevoice.load ("takes")
local undoing = takevoice.load ("undoing")
local choosing = {}

local function add_playing (list, take, playlist)
	for region in lists.each (playlist:region_list ()) do
		local found, number = nil, nil
		if not region:to_audioregion ():isnil () then found, number = takes.of (region) end
		if found == take then list[#list + 1] = { take = take, region = region, playlist = playlist, from = number } end
	end
end

-- Returns what plays a candidate of a take now: { take =, region =, playlist =, from = } in the current playlists.
local function playing (take)
	local list = {}
	for route in lists.each (Session:get_tracks ()) do
		local track = route:to_track ()
		if not track:isnil () and not track:playlist ():isnil () then add_playing (list, take, track:playlist ()) end
	end
	return list
end

local function changes_of (wanted)
	if not wanted.region then return playing (wanted.take) end
	local region = regions.by_id (wanted.region)
	local track = region and regions.track_of (region)
	local take, number = nil, nil
	if track then take, number = takes.of (region) end
	return take and { { take = take, region = region, playlist = track:playlist (), from = number } } or {}
end

local function exchange (change, found)
	local region, from, to = change.region, takes.sound (change.take, change.from), takes.sound (change.take, change.to)
	local new = sources.part (change.whole, region:start ():samples (), region:length ():samples (),
		names.exchanged (region:name (), from, to, change.take.name))
	placing.replace (change.playlist, region, new, found)
	return new
end

-- Imports what the session does not have, before the undo step begins.
local function prepared (wanted)
	local list = {}
	for _, each in ipairs (wanted) do
		for _, change in ipairs (changes_of (each)) do
			change.to = each.number
			if change.from ~= change.to then
				change.whole = takes.whole (change.take, change.to)
				list[#list + 1] = change
			end
		end
	end
	return list
end

local function title (list)
	local take = list[1].take
	for _, each in ipairs (list) do
		if each.take ~= take then return "candidates" end
	end
	return ("candidate %d of %s"):format (list[1].to, take.name)
end

-- `wanted`: { take =, number = } for all regions of a take in the current playlists, or { region = its id, number = } for one.
-- Returns the regions that replaced others, or raises a message.
function choosing.choose (wanted)
	local list, made = prepared (wanted), {}
	if #list == 0 then return made end
	local playlists, old = {}, {}
	for i, change in ipairs (list) do playlists[i], old[i] = change.playlist, change.region end
	local fades_of = fades.of (old)
	undoing.in_one_step (title (list), playlists, function ()
		for i, change in ipairs (list) do made[i] = exchange (change, fades_of[regions.id (change.region)]) end
	end)
	return made
end

return choosing
