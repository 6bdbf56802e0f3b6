-- What is done with results: takes are added to their items, those of a key press together; files of renders are listed.

local takevoice = ...
local conversion = takevoice.load("conversion")
local inserting = takevoice.load("inserting")
local messages = takevoice.load("messages")
local pieces = takevoice.load("pieces")
local preferences = takevoice.load("preferences")
local requests = takevoice.load("requests")
local retries = takevoice.load("retries")
local ui = takevoice.load("ui")
local arrivals = {}

local RECORDING = 4 -- bit of GetPlayStateEx

-- Returns the workers whose results can be used now. Those that are held, or tried again, do not keep others waiting.
local function ready_of(list, now)
  local is_open, ready = {}, {}
  for _, worker in ipairs(list) do
    local waits = worker.record.state ~= "arrived" and not conversion.is_held(worker) and not worker.problem
    if waits then is_open[worker.record.batch or ""] = true end
  end
  local together = preferences.get("together") == "yes"
  for _, worker in ipairs(list) do
    local waits = together and is_open[worker.record.batch or ""]
    local has_arrived = worker.record.state == "arrived" and worker.results and retries.is_due(worker, now)
    if has_arrived and not waits then ready[#ready + 1] = worker end
  end
  return ready
end

local function ids_of(record)
  local list = {}
  for i, request in ipairs(requests.of(record)) do list[i] = request.id end
  return list
end

local function list_files(found)
  for _, file in ipairs(found) do ui.log("wrote " .. file.path) end
end

-- Notes in each worker what to add, and where: `arrival` is nil if there is nothing to add.
local function look_at(project, worker, problems)
  if worker.looked then return end
  local record = worker.record
  local found, why = conversion.outcome(worker)
  if record.kind == "file" then
    list_files(found)
  elseif #found > 0 and not inserting.is_done(project, record, ids_of(record)) then
    worker.arrival = { record = record, files = found, birth = worker.birth }
  end
  for _, problem in ipairs(why) do problems[#problems + 1] = problem end
  worker.looked = true
end

-- True if the worker's take has an item. While REAPER plays, those without one wait: they are looked for again only when
-- the project has changed.
local function has_place(project, worker, fresh)
  local changes = reaper.GetProjectStateChangeCount(project)
  if worker.homeless_since ~= changes then
    local is_there = pieces.are_there(project, worker.record, worker.birth, fresh)
    worker.homeless_since = not is_there and changes or nil
  end
  return worker.homeless_since == nil
end

-- Asks, once REAPER has stopped, what becomes of the takes whose items were deleted: one question for all of them.
local function decide_on_homeless(workers)
  if #workers == 0 or ui.is_rolling() then return nil end
  local question = ("The items of %d converted takes were deleted. Put the takes on new tracks, at the same positions?"):format(#workers)
  if #workers == 1 then
    question = ("The item of %s was deleted. Put its converted take on a new track, at the same position?"):format(workers[1].record.name)
  end
  local yes = ui.confirm(question)
  if not yes then
    for _, worker in ipairs(workers) do list_files(worker.arrival.files) end
  end
  return yes
end

local function join(...)
  local list = {}
  for _, part in ipairs({ ... }) do
    for _, each in ipairs(part) do list[#list + 1] = each end
  end
  return list
end

-- What could not be put on a new track, after the user was asked, is not asked again: the console lists the files.
local function give_up(worker, problems)
  problems[#problems + 1] = messages.not_converted(worker.record.name, worker.arrival.problem)
  list_files(worker.arrival.files)
end

-- Adds the takes. Returns the workers that are through with it; an error leaves a worker for a later try.
local function insert(project, workers, on_new_tracks, now, problems)
  if #workers == 0 then return {} end
  local list, added = {}, {}
  for i, worker in ipairs(workers) do list[i] = worker.arrival end
  for _, problem in ipairs(inserting.run(project, list, on_new_tracks)) do problems[#problems + 1] = problem end
  for _, worker in ipairs(workers) do
    if worker.arrival.problem and not worker.homeless_since then
      problems[#problems + 1] = retries.note(worker, worker.arrival.problem, now)
    else
      if worker.arrival.problem then give_up(worker, problems) end
      added[#added + 1] = worker
    end
  end
  return added
end

-- Puts each worker that is ready into one of the groups: done, here, homeless.
local function sort(project, ready, groups, now, problems)
  local fresh = {}
  for _, worker in ipairs(ready) do
    local ok, group = pcall(function()
      look_at(project, worker, problems)
      if not worker.arrival then return groups.done end
      return has_place(project, worker, fresh) and groups.here or groups.homeless
    end)
    if ok then group[#group + 1] = worker else problems[#problems + 1] = retries.note(worker, group, now) end
  end
end

-- Uses the results that are there. Calls `on_end(worker)` for each record that is at its end; adds to the problems.
-- Nothing is added while REAPER records: it would interfere with takes of recorded items.
function arrivals.use(project, list, on_end, problems)
  if math.floor(reaper.GetPlayStateEx(project)) & RECORDING ~= 0 then return end
  local now, groups = reaper.time_precise(), { done = {}, here = {}, homeless = {} }
  sort(project, ready_of(list, now), groups, now, problems)
  -- It asks before anything is added, so that all of it is one undo step. While REAPER plays, those with items come first.
  local on_new_tracks = decide_on_homeless(groups.homeless)
  local wanted = on_new_tracks and join(groups.here, groups.homeless) or groups.here
  local added = insert(project, wanted, on_new_tracks == true, now, problems)
  local unwanted = on_new_tracks == false and groups.homeless or {}
  for _, worker in ipairs(join(groups.done, added, unwanted)) do
    requests.remove_results(worker.record)
    on_end(worker)
  end
end

return arrivals
