-- Undo steps.

local takevoice = ...
local regions = takevoice.load ("regions")
local undoing = {}

-- Runs a function that changes these playlists, as one undo step. Nothing that Ardour cannot undo may happen in it.
function undoing.in_one_step (title, playlists, run)
	local touched = {}
	for _, playlist in ipairs (playlists) do touched[regions.id (playlist)] = playlist end
	for _, playlist in pairs (touched) do playlist:to_stateful ():clear_changes () end
	-- In a menu, one underscore marks the letter for a key.
	Session:begin_reversible_command ("takevoice: " .. title:gsub ("_", "__"))
	run ()
	for _, playlist in pairs (touched) do Session:add_stateful_diff_command (playlist:to_statefuldestructible ()) end
	if not Session:abort_empty_reversible_command () then Session:commit_reversible_command (nil) end
end

return undoing
