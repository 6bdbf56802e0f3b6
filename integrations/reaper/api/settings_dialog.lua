-- Dialogs for the settings of tracks and items, and for the user's preferences, where the window is not used.

local takevoice = ...
local casting = takevoice.load("casting")
local items = takevoice.load("items")
local preferences = takevoice.load("preferences")
local ui = takevoice.load("ui")
local settings_dialog = {}

local SEVERAL = "(several)" -- stands for values that differ, and keeps them
local SEPARATOR = "\n"

-- Returns what was typed, by the same index as the fields, or nil if the dialog was cancelled.
local function ask(title, fields, values)
  local captions = {}
  for i, field in ipairs(fields) do captions[i] = field.caption end
  captions[#captions + 1] = "extrawidth=200,separator=" .. SEPARATOR
  local ok, answer = reaper.GetUserInputs(title, #fields, table.concat(captions, ","), table.concat(values, SEPARATOR))
  if not ok then return nil end
  local typed = {}
  for value in (answer .. SEPARATOR):gmatch("([^\n]*)\n") do typed[#typed + 1] = value end
  return typed
end

-- Asks until every field that was changed is right; nothing that was typed is lost. Returns the changes by key, or nil.
local function changes_of(title, fields, shown)
  local values = shown
  while true do
    local typed = ask(title, fields, values)
    if not typed then return nil end
    local changes, problems = {}, {}
    for i, field in ipairs(fields) do
      if typed[i] ~= shown[i] then
        local value, wanted = field.check(typed[i])
        changes[field.key] = value
        if not value then
          problems[#problems + 1] = ("%s must be %s, not %s."):format(field.name, wanted, typed[i])
        end
      end
    end
    if #problems == 0 then return changes end
    ui.answer(table.concat(problems, "\n") .. "\n\nNothing was changed yet.")
    values = typed
  end
end

local function casting_fields()
  local fields = {}
  for i, key in ipairs(casting.KEYS) do
    local caption = casting.CAPTIONS[key]
    fields[i] = { key = key, name = caption, caption = caption, check = function(text) return casting.checked(key, text) end }
  end
  return fields
end

-- Returns the value of each field; SEVERAL where the settings of the objects differ.
local function shown_of(fields, list)
  local shown = {}
  for i, field in ipairs(fields) do
    shown[i] = list[1][field.key] or ""
    for _, settings in ipairs(list) do
      if (settings[field.key] or "") ~= shown[i] then shown[i] = SEVERAL end
    end
  end
  return shown
end

-- Lets the user change the settings of objects: `get` and `set` read and store those of one.
local function edit(project, title, objects, get, set)
  local fields, list = casting_fields(), {}
  for i, object in ipairs(objects) do list[i] = get(object) end
  local changes = changes_of("takevoice: " .. title, fields, shown_of(fields, list))
  if not changes or not next(changes) then return end
  reaper.Undo_BeginBlock2(project)
  for _, object in ipairs(objects) do set(object, casting.changed(get(object), changes)) end
  reaper.Undo_EndBlock2(project, "takevoice: settings of " .. title, -1)
end

function settings_dialog.tracks()
  local project, tracks = reaper.EnumProjects(-1), {}
  for index = 0, reaper.CountSelectedTracks(project) - 1 do tracks[index + 1] = reaper.GetSelectedTrack(project, index) end
  if #tracks == 0 then return ui.answer("Select one or more tracks first.") end
  local title = #tracks == 1 and items.track_name(tracks[1]) or #tracks .. " tracks"
  edit(project, title, tracks, casting.of_track, casting.set_track)
end

function settings_dialog.items()
  local project = reaper.EnumProjects(-1)
  local list = items.selected(project)
  if #list == 0 then return ui.answer("Select one or more items first.") end
  local title = #list == 1 and "one item" or #list .. " items"
  edit(project, title, list, casting.of_item, casting.set_item)
end

function settings_dialog.preferences()
  local fields, shown = {}, {}
  for i, each in ipairs(preferences.LIST) do
    local function check(text) return preferences.checked(each.key, text) end
    fields[i] = { key = each.key, name = each.caption, caption = each.caption, check = check }
    shown[i] = preferences.get(each.key)
  end
  local changes = changes_of("takevoice: preferences", fields, shown)
  for key, value in pairs(changes or {}) do preferences.set(key, value) end
end

return settings_dialog
