-- Questions to takevoice whose answers arrive later: voices, prices, held takes. Nothing waits; `asks.answer` returns
-- what is there.

local takevoice = ...
local handover = takevoice.load("handover")
local ids = takevoice.load("ids")
local look = takevoice.load("look")
local state_dir = takevoice.load("state_dir")
local asks = {}

local PATIENCE = 15 -- seconds
local INTERVAL = 0.2 -- seconds between two looks for answers

local open = {} -- by key: id, deadline
local answers = {} -- by key: the latest
local next_look = 0

-- Asks, and forgets an earlier question with this key. `request` has the address and what it needs.
function asks.ask(key, request)
  local id = ids.new("ask")
  request.id = id
  handover.ask(request)
  look.now()
  open[key] = { id = id, deadline = reaper.time_precise() + PATIENCE }
end

function asks.is_open(key) return open[key] ~= nil end

-- Returns the latest answer, or nil: a result with `state`, "done" or "failed".
function asks.answer(key) return answers[key] end

function asks.forget(key) open[key], answers[key] = nil, nil end

-- Looks for answers.
function asks.tick(now)
  if now < next_look then return end
  next_look = now + INTERVAL
  for key, question in pairs(open) do
    local result = state_dir.result(question.id)
    if result then
      answers[key], open[key] = result, nil
      state_dir.remove_result(question.id)
    elseif now > question.deadline then
      handover.withdraw(question.id)
      answers[key], open[key] = { state = "failed", text = "takevoice does not answer" }, nil
    end
  end
end

return asks
