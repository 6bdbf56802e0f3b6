-- The listener: works on the records of the active project, and adds their results to it.

local takevoice = ...
local listener = takevoice.load("listener")
local store = takevoice.load("store")
local conversion = takevoice.load("conversion")
local leftovers = takevoice.load("leftovers")
local messages = takevoice.load("messages")
local workers = takevoice.load("workers")
local ui = takevoice.load("ui")

local WORK_INTERVAL = 0.1 -- seconds
local BEAT_INTERVAL = 0.5
local CURRENT, RENDERING = -1, 0x40000000 -- of EnumProjects
local END_RUNNING, START_AGAIN, SHOW_ON, SHOW_OFF = 1, 2, 4, 8 -- of set_action_options

local running = {} -- workers by their record's id
local ended = {} -- ids; undo may restore a record
local logged = {} -- errors of the listener itself
local next_work, next_beat = 0, 0

local function stop(worker)
  workers.stop(worker)
  running[worker.record.id] = nil
end

-- A project that was closed and opened again has the same records, but its items are other objects.
local function worker_of(project, record)
  local worker = running[record.id]
  if worker and worker.project ~= project then
    stop(worker)
    worker = nil
  end
  worker = worker or workers.start(project, record)
  running[record.id] = worker
  return worker
end

local function workers_of(project)
  local list, there = {}, {}
  for _, record in ipairs(store.list(project)) do
    if ended[record.id] then
      store.remove(project, record)
    else
      list[#list + 1] = worker_of(project, record)
      there[record.id] = true
    end
  end
  for id, worker in pairs(running) do
    if worker.project == project and not there[id] then stop(worker) end
  end
  return list
end

local function progress(list)
  if #list == 0 then return ui.progress("") end
  if #list == 1 then return ui.progress(("takevoice: %s: %s"):format(list[1].record.name, list[1].status)) end
  local counts, parts = {}, {}
  for _, worker in ipairs(list) do
    local status = worker.status:gsub(" %d+ %%", "")
    if not counts[status] then parts[#parts + 1] = status end
    counts[status] = (counts[status] or 0) + 1
  end
  for i, status in ipairs(parts) do parts[i] = ("%d %s"):format(counts[status], status) end
  ui.progress("takevoice: " .. table.concat(parts, ", "))
end

local function report(problems)
  for problem in pairs(problems) do
    if problem == messages.NOT_RUNNING then ui.alert(problem) else ui.log(problem) end
  end
end

local function work(project)
  local list, problems = workers_of(project), {}
  local more = workers.step(list, function(worker, problem)
    ended[worker.record.id], running[worker.record.id] = true, nil
    store.remove(project, worker.record)
    if not problem then return end
    conversion.discard(worker.record)
    if problem ~= messages.NOT_RUNNING then problem = messages.not_converted(worker.record.name, problem) end
    problems[problem] = true
  end)
  progress(#list > 0 and workers_of(project) or list)
  if not next(running) then leftovers.remove() end
  report(problems)
  return more
end

local function tick()
  local now = reaper.time_precise()
  if now >= next_beat then
    next_beat = now + BEAT_INTERVAL
    listener.beat(now)
  end
  if now < next_work or reaper.EnumProjects(RENDERING) then return end
  next_work = now + WORK_INTERVAL
  if work(reaper.EnumProjects(CURRENT)) then next_work = 0 end
end

local function loop()
  local ok, problem = pcall(tick)
  if not ok and not logged[problem] then
    logged[problem] = true
    ui.log(tostring(problem))
  end
  reaper.defer(loop)
end

return function()
  -- REAPER 7 shows the action as on; if you start it again, REAPER restarts it without asking.
  if reaper.set_action_options then reaper.set_action_options(END_RUNNING | START_AGAIN | SHOW_ON) end
  reaper.atexit(function()
    for _, worker in pairs(running) do workers.stop(worker) end
    listener.stop_beating()
    ui.progress("")
    if reaper.set_action_options then reaper.set_action_options(END_RUNNING | START_AGAIN | SHOW_OFF) end
  end)
  loop()
end
