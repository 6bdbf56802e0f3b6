-- A plain window with REAPER's own graphics (gfx): widgets from top to bottom, drawn in each tick.

local takevoice = ...
local numbers = takevoice.load("numbers")
local gfx_view = {}

local FONT, SIZE = 1, 15
local MARGIN, LINE, GAP = 10, 24, 6 -- pixels
local WIDTH, HEIGHT = 540, 440
local LEFT_BUTTON = 1 -- bit of gfx.mouse_cap
local SPACE, PLAY_STOP = 32, 40044 -- Transport: Play/stop
local COLOURS = {
  background = { 0.20, 0.20, 0.20 },
  box = { 0.30, 0.30, 0.30 },
  hot = { 0.38, 0.38, 0.38 },
  bar = { 0.15, 0.65, 0.60 },
  text = { 0.88, 0.88, 0.88 },
}

local view = {}
local at = {} -- where the next widget comes: x, y; the end and the top of the one before
local was_down, is_click, scrolled, height = false, false, 0, 0

local function colour(name) gfx.set(table.unpack(COLOURS[name])) end

-- A label's id, for widgets with equal labels, is behind ##.
local function shown(label) return (label:gsub("##.*$", "")) end

local function is_over(x, y, w, h)
  return gfx.mouse_x >= x and gfx.mouse_x < x + w and gfx.mouse_y >= y and gfx.mouse_y < y + h
end

local function draw_text(text, x, y)
  colour("text")
  gfx.x, gfx.y = x, y
  gfx.drawstr(text)
end

-- Returns the place of a widget of that width, and moves on below it.
local function place(w)
  local x, y = at.x, at.y
  at.right, at.top = x + w, y
  at.x, at.y = MARGIN, y + LINE + GAP
  height = at.y + scrolled
  return x, y
end

local function draw_box(text, x, y, w)
  local over = is_over(x, y, w, LINE)
  colour(over and "hot" or "box")
  gfx.rect(x, y, w, LINE, 1)
  draw_text(text, x + 8, y + 4)
  return over and is_click
end

function view.same_line() at.x, at.y = at.right + GAP, at.top end

-- Breaks the text where the window ends.
function view.text(text)
  local line = ""
  local room = math.max(gfx.w - 2 * MARGIN, 60)
  for word in text:gmatch("%S+") do
    local longer = line == "" and word or line .. " " .. word
    if line ~= "" and gfx.measurestr(longer) > room then
      local x, y = place(gfx.measurestr(line))
      draw_text(line, x, y + 4)
      at.y, longer = at.y - GAP, word
    end
    line = longer
  end
  if line == "" then return end
  local x, y = place(gfx.measurestr(line))
  draw_text(line, x, y + 4)
end

function view.heading(text)
  at.y = at.y + GAP
  view.text(text)
end

function view.button(label)
  local text = shown(label)
  local w = gfx.measurestr(text) + 16
  local x, y = place(w)
  return draw_box(text, x, y, w)
end

function view.progress(fraction)
  local w = math.max(gfx.w - 2 * MARGIN, 60)
  local x, y = place(w)
  colour("box")
  gfx.rect(x, y, w, LINE, 1)
  colour("bar")
  gfx.rect(x, y, w * math.min(math.max(fraction, 0), 1), LINE, 1)
  draw_text(("%d %%"):format(numbers.percent(fraction)), x + 8, y + 4)
end

-- A menu reads some characters at the start of an entry, and |, as commands.
local function entry(text, is_current)
  local plain = text:gsub("|", "/"):gsub("^[#!<>]", " %0")
  return (is_current and "!" or "") .. (plain == "" and " " or plain)
end

-- Returns the index that was chosen from a menu, or nil.
function view.choice(label, options, index)
  local text = ("%s: %s  v"):format(shown(label), options[index] or "")
  local w = gfx.measurestr(text) + 16
  local x, y = place(w)
  if not draw_box(text, x, y, w) then return nil end
  local entries = {}
  for i, option in ipairs(options) do entries[i] = entry(option, i == index) end
  gfx.x, gfx.y = x, y + LINE
  local picked = math.floor(gfx.showmenu(table.concat(entries, "|")))
  was_down = false
  return picked > 0 and picked or nil
end

-- Asks for another text when it is clicked. Returns what was typed, or nil. `hint` is shown in place of an empty text.
function view.field(label, text, hint)
  local caption = ("%s: %s"):format(shown(label), text == "" and hint or text)
  local w = gfx.measurestr(caption) + 16
  local x, y = place(w)
  if not draw_box(caption, x, y, w) then return nil end
  local ok, typed = reaper.GetUserInputs("takevoice", 1, shown(label):gsub(",", ";") .. ",extrawidth=160,separator=\n", text)
  was_down = false
  return ok and typed or nil
end

-- Returns the other state when it is clicked, else nil.
function view.toggle(label, on)
  if view.button((on and "[x] " or "[  ] ") .. label) then return not on end
end

function view.tabs(names, current)
  for i, name in ipairs(names) do
    if i > 1 then view.same_line() end
    if view.button(i == current and ("[%s]"):format(name) or name) then current = i end
  end
  return current
end

-- Begins a picture. Returns false once the user has closed the window, and whether there is anything to draw on.
function view.begin()
  local key = gfx.getchar()
  if key < 0 then return false, false end
  if key == SPACE then reaper.Main_OnCommand(PLAY_STOP, 0) end
  local is_down = math.floor(gfx.mouse_cap) & LEFT_BUTTON ~= 0
  is_click, was_down = is_down and not was_down, is_down
  scrolled = math.max(0, math.min(scrolled - gfx.mouse_wheel / 4, height - gfx.h + MARGIN))
  gfx.mouse_wheel = 0
  gfx.setfont(FONT, "Arial", SIZE)
  colour("background")
  gfx.rect(0, 0, gfx.w, gfx.h, 1)
  at.x, at.y = MARGIN, MARGIN - scrolled
  return true, true
end

function view.finish() gfx.update() end
function view.close() gfx.quit() end

-- Opens the window.
function gfx_view.open(title)
  gfx.init(title, WIDTH, HEIGHT, 0)
  was_down, is_click, scrolled, height = false, false, 0, 0
  return view
end

return gfx_view
