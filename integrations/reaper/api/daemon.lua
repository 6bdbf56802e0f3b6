-- Sends OSC messages to the daemon: through LuaSocket, else through the takevoice command.

local takevoice = ...
local command = takevoice.load("command")
local osc = takevoice.load("osc")
local state_dir = takevoice.load("state_dir")
local daemon = {}

-- Loads ReaPack's mavriq-lua-sockets, or any other LuaSocket that Lua finds.
local function luasocket()
  local place = reaper.GetResourcePath() .. "/Scripts/Mavriq ReaScript Repository/Various/Mavriq-Lua-Sockets/?."
  local before = package.cpath
  package.cpath = ("%s;%sso;%sdll"):format(before, place, place)
  local ok, socket = pcall(require, "socket.core")
  package.cpath = before
  return ok and type(socket) == "table" and socket.udp and socket or nil
end
local socket = luasocket()

local function send_by_socket(messages, host, port)
  local udp = host:find(":", 1, true) and socket.udp6() or socket.udp()
  if not udp or not udp:setpeername(host, port) then return false end
  for _, message in ipairs(messages) do udp:send(osc(table.unpack(message))) end
  udp:close()
  return true
end

-- True if a daemon has written its address; it may have been killed since.
function daemon.has_address() return state_dir.osc_address() ~= nil end

-- Sends messages, each a list of an OSC address and strings, if there is a daemon to send them to. Never waits: the
-- daemon's answers are result files.
function daemon.send(messages)
  local host, port = state_dir.osc_address()
  if not host then return end
  if not (socket and send_by_socket(messages, host, port)) then command.send(messages) end
end

return daemon
