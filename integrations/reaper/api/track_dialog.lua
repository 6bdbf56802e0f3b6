-- The action that asks for the settings of the selected tracks.

local takevoice = ...
local items = takevoice.load("items")
local track_settings = takevoice.load("track_settings")
local ui = takevoice.load("ui")

local CAPTIONS = {
  voice = "Voice (name or id)",
  model = "Model",
  stability = "Stability (0 to 1)",
  similarity_boost = "Similarity boost (0 to 1)",
  style = "Style (0 to 1)",
  use_speaker_boost = "Speaker boost (true or false)",
  seed = "Seed",
}
local FROM_0_TO_1 = { stability = true, similarity_boost = true, style = true }

-- Returns what the value must be, if it is not that.
local function problem_of(key, value)
  local number = tonumber(value)
  if FROM_0_TO_1[key] and not (number and number >= 0 and number <= 1) then return "a number from 0 to 1" end
  if key == "seed" and not value:match("^%d+$") then return "a whole number, 0 or more" end
  if key == "use_speaker_boost" and value ~= "true" and value ~= "false" then return "true or false" end
end

local function ask(title, settings)
  local captions, values = {}, {}
  for i, key in ipairs(track_settings.KEYS) do captions[i], values[i] = CAPTIONS[key], settings[key] or "" end
  captions[#captions + 1] = "extrawidth=160,separator=\n"
  local ok, answer = reaper.GetUserInputs(title, #values, table.concat(captions, ","), table.concat(values, "\n"))
  return ok and answer .. "\n" or nil
end

local function settings_in(answer)
  local settings, index = {}, 0
  for value in answer:gmatch("([^\n]*)\n") do
    index = index + 1
    local key, text = track_settings.KEYS[index], value:match("^%s*(.-)%s*$")
    local wanted = key and text ~= "" and problem_of(key, text)
    if wanted then error(("%s must be %s, not %s. Nothing was changed."):format(CAPTIONS[key], wanted, text), 0) end
    if key and text ~= "" then settings[key] = text end
  end
  return settings
end

return function()
  local project, tracks = reaper.EnumProjects(-1), {}
  for index = 0, reaper.CountSelectedTracks(project) - 1 do tracks[index + 1] = reaper.GetSelectedTrack(project, index) end
  if #tracks == 0 then return ui.alert("Select one or more tracks first.") end
  local title = #tracks == 1 and items.track_name(tracks[1]) or #tracks .. " tracks"
  local answer = ask("takevoice: " .. title, track_settings.of(tracks[1]))
  if not answer then return end
  local settings = settings_in(answer)
  reaper.Undo_BeginBlock2(project)
  for _, track in ipairs(tracks) do track_settings.set(track, settings) end
  reaper.Undo_EndBlock2(project, "takevoice: settings of " .. title, -1)
end
