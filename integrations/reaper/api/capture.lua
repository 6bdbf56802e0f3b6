-- Writes a take's audio, without the item's fades and level, to a file for the daemon, in blocks so that REAPER never waits.

local takevoice = ...
local items = takevoice.load("items")
local files = takevoice.load("files")
local media_files = takevoice.load("media_files")
local rendering = takevoice.load("rendering")
local state_dir = takevoice.load("state_dir")
local wav = takevoice.load("wav")

local BLOCK = 8192 -- samples of one channel read at once
local GONE = "it was removed before it could be read"

local function source_rate(project, source)
  local rate = reaper.GetMediaSourceSampleRate(source)
  if rate <= 0 then rate = reaper.GetSetProjectInfo(project, "PROJECT_SRATE", 0, false) end
  return math.floor(rate > 0 and rate or 48000)
end

-- Writes the take's samples as they are before its effects. REAPER applies sections, loops, reversals and trims.
local function write_samples(file, accessor, shape, pause)
  local buffer = reaper.new_array(BLOCK * shape.channels)
  for first = 0, shape.frames - 1, BLOCK do
    local count = math.min(BLOCK, shape.frames - first)
    buffer.clear()
    local got = reaper.GetAudioAccessorSamples(accessor, shape.rate, shape.channels, first / shape.rate, count, buffer)
    if got < 0 then error("REAPER cannot read its audio; is the media offline?", 0) end
    assert(file:write(wav.samples(buffer.table(1, count * shape.channels))))
    pause(("reading %d %%"):format(100 * (first + count) // shape.frames))
    if not shape.valid() then error(GONE, 0) end
  end
end

local function read(project, record, take, pause)
  local source = items.file_source(take)
  local shape = { channels = reaper.GetMediaSourceNumChannels(source), rate = source_rate(project, source) }
  if shape.channels < 1 or reaper.GetMediaSourceLength(source) <= 0 then
    error("it has no audio; is the media offline?", 0)
  end
  shape.valid = function() return reaper.ValidatePtr2(project, take, "MediaItem_Take*") end
  shape.frames = math.floor(tonumber(record.length) * shape.rate + 0.5)
  local file, problem = io.open(record.path .. ".part", "wb")
  if not file then error(problem, 0) end
  record.rate = shape.rate
  record.volume = reaper.GetMediaItemTakeInfo_Value(take, "D_VOL")
  record.pan = reaper.GetMediaItemTakeInfo_Value(take, "D_PAN")
  record.channels = reaper.GetMediaItemTakeInfo_Value(take, "I_CHANMODE")
  local accessor = reaper.CreateTakeAudioAccessor(take)
  local ok, failure = pcall(function()
    assert(file:write(wav.header(shape.channels, shape.rate, shape.frames)))
    write_samples(file, accessor, shape, pause)
  end)
  reaper.DestroyAudioAccessor(accessor)
  file:close()
  if not ok then
    os.remove(record.path .. ".part")
    error(failure, 0)
  end
  files.replace(record.path .. ".part", record.path)
end

local function render(project, record, item, take, pause)
  local found = rendering.run(project, item, take, record.name)
  record.path = state_dir.handover(record.id .. files.extension(found.path))
  media_files.move(found.path, record.path, pause)
  os.remove(found.path .. ".reapeaks")
  for _, key in ipairs({ "rate", "volume", "pan", "channels" }) do record[key] = found[key] end
end

local function find(project, record)
  local item, take = items.find(project, record.item), items.find_take(project, record.take)
  if not item or not take then error(GONE, 0) end
  return item, take
end

-- Stores in the record the file's path, and the values that the converted take will get. `await_daemon` returns once the
-- daemon has answered: REAPER stands still while it renders, so it should not do that in vain. Raises a message if the audio
-- cannot be read.
return function(project, record, pause, await_daemon)
  local item, take = find(project, record)
  local reason = rendering.reason(take)
  if reason then
    await_daemon()
    item, take = find(project, record)
  end
  record.offset = reaper.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS")
  record.playrate = reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE")
  record.path = state_dir.handover(record.id .. ".wav")
  if reason then render(project, record, item, take, pause) else read(project, record, take, pause) end
end
