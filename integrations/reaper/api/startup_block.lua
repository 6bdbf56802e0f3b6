-- The block that starts the listener from the user's Scripts/__startup.lua: text in, text out.
--
-- It is the first thing in the file, so that it runs whatever the rest does or ends with: `return`, an error, no line end.
-- `do ... end` keeps it apart from the rest: a file that begins with a parenthesis would else become the arguments of a call.
-- Lua skips a byte order mark, and a first line that begins with "#"; the block is put behind these.

local startup_block = {}

local BEGIN, END = "-- takevoice: begin", "-- takevoice: end"
local ADDED = " (the line end before this was added)"
local MARK = "\xEF\xBB\xBF"

-- Returns the kind of line end that the text uses.
local function line_end(text) return text:match("\r\n") or text:match("\n") or text:match("\r") or "\n" end

-- Returns the position after the line that `from` is in.
local function next_line(text, from)
  local _, last = text:find("\r?\n", from)
  local other = text:find("\r", from, true)
  if other and (not last or other < last - 1) then last = other end
  return last and last + 1 or #text + 1
end

-- Returns where a line that begins with `words` begins, at or after `from`, which is the begin of a line; or nil.
local function line_with(text, words, from)
  local at = from
  while at <= #text do
    if text:sub(at, at + #words - 1) == words then return at end
    at = next_line(text, at)
  end
end

-- Where the first line begins.
local function first_line(text) return text:sub(1, #MARK) == MARK and #MARK + 1 or 1 end

-- Where the block goes, and whether that is a new line.
local function place(text)
  local first = first_line(text)
  if text:sub(first, first) ~= "#" then return first, true end
  local last = text:find("\n", first, true) -- a carriage return alone does not end this line
  return (last or #text) + 1, last ~= nil
end

-- Whether this is what stands in a block, of this version or of an older one: no other lines are taken out of the user's file.
local function is_ours(body)
  body = body:gsub("\r\n", "\n"):gsub("\r", "\n")
  return body:find("^do\n  pcall%(function%(%)\n    [^\n]*\n  end%)\nend\n$") or body:find("^[^\n]*reaper%.Main_OnCommand%([^\n]*\n$")
end

-- Returns where the first and the last line of the block begin, or nil.
local function find_block(text)
  local first = line_with(text, BEGIN, first_line(text))
  while first do
    local second = next_line(text, first)
    local last = line_with(text, END, second)
    if last and is_ours(text:sub(second, last - 1)) then return first, last end
    first = line_with(text, BEGIN, second)
  end
end

-- Returns the text as it was before the block was put in, and whether there was one.
function startup_block.without_block(text)
  local first, last = find_block(text)
  if not first then return text, false end
  local before = text:sub(1, first - 1)
  local line = text:match("^[^\r\n]*", first)
  if line:find(ADDED, 1, true) then before = before:gsub("\n$", "") end
  return before .. text:sub(next_line(text, last)), true
end

-- Returns the text with a block that runs `line`, a statement of Lua; an older block is replaced. Returns nil and the
-- reason if nothing can be put into the text.
function startup_block.with_block(text, line)
  text = startup_block.without_block(text)
  local at, new_line = place(text)
  if text:sub(at, at) == "\27" then return nil, "it is a program in Lua's binary form" end
  local eol = line_end(text)
  local lines = { BEGIN .. (new_line and "" or ADDED), "do", "  pcall(function()", "    " .. line, "  end)", "end", END }
  return text:sub(1, at - 1) .. (new_line and "" or "\n") .. table.concat(lines, eol) .. eol .. text:sub(at)
end

return startup_block
