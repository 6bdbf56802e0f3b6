-- The takevoice command as a helper for sending, where there are no sockets. REAPER does not wait for it.

local takevoice = ...
local files = takevoice.load("files")
local ids = takevoice.load("ids")
local command = {}

local NO_WAIT, NO_WAIT_NO_WINDOW = -1, -2

-- As a C program on Windows takes its command line apart: backslashes count only before a quote.
function command.windows_word(word)
  local escaped = word:gsub('(\\*)"', '%1%1\\"')
  if word ~= "" and not word:find("[ \t]") then return escaped end
  return '"' .. escaped:gsub("(\\+)$", "%1%1") .. '"'
end

function command.shell_word(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- A message's command line, each word as `quote` writes it. The address comes before the --, which lets arguments begin with -.
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

local function on_windows(messages)
  for _, message in ipairs(messages) do
    reaper.ExecProcess(command.line(message, command.windows_word), NO_WAIT_NO_WINDOW)
  end
end

-- A small script, so that no name need pass REAPER's own way of taking a command line apart. It removes itself.
local function elsewhere(messages)
  local path = files.join(takevoice.settings.state, "handover", ids.new() .. ".sh")
  local lines = { "rm -f " .. command.shell_word(path) }
  for _, message in ipairs(messages) do lines[#lines + 1] = command.line(message, command.shell_word) end
  files.write(path, table.concat(lines, "\n") .. "\n")
  reaper.ExecProcess('/bin/sh "' .. path .. '"', NO_WAIT)
end

function command.send(messages)
  if reaper.GetOS():match("^Win") then on_windows(messages) else elsewhere(messages) end
end

return command
