-- Requests to the daemon as files (docs/request-files.md): one for each id, written whole or not at all. A daemon that
-- starts later finds them, and the same id twice is one request.

local takevoice = ...
local files = takevoice.load("files")
local json = takevoice.load("json")
local json_text = takevoice.load("json_text")
local state_dir = takevoice.load("state_dir")
local handover = {}

local function path(id) return state_dir.handover(id .. ".json") end

-- `request` is a table with id, address, and what the address needs. Raises a message if it cannot be written.
function handover.ask(request)
  local ok, problem = pcall(files.write, path(request.id), json_text(request) .. "\n")
  if not ok then
    error(("takevoice's folder cannot be written: %s. Run `takevoice doctor` in a terminal"):format(files.plain_error(problem)), 0)
  end
end

-- True until the daemon has taken the request.
function handover.is_waiting(id) return files.exists(path(id)) end

-- Takes a request back that the daemon has not seen yet. Returns false if it has.
function handover.withdraw(id) return os.remove(path(id)) ~= nil end

-- Returns what is under way by request id, and the time of the daemon's last sign of life in seconds since 1970;
-- an empty table and nil if nothing is.
function handover.progress()
  local found = json(files.read(state_dir.handover("progress.json")) or "")
  if not found or type(found.requests) ~= "table" then return {}, nil end
  return found.requests, tonumber(found.beat)
end

return handover
