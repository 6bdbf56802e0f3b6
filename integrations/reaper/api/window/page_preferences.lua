-- The page of what the user chose for all projects.

local takevoice = ...
local preferences = takevoice.load("preferences")
local render_watch = takevoice.load("render_watch")

local note = ""

local function index_of(words, value)
  for i, word in ipairs(words) do
    if word == value then return i end
  end
  return 1
end

local function draw_one(view, each)
  local shown = preferences.get(each.key)
  if each.words and not each.pattern then
    local index = index_of(each.words, shown)
    local picked = view.choice(each.caption, each.words, index)
    if picked and picked ~= index then preferences.set(each.key, each.words[picked]) end
    return
  end
  local typed = view.field(each.caption, shown)
  if not typed or typed == shown then return end
  local value, wanted = preferences.checked(each.key, typed)
  if value then preferences.set(each.key, value) end
  note = value and "" or ("%s must be %s, not %s"):format(each.caption, wanted, typed)
end

return function(view)
  for _, each in ipairs(preferences.LIST) do draw_one(view, each) end
  local on = view.toggle("Convert what REAPER renders", render_watch.is_on())
  if on ~= nil then render_watch.set(on) end
  if note ~= "" then view.text(note) end
end
