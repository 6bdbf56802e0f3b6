-- The page of the voices: which voice, and which settings, tracks or items are converted with.

local takevoice = ...
local asks = takevoice.load("asks")
local casting = takevoice.load("casting")
local items = takevoice.load("items")

local VOICES, HEAR = "voices", "hear"
local SEVERAL, CONFIG = "(several)", "(as the config says)"
local KINDS = { "Selected tracks", "Selected items" }

local kind = 1
local note = ""

local function selected_tracks(project)
  local list = {}
  for index = 0, reaper.CountSelectedTracks(project) - 1 do list[index + 1] = reaper.GetSelectedTrack(project, index) end
  return list
end

-- Returns the objects that are cast, and how to read and store the settings of one.
local function chosen(project)
  if kind == 1 then return selected_tracks(project), casting.of_track, casting.set_track end
  return items.selected(project), casting.of_item, casting.set_item
end

local function value_of(list, get, key)
  local first = get(list[1])[key] or ""
  for _, object in ipairs(list) do
    if (get(object)[key] or "") ~= first then return SEVERAL end
  end
  return first
end

local function change(project, list, get, set, changes)
  reaper.Undo_BeginBlock2(project)
  for _, object in ipairs(list) do set(object, casting.changed(get(object), changes)) end
  reaper.Undo_EndBlock2(project, "takevoice: settings", -1)
end

local function voice_names()
  local answer, list = asks.answer(VOICES), {}
  for _, row in ipairs(answer and answer.rows or {}) do list[#list + 1] = row.name end
  return list
end

-- Draws the list of voices. Returns the voice that was chosen, or nil; "" for that of the config.
local function draw_voices(view, current)
  local list, options, index = voice_names(), { CONFIG }, current == "" and 1 or nil
  for i, name in ipairs(list) do
    options[i + 1] = name
    if name == current then index = i + 1 end
  end
  if not index then
    options[#options + 1] = current
    index = #options
  end
  local picked = view.choice("Voice", options, index)
  if picked == index or not picked then return nil end
  return picked == 1 and "" or options[picked]
end

local function draw_listen(view, voice)
  view.same_line()
  if view.button("Hear it") and voice ~= "" and voice ~= SEVERAL then
    asks.ask(HEAR, { address = "/takevoice/hear", voice = voice })
    note = "asking for the voice ..."
  end
  view.same_line()
  if view.button("Read the voices again") then asks.ask(VOICES, { address = "/takevoice/voices" }) end
  local answer = asks.answer(HEAR)
  if answer then
    asks.forget(HEAR)
    note = answer.state == "done" and "" or answer.text
    if answer.state == "done" then reaper.OpenMediaExplorer(answer.path, true) end
  end
end

local function draw_fields(view, project, list, get, set)
  for _, key in ipairs(casting.KEYS) do
    if key ~= "voice" then
      local shown = value_of(list, get, key)
      local typed = view.field(casting.CAPTIONS[key], shown, CONFIG)
      if typed and typed ~= shown then
        local value, wanted = casting.checked(key, typed)
        if value then change(project, list, get, set, { [key] = value }) end
        note = value and "" or ("%s must be %s, not %s"):format(casting.CAPTIONS[key], wanted, typed)
      end
    end
  end
end

return function(view)
  if not asks.answer(VOICES) and not asks.is_open(VOICES) then asks.ask(VOICES, { address = "/takevoice/voices" }) end
  kind = view.choice("Cast", KINDS, kind) or kind
  local project = reaper.EnumProjects(-1)
  local list, get, set = chosen(project)
  if #list == 0 then return view.text(kind == 1 and "Select one or more tracks." or "Select one or more items.") end
  local voice = value_of(list, get, "voice")
  local picked = draw_voices(view, voice)
  draw_listen(view, voice)
  if picked then change(project, list, get, set, { voice = picked }) end
  local voices = asks.answer(VOICES)
  if voices and voices.state ~= "done" then view.text("The voices are not known: " .. voices.text) end
  draw_fields(view, project, list, get, set)
  if note ~= "" then view.text(note) end
end
