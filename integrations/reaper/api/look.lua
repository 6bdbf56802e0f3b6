-- Tells the daemon to look for requests at once, through LuaSocket, if Lua in REAPER can load it. Without it the daemon
-- finds them within a quarter of a second.

local takevoice = ...
local ids = takevoice.load("ids")
local osc = takevoice.load("osc")
local state_dir = takevoice.load("state_dir")
local look = {}

-- Loads ReaPack's mavriq-lua-sockets, or any other LuaSocket that Lua finds.
local function luasocket()
  local place = reaper.GetResourcePath() .. "/Scripts/Mavriq ReaScript Repository/Various/Mavriq-Lua-Sockets/?."
  local before = package.cpath
  package.cpath = ("%s;%sso;%sdll"):format(before, place, place)
  local ok, socket = pcall(require, "socket.core")
  package.cpath = before
  return ok and type(socket) == "table" and socket.udp and socket or nil
end

-- Never waits, and never fails: the daemon looks by itself, too.
function look.now()
  local host, port = state_dir.osc_address()
  local socket = host and luasocket()
  if not socket then return end
  local udp = host:find(":", 1, true) and socket.udp6() or socket.udp()
  if not udp then return end
  if udp:setpeername(host, port) then udp:send(osc("/takevoice/sync", ids.new())) end
  udp:close()
end

return look
