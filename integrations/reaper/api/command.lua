-- Sends OSC messages with the takevoice command, where there is no LuaSocket. REAPER does not wait for it.

local takevoice = ...
local files = takevoice.load("files")
local ids = takevoice.load("ids")
local state_dir = takevoice.load("state_dir")
local command = {}

local NO_WAIT, NO_WAIT_NO_WINDOW = -1, -2

-- Quotes a word as C programs on Windows parse their command line: a backslash is special only before a quote.
function command.windows_word(word)
  local escaped = word:gsub('(\\*)"', '%1%1\\"')
  if word ~= "" and not word:find("[ \t]") then return escaped end
  return '"' .. escaped:gsub("(\\+)$", "%1%1") .. '"'
end

function command.shell_word(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- Returns a message's command line, each word quoted by `quote`. After the --, arguments may begin with -.
function command.line(message, quote)
  local words = {}
  for _, word in ipairs(takevoice.settings.command) do words[#words + 1] = word end
  for _, word in ipairs({ "osc", "--strings", "--state", takevoice.settings.state, message[1], "--" }) do
    words[#words + 1] = word
  end
  for i = 2, #message do words[#words + 1] = message[i] end
  for i, word in ipairs(words) do words[i] = quote(word) end
  return table.concat(words, " ")
end

local function send_on_windows(messages)
  for _, message in ipairs(messages) do
    reaper.ExecProcess(command.line(message, command.windows_word), NO_WAIT_NO_WINDOW)
  end
end

-- Writes a shell script that removes itself, because REAPER's own parsing of a command line would break some names.
local function send_by_shell(messages)
  local path = state_dir.handover(ids.new() .. ".sh")
  local lines = { "rm -f " .. command.shell_word(path) }
  for _, message in ipairs(messages) do lines[#lines + 1] = command.line(message, command.shell_word) end
  files.write(path, table.concat(lines, "\n") .. "\n")
  reaper.ExecProcess('/bin/sh "' .. path .. '"', NO_WAIT)
end

function command.send(messages)
  if reaper.GetOS():match("^Win") then send_on_windows(messages) else send_by_shell(messages) end
end

return command
