-- The page of the actions, and of what a conversion of the selected items would cost.

local takevoice = ...
local asks = takevoice.load("asks")
local candidates = takevoice.load("candidates")
local casting = takevoice.load("casting")
local convert = takevoice.load("convert")
local files = takevoice.load("files")
local items = takevoice.load("items")
local last_render = takevoice.load("last_render")
local numbers = takevoice.load("numbers")
local originals = takevoice.load("originals")
local sound = takevoice.load("sound")
local targets = takevoice.load("targets")

local ACTIONS = {
  { "Selected items", function() convert.run("items") end },
  { "Razor edits", function() convert.run("razor_edits") end },
  { "Time selection", function() convert.run("time_selection") end },
  { "Selected tracks", function() convert.run("tracks") end },
  { "Regions", function() convert.run("regions") end },
  { "Last render", last_render.run },
}
local CHOICES = {
  { "Next candidate", candidates.next },
  { "Keep this candidate", candidates.keep },
  { "Back to the original", candidates.original },
}

local asked, uncounted = 0, 0 -- prices asked for; items that must be rendered first

local function draw_buttons(view, list)
  for i, each in ipairs(list) do
    if i % 3 ~= 1 then view.same_line() end
    if view.button(each[1]) then each[2]() end
  end
end

-- Asks for the price of each selected item.
local function ask_prices()
  asked, uncounted = 0, 0
  for _, target in ipairs(targets.items((reaper.EnumProjects(-1)))) do
    local active = reaper.GetActiveTake(target.item)
    local take = active and sound.is_audio(active) and originals.of(target.item, active)
    local length = reaper.GetMediaItemInfo_Value(target.item, "D_LENGTH")
    local ok, found = pcall(sound.of, target.item, take, 0, length) -- not ok: it has no audio
    if take and ok and not found then uncounted = uncounted + 1 end
    if take and ok and found then
      asked = asked + 1
      local settings = casting.effective(target.item)
      asks.ask("price " .. asked, {
        address = "/takevoice/quote",
        path = found.path,
        cut = { start = found.start, length = found.length, handle = found.handle, channels = found.channels },
        track = files.plain(items.track_name(reaper.GetMediaItem_Track(target.item))),
        settings = next(settings) and settings or nil,
      })
    end
  end
end

-- Returns what the answers say together.
local function prices()
  local rest = uncounted > 0 and ("%d more must be rendered first; their price shows under way"):format(uncounted) or ""
  if asked == 0 then return rest end
  local seconds, credits, count = 0, 0, 0
  for i = 1, asked do
    local answer = asks.answer("price " .. i)
    if answer and answer.state ~= "done" then return answer.text or "takevoice cannot say" end
    if answer and not asks.is_open("price " .. i) then
      seconds, credits = seconds + (tonumber(answer.seconds) or 0), credits + (tonumber(answer.credits) or 0)
      count = count + 1
    end
  end
  if count < asked then return ("asking takevoice, %d of %d"):format(count, asked) end
  local cost = credits > 0 and ("%d credits"):format(numbers.up(credits)) or "free"
  return ("%d takes, %.1f s: %s%s"):format(count, seconds, cost, rest ~= "" and "; " .. rest or "")
end

return function(view)
  view.heading("Convert")
  draw_buttons(view, ACTIONS)
  if view.button("What do the selected items cost?") then ask_prices() end
  view.text(prices())
  view.heading("Choose")
  draw_buttons(view, CHOICES)
end
