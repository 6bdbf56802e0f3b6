-- What the user has to know without having asked: one window with all of it, which does not stop the hooks. It waits while
-- Ardour plays or records.

local notice = {}

local MOST, WIDTH = 12, 100 -- lines; characters
local BUTTON = '("Cancel" closes this message, and cancels nothing else.)' -- Ardour names the button

local window
local lines, shown = {}, nil
local is_news = false
local standing -- a line that takes itself back
local read -- the standing line that the user has closed

local function is_rolling () return Session:transport_rolling () or Session:actively_recording () end

-- Ardour's windows are as wide as their longest line.
local function wrapped (line)
	local rows, row = {}, ""
	for word in line:gmatch ("%S+") do
		if #row > 0 and (utf8.len (row) or #row) + (utf8.len (word) or #word) >= WIDTH then
			rows[#rows + 1], row = row, "    "
		end
		row = (row == "" or row == "    ") and row .. word or row .. " " .. word
	end
	rows[#rows + 1] = row
	return table.concat (rows, "\n")
end

local function text ()
	local first = math.max (1, #lines - MOST + 1)
	local all = { table.unpack (lines, first) }
	if first > 1 then table.insert (all, 1, ("%d earlier ones; `takevoice jobs` lists them all"):format (first - 1)) end
	if standing then table.insert (all, 1, standing) end
	for i, line in ipairs (all) do all[i] = line:gsub ("[^\n]+", wrapped) end
	return #all > 0 and table.concat (all, "\n") .. "\n\n" .. BUTTON or nil
end

local function close ()
	if window then window:done () end
	window, shown = nil, nil
end

-- Adds a line to the list.
function notice.add (line)
	io.stderr:write ("takevoice: ", line, "\n")
	lines[#lines + 1] = line
	is_news = true
end

-- Shows a line until it is called with another one, or with nil.
function notice.stand (line)
	if line == nil then read = nil end
	if line == standing or (line ~= nil and line == read) then return end
	if line then io.stderr:write ("takevoice: ", line, "\n") end
	standing = line
	is_news = is_news or line ~= nil
end

-- Shows the standing line again, which the user may have closed.
function notice.remind ()
	read, shown = nil, nil
	is_news = is_news or standing ~= nil
end

-- Shows what there is, and closes the window when the user does.
function notice.tick ()
	if window and window:canceled () then
		lines, standing, read = {}, nil, standing
		return close ()
	end
	local wanted = text ()
	if not wanted then return close () end
	if wanted == shown or is_rolling () then return end
	-- For news a new window, because one that was closed with the Escape key only hides, and does not say so.
	if is_news then close () end
	if not window and not is_news then return end
	window = window or LuaDialog.ProgressWindow ("takevoice", true)
	is_news = false
	shown = wanted
	window:progress (0, wanted)
end

return notice
