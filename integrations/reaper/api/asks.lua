-- Questions to takevoice whose answers arrive later: voices, prices, held takes. Nothing waits; `asks.answer` returns
-- what is there.

local takevoice = ...
local handover = takevoice.load("handover")
local ids = takevoice.load("ids")
local look = takevoice.load("look")
local state_dir = takevoice.load("state_dir")
local asks = {}

local PATIENCE = 15 -- seconds
local UNWANTED = 60 -- seconds
local INTERVAL = 0.2 -- seconds between two looks for answers

local open = {} -- by key: id, deadline
local answers = {} -- by key: the latest
local unwanted = {} -- by id: until when an answer is removed when it comes
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

-- Asks without wanting an answer. Nor are the answers to `ids` wanted.
function asks.tell(request, ids_unwanted)
  request.id = ids.new("ask")
  handover.ask(request)
  look.now()
  local deadline = reaper.time_precise() + UNWANTED
  unwanted[request.id] = deadline
  for _, id in ipairs(ids_unwanted) do unwanted[id] = deadline end
end

local function remove_unwanted(now)
  for id, deadline in pairs(unwanted) do
    if state_dir.result(id) then
      state_dir.remove_result(id)
      unwanted[id] = nil
    elseif now > deadline then
      unwanted[id] = nil
    end
  end
end

-- Looks for answers.
function asks.tick(now)
  if now < next_look then return end
  next_look = now + INTERVAL
  remove_unwanted(now)
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
