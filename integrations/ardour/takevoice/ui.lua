-- Messages to the user.

local ui = {}

-- Shows plain text in a dialog, and prints it to Ardour's terminal. The dialog blocks the editor, but not the sound.
function ui.alert (text)
	io.stderr:write ("takevoice: ", text, "\n")
	LuaDialog.Message ("takevoice", text, LuaDialog.MessageType.Warning, LuaDialog.ButtonType.Close):run ()
end

return ui
