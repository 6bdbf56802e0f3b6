-- @description takevoice: convert selected items to another voice
-- @version 0.1.0
-- @author takevoice
-- @changelog First version
-- @about
--   # takevoice
--
--   Select items and press a key: takevoice converts them to another voice and adds the results as new takes, at the
--   same positions. Needs the takevoice daemon; run `takevoice install reaper` once to connect the scripts to it.
-- @provides
--   [main] *.lua
--   [nomain] api/**/*.lua
--   [nomain] ../common/*.lua > api/

local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
assert(loadfile(folder .. "api/takevoice.lua"))(folder).run("convert.run", "items")
