-- What the user chose for all projects; REAPER keeps it (ExtState).

local preferences = {}

local SECTION = "takevoice"
local HAS_COLOUR = 0x1000000

-- Each with its default, what the window calls it, and what it may be.
preferences.LIST = {
  { key = "candidates", default = "1", caption = "Takes for each item (1 to 9)", least = 1, most = 9, whole = true },
  { key = "handle", default = "0.5", caption = "Handles in seconds (0 to 10)", least = 0, most = 10 },
  { key = "colour", default = "26A69A", caption = "Colour of new takes (RRGGBB or none)", pattern = "^%x%x%x%x%x%x$", words = { "none" } },
  { key = "effects", default = "after", caption = "Take effects: after or before conversion", words = { "after", "before" } },
  { key = "together", default = "yes", caption = "Add the takes of a key press together (yes or no)", words = { "yes", "no" } },
}

local by_key = {}
for _, each in ipairs(preferences.LIST) do by_key[each.key] = each end

-- Returns the value as it is kept, or nil and what it must be.
function preferences.checked(key, text)
  local rule = by_key[key]
  local value = text:match("^%s*(.-)%s*$")
  for _, word in ipairs(rule.words or {}) do
    if value:lower() == word then return word end
  end
  if rule.pattern then
    if value:match(rule.pattern) then return value:upper() end
    return nil, "six hexadecimal digits, such as 26A69A, or none"
  elseif rule.words then
    return nil, table.concat(rule.words, " or ")
  end
  local number = tonumber((value:gsub(",", ".")))
  if number and number >= rule.least and number <= rule.most and not (rule.whole and number % 1 ~= 0) then
    return ("%g"):format(number)
  end
  return nil, ("a %snumber from %d to %d"):format(rule.whole and "whole " or "", rule.least, rule.most)
end

function preferences.get(key)
  return preferences.checked(key, reaper.GetExtState(SECTION, key)) or by_key[key].default
end

function preferences.number(key) return tonumber(preferences.get(key)) end

function preferences.set(key, value) reaper.SetExtState(SECTION, key, value, true) end

-- Returns the colour as REAPER stores it, or nil if takes keep their own.
function preferences.colour()
  local red, green, blue = preferences.get("colour"):match("^(%x%x)(%x%x)(%x%x)$")
  if not red then return nil end
  return reaper.ColorToNative(tonumber(red, 16), tonumber(green, 16), tonumber(blue, 16)) | HAS_COLOUR
end

return preferences
