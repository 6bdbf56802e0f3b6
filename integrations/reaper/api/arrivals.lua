-- What is done with results: takes are added to their items, those of a key press together; files of renders are listed.

local takevoice = ...
local conversion = takevoice.load("conversion")
local inserting = takevoice.load("inserting")
local pieces = takevoice.load("pieces")
local preferences = takevoice.load("preferences")
local requests = takevoice.load("requests")
local ui = takevoice.load("ui")
local arrivals = {}

local RECORDING = 4 -- bit of GetPlayStateEx

-- Returns the workers whose results can be used now. Those that are held do not keep others waiting.
local function ready_of(list)
  local is_open, ready = {}, {}
  for _, worker in ipairs(list) do
    local waits = worker.record.state ~= "arrived" and not conversion.is_held(worker)
    if waits then is_open[worker.record.batch or ""] = true end
  end
  local together = preferences.get("together") == "yes"
  for _, worker in ipairs(list) do
    local waits = together and is_open[worker.record.batch or ""]
    if worker.record.state == "arrived" and worker.results and not waits then ready[#ready + 1] = worker end
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
  worker.looked = true
  local record = worker.record
  local found, why = conversion.outcome(worker)
  for _, problem in ipairs(why) do problems[#problems + 1] = problem end
  if record.kind == "file" then
    list_files(found)
  elseif #found > 0 and not inserting.is_done(project, record, ids_of(record)) then
    worker.arrival = { record = record, files = found, birth = worker.birth }
  end
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

local function insert(project, workers, on_new_tracks, problems)
  if #workers == 0 then return end
  local list = {}
  for i, worker in ipairs(workers) do list[i] = worker.arrival end
  for _, problem in ipairs(inserting.run(project, list, on_new_tracks)) do problems[#problems + 1] = problem end
end

-- Uses the results that are there. Calls `on_end(worker)` for each record that is at its end; adds to the problems.
-- Nothing is added while REAPER records: it would interfere with takes of recorded items.
function arrivals.use(project, list, on_end, problems)
  if math.floor(reaper.GetPlayStateEx(project)) & RECORDING ~= 0 then return end
  local here, homeless, done, fresh = {}, {}, {}, {}
  for _, worker in ipairs(ready_of(list)) do
    look_at(project, worker, problems)
    if not worker.arrival then
      done[#done + 1] = worker
    else
      local group = has_place(project, worker, fresh) and here or homeless
      group[#group + 1] = worker
    end
  end
  -- It asks before anything is added, so that all of it is one undo step. While REAPER plays, those with items come first.
  local on_new_tracks = decide_on_homeless(homeless)
  local added = on_new_tracks and join(here, homeless) or here
  insert(project, added, on_new_tracks == true, problems)
  done = join(done, here, on_new_tracks ~= nil and homeless or {})
  for _, worker in ipairs(done) do
    requests.remove_results(worker.record)
    on_end(worker)
  end
end

return arrivals
