-- Where a take's sound is: which seconds of which file, or why REAPER must render it first.

local takevoice = ...
local items = takevoice.load("items")
local preferences = takevoice.load("preferences")
local spectral_edits = takevoice.load("spectral_edits")
local sound = {}

local NORMAL, REVERSED_STEREO, DOWNMIX, LEFT, RIGHT = 0, 1, 2, 3, 4 -- of I_CHANMODE
-- With these modes the whole file is converted, and the converted take gets the mode.
local KEPT_MODES = { [NORMAL] = true, [REVERSED_STEREO] = true, [DOWNMIX] = true }
local ONE_CHANNEL = { [LEFT] = 1, [RIGHT] = 2 }
local TINY = 0.001 -- seconds: an item that is this much longer than its source does not loop

local function value(take, name) return reaper.GetMediaItemTakeInfo_Value(take, name) end

-- Returns the only channel of the source that the mode plays, or nil if the whole file is to be converted: also for a channel that
-- the file does not have, such as the right one of a mono file, because only REAPER knows what it plays then.
local function only_channel(source, mode)
  local channel = ONE_CHANNEL[mode]
  local count = reaper.GetMediaSourceNumChannels(source) -- 0: not known, as of media that was offline
  return channel and (count == 0 or channel <= count) and channel or nil
end

-- Returns why the take is more than a stretch of its file, or nil. With "before", effects and envelopes are part of what is
-- converted; with "after", the converted take gets them.
local function reason(take)
  if spectral_edits.has(take) then return "spectral edits" end
  if value(take, "D_PLAYRATE") ~= 1 then return "playrate" end
  if value(take, "D_PITCH") ~= 0 then return "pitch" end
  if reaper.GetTakeNumStretchMarkers(take) > 0 then return "stretch markers" end
  local mode = value(take, "I_CHANMODE")
  if not KEPT_MODES[mode] and not ONE_CHANNEL[mode] then return "channel mode" end
  if preferences.get("effects") == "before" then
    if reaper.TakeFX_GetCount(take) > 0 then return "effects" end
    if reaper.CountTakeEnvelopes(take) > 0 then return "envelopes" end
  end
end

-- Returns the file's own source, and where a section of it begins and how long it is; or nil and why it must be rendered.
local function resolved(take)
  local source = reaper.GetMediaItemTake_Source(take)
  local parent = source and reaper.GetMediaSourceParent(source)
  if not source then return nil, nil end
  if not parent then return source, 0, (reaper.GetMediaSourceLength(source)) end
  if reaper.GetMediaSourceParent(parent) then return nil, "section of a section" end
  local is_section, offset, length, reversed = reaper.PCM_Source_GetSectionInfo(source)
  if not is_section then return nil, "section" end
  if reversed then return nil, "reversed" end
  return parent, offset, length
end

-- Returns the stretch of the source, in its seconds: start and length, and whether it is a loop, which is converted once,
-- whole; or nil if a loop is begun or ended in such a way that the item plays less than all of it.
local function stretch(item, take, from, to, length)
  local offset = value(take, "D_STARTOFFS")
  local first, last = offset + from, offset + to
  local loops = reaper.GetMediaItemInfo_Value(item, "B_LOOPSRC") ~= 0 and length > 0
  if loops and (first < -TINY or last > length + TINY) then
    if to - from < length - TINY then return nil end
    return 0, length, true
  end
  if loops then last = math.min(last, length) end
  first = math.max(first, 0)
  return first, last - first, false
end

-- Returns a description: path, start, length (seconds in the file; none for a whole file), handle, channels (a list, or
-- nil), mode (of the new take) and `zero`, the time in the item of the first sample; or nil and the reason why REAPER
-- must render the take. Raises a message if it has no audio. `from` and `to` are seconds in the item.
function sound.of(item, take, from, to)
  local why = reason(take)
  if why then return nil, why end
  local source, begins, length = resolved(take)
  if not source then
    if begins then return nil, begins end
    error("it has no audio", 0)
  end
  local path = reaper.GetMediaSourceFileName(source)
  if path == "" then error("it has no file", 0) end
  if path:lower():match("%.rpp$") then return nil, "subproject" end
  local start, duration, looped = stretch(item, take, from, to, length)
  if not start then return nil, "a part of a loop" end
  if duration <= 0 then error("its file has no audio within the item", 0) end
  local mode = value(take, "I_CHANMODE")
  local channel = only_channel(source, mode)
  return {
    path = path,
    start = begins + start,
    length = duration,
    handle = looped and 0 or preferences.number("handle"),
    channels = channel and { channel } or nil,
    mode = channel and NORMAL or mode,
    zero = start - value(take, "D_STARTOFFS"),
  }
end

-- True if the converted take must be a copy of the original, with its effects and envelopes.
function sound.has_chain(take) return reaper.TakeFX_GetCount(take) > 0 or reaper.CountTakeEnvelopes(take) > 0 end

-- True if the take's source is audio in a file.
function sound.is_audio(take) return not reaper.TakeIsMIDI(take) and items.file_source(take) ~= nil end

return sound
