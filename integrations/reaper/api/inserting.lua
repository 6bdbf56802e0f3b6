-- Adds converted files as takes to their items: everything that came together in one undo step.

local takevoice = ...
local carrying = takevoice.load("carrying")
local files = takevoice.load("files")
local items = takevoice.load("items")
local messages = takevoice.load("messages")
local new_items = takevoice.load("new_items")
local originals = takevoice.load("originals")
local pieces = takevoice.load("pieces")
local preferences = takevoice.load("preferences")
local sources = takevoice.load("sources")
local inserting = {}

local BUILD_PEAKS = 40047 -- Peaks: Build any missing peaks

local function cannot_open(file) return ("REAPER cannot open the converted file %s"):format(file.path) end

-- Tries each file before anything is changed. Returns the arrivals that have at least one file that REAPER can open, each with
-- its list of such files, `usable`.
local function open(arrivals, problems)
  local opened = {}
  for _, arrival in ipairs(arrivals) do
    arrival.usable, arrival.problem = {}, nil
    for _, file in ipairs(arrival.files) do
      local source = sources.open(file.path)
      if source then
        sources.destroy(source)
        arrival.usable[#arrival.usable + 1] = file
      else
        problems[#problems + 1] = messages.not_converted(arrival.record.name, cannot_open(file))
      end
    end
    if #arrival.usable > 0 then opened[#opened + 1] = arrival end
  end
  return opened
end

local function dress(take, piece, file, colour)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", files.stem(file.path), true)
  if colour then reaper.SetMediaItemTakeInfo_Value(take, "I_CUSTOMCOLOR", colour) end
  originals.mark(take, piece.original, file)
end

-- Adds a file to an item as a take, unless an earlier try has done so. Returns the take, or nil, and whether it misses effects.
local function add_file(project, piece, record, file)
  if items.take_of_request(piece.item, file.request) then return nil, false end
  local source = sources.open(file.path)
  if not source then error(cannot_open(file), 0) end
  local take, misses = carrying.new_take(project, piece, record, source, file.head)
  dress(take, piece, file, preferences.colour())
  return take, misses
end

-- Adds the takes of one item; the first becomes the active one.
local function add_to(project, piece, record, list, problems)
  local first, incomplete
  for _, file in ipairs(list) do
    local take, misses = add_file(project, piece, record, file)
    first, incomplete = first or (take and items.take_guid(take)), incomplete or misses
  end
  local active = first and items.find_take(project, first)
  if active then reaper.SetActiveTake(active) end
  reaper.UpdateItemInProject(piece.item)
  if incomplete then problems[#problems + 1] = record.name .. ": REAPER did not copy the take's effects to the converted take" end
end

local function add(project, arrival, tracks, shared, problems)
  local record, list = arrival.record, {}
  if pieces.are_there(project, record, arrival.birth, shared.fresh) then
    list = pieces.of(project, record, arrival.birth, shared)
  elseif tracks then
    list = { { item = new_items.make(project, record, tracks), begins = tonumber(record.from) } }
  end
  for _, piece in ipairs(list) do add_to(project, piece, record, arrival.usable, problems) end
end

local function title(added)
  if #added == 1 then return "takevoice: " .. added[1].record.name end
  return ("takevoice: %d takes"):format(#added)
end

-- True if an item has the take of each request already: the record comes from an older copy of the project, or from undo.
function inserting.is_done(project, record, ids)
  local item = items.find(project, record.item, record.take)
  if not item then return false end
  for _, id in ipairs(ids) do
    if not items.take_of_request(item, id) then return false end
  end
  return true
end

-- `arrivals` is a list of { record =, files =, birth = }, each file with path, head (seconds), request and seed. Those whose item
-- is gone get new tracks if `on_new_tracks`. Returns the problems. An arrival that could not be added, but may be later, has the
-- reason as `problem`.
function inserting.run(project, arrivals, on_new_tracks)
  local problems = {}
  local opened = open(arrivals, problems)
  if #opened == 0 then return problems end
  reaper.PreventUIRefresh(1)
  reaper.Undo_BeginBlock2(project)
  local tracks, shared = on_new_tracks and {} or nil, pieces.together()
  local added = {}
  for _, arrival in ipairs(opened) do
    local ok, problem = pcall(add, project, arrival, tracks, shared, problems)
    if ok then added[#added + 1] = arrival else arrival.problem = files.plain_error(problem) end
  end
  if #added > 0 then reaper.Main_OnCommand(BUILD_PEAKS, 0) end
  reaper.Undo_EndBlock2(project, title(#added > 0 and added or opened), #added > 0 and -1 or 0)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  return problems
end

return inserting
