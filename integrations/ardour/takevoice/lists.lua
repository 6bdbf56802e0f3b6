-- Ardour's lists in loops.

local lists = {}

-- Returns what a `for` loop over one of Ardour's lists needs. The loop keeps the list, too: of a list that nothing else keeps,
-- Lua may free the memory while Ardour's iterator still reads it, and Ardour crashes.
function lists.each (list) return list:iter (), list end

return lists
