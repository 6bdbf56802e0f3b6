-- The listener: takes up the records of the project in front, and brings their results back.

local takevoice = ...
local listener = takevoice.load("listener")
local store = takevoice.load("store")
local conversion = takevoice.load("conversion")
local leftovers = takevoice.load("leftovers")
local workers = takevoice.load("workers")
local tell = takevoice.load("tell")

local LOOK_EVERY = 0.1 -- seconds
local BEAT_EVERY = 0.5
local CURRENT, RENDERING = -1, 0x40000000 -- of EnumProjects
local ENDS, STARTS_ANEW, SHOWN_ON, SHOWN_OFF = 1, 2, 4, 8 -- of set_action_options

local known = {} -- workers by their record's id
local ended = {} -- ids; undo may bring a record back
local told = {} -- problems of the listener's own
local next_look, next_beat = 0, 0

local function forget(worker)
  workers.stop(worker)
  known[worker.record.id] = nil
end

-- A project that was opened again has other items than before, though its records are the same.
local function worker_of(project, record)
  local worker = known[record.id]
  if worker and worker.project ~= project then
    forget(worker)
    worker = nil
  end
  worker = worker or workers.start(project, record)
  known[record.id] = worker
  return worker
end

local function of_project(project)
  local list, there = {}, {}
  for _, record in ipairs(store.list(project)) do
    if ended[record.id] then
      store.drop(project, record)
    else
      list[#list + 1] = worker_of(project, record)
      there[record.id] = true
    end
  end
  for id, worker in pairs(known) do
    if worker.project == project and not there[id] then forget(worker) end
  end
  return list
end

local function progress(list)
  if #list == 0 then return tell.progress("") end
  if #list == 1 then return tell.progress(("takevoice: %s: %s"):format(list[1].record.name, list[1].word)) end
  local counts, parts = {}, {}
  for _, worker in ipairs(list) do
    local word = worker.word:gsub(" %d+ %%", "")
    if not counts[word] then parts[#parts + 1] = word end
    counts[word] = (counts[word] or 0) + 1
  end
  for i, word in ipairs(parts) do parts[i] = ("%d %s"):format(counts[word], word) end
  tell.progress("takevoice: " .. table.concat(parts, ", "))
end

local function tell_all(problems)
  for problem in pairs(problems) do
    if problem == tell.NOT_RUNNING then tell.box(problem) else tell.say(problem) end
  end
end

local function work(project)
  local list, problems = of_project(project), {}
  local more = workers.step(list, function(worker, problem)
    ended[worker.record.id], known[worker.record.id] = true, nil
    store.drop(project, worker.record)
    if not problem then return end
    conversion.drop(worker.record)
    if problem ~= tell.NOT_RUNNING then problem = ("%s was not converted: %s"):format(worker.record.name, problem) end
    problems[problem] = true
  end)
  progress(#list > 0 and of_project(project) or list)
  if not next(known) then leftovers.remove() end
  tell_all(problems)
  return more
end

local function tick()
  local now = reaper.time_precise()
  if now >= next_beat then
    next_beat = now + BEAT_EVERY
    listener.beat(now)
  end
  if now < next_look or reaper.EnumProjects(RENDERING) then return end
  next_look = now + LOOK_EVERY
  if work(reaper.EnumProjects(CURRENT)) then next_look = 0 end
end

local function loop()
  local ok, problem = pcall(tick)
  if not ok and not told[problem] then
    told[problem] = true
    tell.say(tostring(problem))
  end
  reaper.defer(loop)
end

return function()
  -- Of REAPER 7: the action is shown as on, and starting it again starts it anew without a question.
  if reaper.set_action_options then reaper.set_action_options(ENDS | STARTS_ANEW | SHOWN_ON) end
  reaper.atexit(function()
    for _, worker in pairs(known) do workers.stop(worker) end
    listener.gone()
    tell.progress("")
    if reaper.set_action_options then reaper.set_action_options(ENDS | STARTS_ANEW | SHOWN_OFF) end
  end)
  loop()
end
