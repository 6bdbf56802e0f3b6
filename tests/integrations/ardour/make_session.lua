-- ardour7-lua make_session.lua FOLDER RATE TRACK...
local folder, rate = arg[1], math.floor (tonumber (arg[2]))
local session = assert (create_session (folder, ARDOUR.LuaAPI.path_get_basename (folder), rate))
for i = 3, #arg do
	session:new_audio_track (1, 2, nil, 1, arg[i], ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false)
end
-- Ardour connects the tracks in the background.
local deadline = ARDOUR.LuaAPI.monotonic_time () + 5000000
local function is_connected ()
	for route in session:get_tracks ():iter () do
		if not route:output ():audio (0):connected () then return false end
	end
	return true
end
while not is_connected () and ARDOUR.LuaAPI.monotonic_time () < deadline do ARDOUR.LuaAPI.usleep (20000) end
session:save_state ("", false, false, false, false, false)
session:close ()
