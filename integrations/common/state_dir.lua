-- Files in the daemon's state dir: its OSC address, audio handed to it, and results of requests.

local takevoice = ...
local files = takevoice.load("files")
local json = takevoice.load("json")
local state_dir = {}

local LOOPBACK = { ["0.0.0.0"] = "127.0.0.1", ["::"] = "::1" }

local function path(...) return takevoice.join(takevoice.settings.state, ...) end

-- Returns the host and port where the daemon receives OSC, or nil if no daemon has written them.
function state_dir.osc_address()
  local address = json(files.read(path("osc.json")) or "")
  if not address or not address.host or not address.port then return nil end
  return LOOPBACK[address.host] or address.host, math.floor(address.port)
end

-- Files for the daemon: requests, and audio that is made for it.
function state_dir.handover(name) return path("handover", name) end

-- Every byte that is not a letter, digit, "_", "." or "-" as %XX, like the daemon does for ids of up to 120 characters.
function state_dir.result_name(id)
  return id:gsub("[^A-Za-z0-9_.-]", function(c) return ("%%%02X"):format(c:byte()) end) .. ".json"
end

local function result_path(id) return path("results", state_dir.result_name(id)) end

-- Returns the result of a request (docs/osc.md, result files), or nil if there is none yet.
function state_dir.result(id) return json(files.read(result_path(id)) or "") end

-- Returns its text, to notice that it was written again.
function state_dir.result_text(id) return files.read(result_path(id)) end

function state_dir.remove_result(id) os.remove(result_path(id)) end

return state_dir
