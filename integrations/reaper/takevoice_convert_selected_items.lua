-- @description takevoice: convert selected items to another voice
-- @version 0.1.0
-- @author takevoice
-- @changelog First version
-- @about
--   # takevoice
--
--   Select items, press a key, and they come back in another voice: as new takes, at their own places. Needs the
--   takevoice daemon, which tells these scripts where it is by `takevoice install reaper`.
-- @provides
--   [main] .
--   [main] takevoice_convert_selected_items_3_candidates.lua
--   [main] takevoice_convert_last_render.lua
--   [main] takevoice_track_settings.lua
--   [main] takevoice_listener.lua
--   [main] takevoice_start_listener_with_reaper.lua
--   [nomain] api/*.lua

local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
assert(loadfile(folder .. "api/takevoice.lua"))(folder).run("convert", 1)
