-- What the takevoice scripts share: where the daemon is, its result files, the list of what is under way, messages.
-- Called with its own folder; `settings.lua` beside it, written by `takevoice install ardour`, names the state dir.

local folder = ...
local takevoice = {}
local join = ARDOUR.LuaAPI.build_filename

function takevoice.load (name) return assert (loadfile (join (folder, name .. ".lua"))) (takevoice) end

local settings = assert (loadfile (join (folder, "settings.lua"))) ()

function takevoice.read (path)
	local file = io.open (path, "rb")
	if not file then return nil end
	local text = file:read ("a")
	file:close ()
	return text
end

-- Gives a finished `.part` its name. Windows cannot rename onto a file that is there.
function takevoice.write_done (path)
	if not os.rename (path .. ".part", path) then
		os.remove (path)
		assert (os.rename (path .. ".part", path))
	end
end

-- Whole or not at all.
function takevoice.write (path, text)
	local file = assert (io.open (path .. ".part", "wb"))
	file:write (text)
	file:close ()
	takevoice.write_done (path)
end

-- Plain text in a message; also on Ardour's own terminal. The dialog keeps the editor waiting, but not the sound.
function takevoice.tell (text)
	io.stderr:write ("takevoice: ", text, "\n")
	LuaDialog.Message ("takevoice", text, LuaDialog.MessageType.Warning, LuaDialog.ButtonType.Close):run ()
end

takevoice.NOT_RUNNING = "takevoice is not running, so nothing has been converted and nothing has been changed.\n\n"
	.. "Start it in a terminal with\n    takevoice run FOLDER\nand try again. (FOLDER is any folder, such as the one you export to.)"

-- The daemon's OSC address, or nil when no daemon has noted one.
function takevoice.daemon ()
	local text = takevoice.read (join (settings.state, "osc.json"))
	local port = text and text:match ('"port": *(%d+)')
	local host = text and text:match ('"host": *"([^"]*)"')
	if not port then return nil end
	if host == "0.0.0.0" or host == "::" then host = "127.0.0.1" end
	return ARDOUR.LuaOSC.Address ("osc.udp://" .. host .. ":" .. port)
end

function takevoice.send (daemon, address, ...)
	daemon:send (address, ("s"):rep (select ("#", ...)), ...)
end

-- A request id that no other request has. Letters, digits and - only: it is a file name too.
local count = 0
function takevoice.new_id (word)
	count = count + 1
	return ("ardour-%s-%d-%d-%d"):format (word, os.time (), ARDOUR.LuaAPI.monotonic_time () % 1000000000, count)
end

-- Where audio is handed to the daemon; it reads nothing outside this folder and those it watches.
function takevoice.handover (name) return join (settings.state, "handover", name) end

local function utf8_of (code, low)
	if low then code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) end
	-- A byte of a file name that is no UTF-8 comes as a lone surrogate.
	if code >= 0xDC80 and code <= 0xDCFF then return string.char (code - 0xDC00) end
	return utf8.char (code)
end

-- The text of a JSON string: result files are ASCII and flat.
local function unescape (text)
	local simple = { n = "\n", t = "\t", r = "\r", b = "\b", f = "\f" }
	text = text:gsub ("\\\\", "\\u005c")
	text = text:gsub ("\\u([dD][89abAB]%x%x)\\u([dD][c-fC-F]%x%x)", function (high, low)
		return utf8_of (tonumber (high, 16), tonumber (low, 16))
	end)
	text = text:gsub ("\\u(%x%x%x%x)", function (hex)
		return hex == "005c" and "\\\\" or utf8_of (tonumber (hex, 16))
	end)
	return (text:gsub ("\\(.)", function (c) return simple[c] or c end))
end

local function result_path (id) return join (settings.state, "results", id .. ".json") end

-- The ended request's result as a table of texts, or nil while there is none.
function takevoice.result (id)
	local text = takevoice.read (result_path (id))
	if not text then return nil end
	local found = {}
	for key, value in text:gmatch ('\n "([%w_]+)": "(.-)",?%f[\r\n]') do found[key] = unescape (value) end
	for key, value in text:gmatch ('\n "([%w_]+)": (%d+)') do found[key] = value end
	return found
end

function takevoice.forget_result (id) os.remove (result_path (id)) end

-- Lists of records in the session's folder, so that what is under way survives Ardour: one line each, key=value, tabs between.
local function escape (text)
	return (tostring (text):gsub ("[%%\t\r\n=]", function (c) return ("%%%02X"):format (c:byte ()) end))
end

local function line_of (record)
	local parts = {}
	for key, value in pairs (record) do
		if type (value) ~= "table" then parts[#parts + 1] = key .. "=" .. escape (value) end
	end
	return table.concat (parts, "\t") .. "\n"
end

function takevoice.records (path)
	local found = {}
	for line in (takevoice.read (path) or ""):gmatch ("[^\n]+") do
		local record = {}
		for key, value in line:gmatch ("([%w_]+)=([^\t]*)") do
			record[key] = value:gsub ("%%(%x%x)", function (hex) return string.char (tonumber (hex, 16)) end)
		end
		found[#found + 1] = record
	end
	return found
end

function takevoice.keep (path, records)
	local lines = {}
	for _, record in ipairs (records) do lines[#lines + 1] = line_of (record) end
	if #lines > 0 then takevoice.write (path, table.concat (lines)) else os.remove (path) end
end

-- New records, which the hook "takevoice: Results" takes up within a tenth of a second.
function takevoice.add (records)
	local lines = {}
	for _, record in ipairs (records) do lines[#lines + 1] = line_of (record) end
	local file = assert (io.open (takevoice.new_list (), "ab"))
	file:write (table.concat (lines))
	file:close ()
end

function takevoice.new_list () return join (Session:path (), "takevoice.new") end
function takevoice.pending_list () return join (Session:path (), "takevoice.pending") end

-- The hook "takevoice: Results" leaves a sign of life, so that an action can tell that nobody would bring results back.
local BEAT = 5 -- seconds
local sign = join (folder, "listening")

function takevoice.beat (now) takevoice.write (sign, tostring (now)) end
function takevoice.beats_every () return BEAT end
function takevoice.somebody_listens ()
	local last = tonumber (takevoice.read (sign) or "")
	return last ~= nil and os.time () - last <= 3 * BEAT
end

return takevoice
