-- ardour7-lua make_session.lua FOLDER RATE TRACK...
local folder, rate = arg[1], math.floor (tonumber (arg[2]))
local session = assert (create_session (folder, ARDOUR.LuaAPI.path_get_basename (folder), rate))
for i = 3, #arg do
	session:new_audio_track (1, 2, nil, 1, arg[i], ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false)
end
sleep (1) -- the tracks are connected in the background, and saved unconnected before
session:save_state ("", false, false, false, false, false)
session:close ()
