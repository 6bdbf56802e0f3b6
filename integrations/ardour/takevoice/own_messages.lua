-- Messages of Ardour's scripts alone.

local own_messages = {}

own_messages.NO_HOOK = 'The hook "takevoice: Results" is not registered, so converted regions could not be placed.\n\n'
	.. "Add it in Edit > Lua Scripts > Script Manager > Action Hooks, wait five seconds, and try again."

return own_messages
