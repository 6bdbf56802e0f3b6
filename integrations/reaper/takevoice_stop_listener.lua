-- @noindex

local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
assert(loadfile(folder .. "api/takevoice.lua"))(folder).run("listener.stop")
