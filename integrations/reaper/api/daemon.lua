-- The daemon: where it listens, sending to it, and its result files. All in its state dir.

local takevoice = ...
local files = takevoice.load("files")
local json = takevoice.load("json")
local osc = takevoice.load("osc")
local command = takevoice.load("command")
local daemon = {}

-- ReaPack's mavriq-lua-sockets, or whatever else Lua finds.
local function luasocket()
  local place = reaper.GetResourcePath() .. "/Scripts/Mavriq ReaScript Repository/Various/Mavriq-Lua-Sockets/?."
  local before = package.cpath
  package.cpath = ("%s;%sso;%sdll"):format(before, place, place)
  local ok, socket = pcall(require, "socket.core")
  package.cpath = before
  return ok and type(socket) == "table" and socket.udp and socket or nil
end
local socket = luasocket()

-- Host and port, or nil when no daemon has noted them.
function daemon.where()
  local noted = json(files.read(files.join(takevoice.settings.state, "osc.json")) or "")
  if not noted or not noted.host or not noted.port then return nil end
  local host = ({ ["0.0.0.0"] = "127.0.0.1", ["::"] = "::1" })[noted.host] or noted.host
  return host, math.floor(noted.port)
end

local function by_socket(messages, host, port)
  local udp = host:find(":", 1, true) and socket.udp6() or socket.udp()
  if not udp or not udp:setpeername(host, port) then return false end
  for _, message in ipairs(messages) do udp:send(osc(table.unpack(message))) end
  udp:close()
  return true
end

-- Sends messages, each a list of the address and its texts. Does not wait; what comes of it is in the result files.
function daemon.send(messages)
  local host, port = daemon.where()
  if not host then return end
  if not (socket and by_socket(messages, host, port)) then command.send(messages) end
end

local function result_path(id) return files.join(takevoice.settings.state, "results", id .. ".json") end

-- How a request has ended (docs/osc.md, result files), or nil while it has not.
function daemon.result(id)
  local text = files.read(result_path(id))
  return text and json(text)
end

function daemon.forget(id) os.remove(result_path(id)) end

-- Where audio is handed to the daemon; it reads nothing outside this folder and those it watches.
function daemon.handover(name) return files.join(takevoice.settings.state, "handover", name) end

return daemon
