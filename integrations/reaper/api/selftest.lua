-- The action that tries, in a project tab of its own, what takevoice expects of REAPER, and writes a report to paste
-- into an issue: what was expected, and what was seen.

local takevoice = ...
local checks = takevoice.load("selftest_checks")
local files = takevoice.load("files")
local state_dir = takevoice.load("state_dir")
local ui = takevoice.load("ui")
local wav = takevoice.load("wav")

local NEW_TAB = 41929 -- New project tab (ignore default template)
local RATE, SECONDS = 48000, 4

-- Writes a mono file: a tone that becomes louder, so that each place can be told.
local function write_media(path)
  local list, frames = {}, RATE * SECONDS
  for i = 0, frames - 1 do list[i + 1] = 0.5 * i / frames * math.sin(2 * math.pi * 220 * i / RATE) end
  local file = assert(io.open(path, "wb"))
  assert(file:write(wav.header(1, RATE, frames)))
  assert(file:write(wav.samples(list)))
  file:close()
end

local function about()
  local function there(name) return reaper[name] and "yes" or "no" end
  return {
    "REAPER " .. reaper.GetAppVersion() .. ", " .. reaper.GetOS() .. ", " .. _VERSION,
    "ReaImGui: " .. there("ImGui_CreateContext") .. ", SWS: " .. there("CF_GetSWSVersion"),
    "resource path has other letters than ASCII: " .. (reaper.GetResourcePath():find("[\128-\255]") and "yes" or "no"),
  }
end

-- Returns the lines of one check.
local function line_of(check, context)
  local ok, seen, expected = pcall(check.run, context)
  if not ok then return "FAILED   " .. check.name .. ": " .. files.plain_error(seen), false end
  if expected == nil then return "seen     " .. check.name .. ": " .. tostring(seen), true end
  if seen == expected then return "as said  " .. check.name .. ": " .. tostring(seen), true end
  return ("DIFFERS  %s: expected %s, saw %s"):format(check.name, tostring(expected), tostring(seen)), false
end

local function run_all(context)
  local lines, well = about(), true
  for _, check in ipairs(checks) do
    local text, fine = line_of(check, context)
    lines[#lines + 1], well = text, well and fine
  end
  lines[#lines + 1] = well and "everything is as takevoice expects it" or "please report this: paste all of these lines into an issue"
  return table.concat(lines, "\n") .. "\n"
end

return function()
  if ui.is_rolling() then return ui.answer("Stop REAPER first.") end
  local before = reaper.EnumProjects(-1)
  reaper.Main_OnCommand(NEW_TAB, 0)
  local project = reaper.EnumProjects(-1)
  -- Nothing is tried in a project of the user's.
  if project == before then return ui.answer("REAPER opened no new project tab, which the self-test needs.") end
  local media = state_dir.handover("selftest.wav")
  local ok, problem = pcall(write_media, media)
  if not ok then error("takevoice's folder cannot be written: " .. files.plain_error(problem), 0) end
  local report = run_all({ project = project, media = media, seconds = SECONDS })
  local path = state_dir.handover("reaper-selftest.txt")
  files.write(path, report)
  ui.log("self-test\n" .. report .. "It is in " .. path .. ", too. Close the tab without saving it.")
end
