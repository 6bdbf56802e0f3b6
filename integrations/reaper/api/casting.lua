-- Which settings an item is converted with: its own (P_EXT of the item) above those of its track (P_EXT of the track);
-- the config has the rest.

local takevoice = ...
local store = takevoice.load("store")
local casting = {}

local NAME = "P_EXT:takevoice"

casting.KEYS = { "voice", "model", "stability", "similarity_boost", "style", "use_speaker_boost", "seed" }
casting.CAPTIONS = {
  voice = "Voice (name or id)",
  model = "Model",
  stability = "Stability (0 to 1)",
  similarity_boost = "Similarity boost (0 to 1)",
  style = "Style (0 to 1)",
  use_speaker_boost = "Speaker boost (true or false)",
  seed = "Seed",
}
local MAX_SEED = 4294967295
local FROM_0_TO_1 = { stability = true, similarity_boost = true, style = true }

-- Returns the value as it is kept, or nil and what it must be. "" removes it.
function casting.checked(key, text)
  local value = text:match("^%s*(.-)%s*$")
  if value == "" then return value end
  if FROM_0_TO_1[key] then
    local plain = value:gsub(",", ".")
    local number = plain:match("^%d*%.?%d*$") and tonumber(plain)
    if number and number >= 0 and number <= 1 then return plain end
    return nil, "a number from 0 to 1"
  elseif key == "seed" then
    if value:match("^%d+$") and tonumber(value) <= MAX_SEED then return value end
    return nil, ("a whole number from 0 to %d"):format(MAX_SEED)
  elseif key == "use_speaker_boost" then
    local word = value:lower()
    if word == "true" or word == "false" then return word end
    return nil, "true or false"
  end
  return value
end

local function read(call, object)
  local _, text = call(object, NAME, "", false)
  return store.unpack(text or "")
end

function casting.of_track(track) return read(reaper.GetSetMediaTrackInfo_String, track) end
function casting.of_item(item) return read(reaper.GetSetMediaItemInfo_String, item) end

function casting.set_track(track, settings)
  reaper.GetSetMediaTrackInfo_String(track, NAME, store.pack(settings), true)
end

function casting.set_item(item, settings)
  reaper.GetSetMediaItemInfo_String(item, NAME, store.pack(settings), true)
end

-- Returns what the item's request carries.
function casting.effective(item)
  local settings = casting.of_track(reaper.GetMediaItem_Track(item))
  for key, value in pairs(casting.of_item(item)) do settings[key] = value end
  return settings
end

-- Returns the settings with the changes; "" removes one.
function casting.changed(settings, changes)
  local result = {}
  for key, value in pairs(settings) do result[key] = value end
  for key, value in pairs(changes) do result[key] = value ~= "" and value or nil end
  return result
end

return casting
