-- Records of conversions in progress, one line each, in the session's folder, so that they survive closing Ardour. Actions
-- add new records to a list of their own, which the hook "takevoice: Results" reads within a tenth of a second.

local takevoice = ...
local files = takevoice.load ("files")
local records = takevoice.load ("records")
local pending = {}

local SEPARATOR = "\t"

local function pending_list () return takevoice.join (Session:path (), "takevoice.pending") end
local function new_list () return takevoice.join (Session:path (), "takevoice.new") end

local function lines_of (list)
	local lines = {}
	for i, record in ipairs (list) do lines[i] = records.pack (record, SEPARATOR) .. "\n" end
	return table.concat (lines)
end

local function read (path)
	local list = {}
	for line in (files.read (path) or ""):gmatch ("[^\n]+") do list[#list + 1] = records.unpack (line, SEPARATOR) end
	return list
end

-- Returns the records that an earlier run has left; what it had imported is looked at again.
function pending.list ()
	local list = read (pending_list ())
	for _, record in ipairs (list) do record.ready_at, record.held, record.ended = nil, nil, nil end
	return list
end

function pending.new () return read (new_list ()) end
function pending.remove_new () os.remove (new_list ()) end

function pending.save (list)
	if #list > 0 then files.write (pending_list (), lines_of (list)) else os.remove (pending_list ()) end
end

-- Forgets the list of another session, whose records have gone elsewhere.
function pending.remove_list (session_path) os.remove (takevoice.join (session_path, "takevoice.pending")) end

-- Raises a message if the session's folder cannot be written.
function pending.add (list)
	local file, problem = io.open (new_list (), "ab")
	if not file then error (("Nothing was converted: the session's folder cannot be written (%s)."):format (problem), 0) end
	file:write (lines_of (list))
	file:close ()
end

return pending
