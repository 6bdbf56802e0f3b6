-- Starts the daemon with the takevoice command. REAPER does not wait. This is the only module that starts a program.

local takevoice = ...
local files = takevoice.load("files")
local ids = takevoice.load("ids")
local state_dir = takevoice.load("state_dir")
local command = {}

local NO_WAIT, NO_WAIT_MINIMISED = -1, -2

-- Quotes a word as C programs on Windows parse their command line (CommandLineToArgvW): a backslash is special only before
-- a quote.
function command.windows_word(word)
  local escaped = word:gsub('(\\*)"', '%1%1\\"')
  if word ~= "" and not word:find("[ \t]") then return escaped end
  return '"' .. escaped:gsub("(\\+)$", "%1%1") .. '"'
end

-- Quotes a program's name for Windows. It is always quoted: of C:\My Programs\python.exe, CreateProcess would else try C:\My
-- first. Between its quotes, a backslash is not special.
function command.windows_program(path) return '"' .. path .. '"' end

-- Quotes a word for sh (POSIX, Shell Command Language, 2.2.2 Single-Quotes).
function command.shell_word(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- Returns the command line of some words, each quoted by `quote`; `quote_program` quotes the first one.
function command.line(words, quote, quote_program)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = (i == 1 and quote_program or quote)(word) end
  return table.concat(quoted, " ")
end

-- Returns the words of the takevoice command and of `...`. Where there is a command without a console, that one is used: on
-- Windows, REAPER starts a program minimised at best, and each would show in the taskbar.
function command.words(...)
  local words = {}
  for _, word in ipairs(takevoice.settings.background or takevoice.settings.command) do words[#words + 1] = word end
  for _, word in ipairs({ ... }) do words[#words + 1] = word end
  return words
end

-- Returns the words that start the daemon.
function command.daemon_words() return command.words("run", "--requests", "--state", takevoice.settings.state) end

local function on_windows() return reaper.GetOS():match("^Win") ~= nil end

local function run_on_windows(words)
  local line = command.line(words, command.windows_word, command.windows_program)
  return reaper.ExecProcess(line, NO_WAIT_MINIMISED) ~= nil
end

-- Runs lines of sh, which remove their own file first: REAPER's own parsing of a command line would break some names.
local function run_in_shell(lines)
  local path = state_dir.handover(ids.new() .. ".sh")
  table.insert(lines, 1, "rm -f " .. command.shell_word(path))
  files.write(path, table.concat(lines, "\n") .. "\n")
  return reaper.ExecProcess('/bin/sh "' .. path .. '"', NO_WAIT) ~= nil
end

-- Returns the line of sh that starts a program which outlives REAPER and whatever started it: without its streams, and deaf
-- to the end of a terminal.
function command.detached(words)
  return "nohup " .. command.line(words, command.shell_word) .. " >/dev/null 2>&1 </dev/null &"
end

-- Starts the daemon in the background. Returns false if the system would not start a program.
function command.start_daemon()
  if on_windows() then return run_on_windows(command.daemon_words()) end
  return run_in_shell({ command.detached(command.daemon_words()) })
end

return command
