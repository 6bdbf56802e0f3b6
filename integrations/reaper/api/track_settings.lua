-- A track's settings, stored in the track itself (P_EXT), so that they are part of its templates and copies.

local takevoice = ...
local store = takevoice.load("store")
local track_settings = {}

local NAME = "P_EXT:takevoice"

track_settings.KEYS = { "voice", "model", "stability", "similarity_boost", "style", "use_speaker_boost", "seed" }

track_settings.pack, track_settings.unpack = store.pack, store.unpack

function track_settings.of(track)
  local _, text = reaper.GetSetMediaTrackInfo_String(track, NAME, "", false)
  return store.unpack(text or "")
end

function track_settings.set(track, settings)
  reaper.GetSetMediaTrackInfo_String(track, NAME, store.pack(settings), true)
end

return track_settings
