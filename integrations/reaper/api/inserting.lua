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
local inserting = {}

local BUILD_PEAKS = 40047 -- Peaks: Build any missing peaks

-- Opens each file before anything is changed. Returns the arrivals that have at least one file that REAPER can open.
local function open(arrivals, problems)
  local opened = {}
  for _, arrival in ipairs(arrivals) do
    local found = {}
    for _, file in ipairs(arrival.files) do
      local source = reaper.PCM_Source_CreateFromFile(file.path)
      if source and reaper.GetMediaSourceLength(source) > 0 then
        found[#found + 1] = file
      else
        local why = ("REAPER cannot open the converted file %s"):format(file.path)
        problems[#problems + 1] = messages.not_converted(arrival.record.name, why)
      end
      if source and reaper.PCM_Source_Destroy then reaper.PCM_Source_Destroy(source) end
    end
    if #found > 0 then opened[#opened + 1] = { record = arrival.record, files = found, birth = arrival.birth } end
  end
  return opened
end

local function dress(take, piece, file, colour)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", files.stem(file.path), true)
  if colour then reaper.SetMediaItemTakeInfo_Value(take, "I_CUSTOMCOLOR", colour) end
  originals.mark(take, piece.original, file)
end

-- Adds the takes of one item; the first becomes the active one.
local function add_to(project, piece, record, list, problems)
  local first, incomplete
  for _, file in ipairs(list) do
    local source = reaper.PCM_Source_CreateFromFile(file.path)
    local take, misses = carrying.new_take(project, piece, record, source, file.head)
    dress(take, piece, file, preferences.colour())
    first, incomplete = first or items.take_guid(take), incomplete or misses
  end
  local active = items.find_take(project, first)
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
  for _, piece in ipairs(list) do add_to(project, piece, record, arrival.files, problems) end
end

local function title(arrivals)
  if #arrivals == 1 then return "takevoice: " .. arrivals[1].record.name end
  return ("takevoice: %d takes"):format(#arrivals)
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
-- is gone get new tracks if `on_new_tracks`. Returns the problems.
function inserting.run(project, arrivals, on_new_tracks)
  local problems = {}
  local opened = open(arrivals, problems)
  if #opened == 0 then return problems end
  reaper.PreventUIRefresh(1)
  reaper.Undo_BeginBlock2(project)
  local tracks, shared = on_new_tracks and {} or nil, pieces.together()
  for _, arrival in ipairs(opened) do
    local ok, problem = pcall(add, project, arrival, tracks, shared, problems)
    if not ok then problems[#problems + 1] = messages.not_converted(arrival.record.name, files.plain_error(problem)) end
  end
  reaper.Main_OnCommand(BUILD_PEAKS, 0)
  reaper.Undo_EndBlock2(project, title(opened), -1)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  return problems
end

return inserting
