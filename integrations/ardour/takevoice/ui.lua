-- Answers to a key press, in dialogs that stay until they are closed.

local ui = {}

local function show (text, kind)
	LuaDialog.Message ("takevoice", text, kind, LuaDialog.ButtonType.Close):run ()
end

-- Says what is wrong, and prints it to Ardour's terminal.
function ui.alert (text)
	io.stderr:write ("takevoice: ", text, "\n")
	show (text, LuaDialog.MessageType.Warning)
end

function ui.inform (text) show (text, LuaDialog.MessageType.Info) end

return ui
