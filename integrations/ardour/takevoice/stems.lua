-- Which track an exported file is the stem of. Ardour names stems TIMESPAN_TRACK, with some characters replaced.

local takevoice = ...
local files = takevoice.load ("files")
local lists = takevoice.load ("lists")
local stems = {}

local function plain (name) return (name:gsub ("[^%w\x80-\xFF]", "_")) end

-- Returns the name of the track, or nil for a mix. Of tracks whose names end alike, the longest is meant.
function stems.track_of (path, span)
	local stem, found = plain (files.stem (path)), nil
	local first = plain (span) .. "_"
	if stem:sub (1, #first) ~= first then return nil end
	for route in lists.each (Session:get_routes ()) do
		local name = route:name ()
		local ending = "_" .. plain (name)
		if #stem >= #first + #ending - 1 and stem:sub (-#ending) == ending and (not found or #name > #found) then found = name end
	end
	return found
end

return stems
