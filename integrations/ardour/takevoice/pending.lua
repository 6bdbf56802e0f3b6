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

function pending.list () return read (pending_list ()) end
function pending.new () return read (new_list ()) end
function pending.remove_new () os.remove (new_list ()) end

function pending.save (list)
	if #list > 0 then files.write (pending_list (), lines_of (list)) else os.remove (pending_list ()) end
end

function pending.add (list)
	local file = assert (io.open (new_list (), "ab"))
	file:write (lines_of (list))
	file:close ()
end

return pending
