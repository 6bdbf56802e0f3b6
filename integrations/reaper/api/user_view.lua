-- What undo may move, by the user's preferences, and is none of our business: the edit cursor, the time selection, the loop
-- points and the selection of tracks.

local user_view = {}

local function range(project, is_loop)
  local first, last = reaper.GetSet_LoopTimeRange2(project, false, is_loop, 0, 0, false)
  return { first, last }
end

local function selected_tracks(project)
  local guids = {}
  for index = 0, reaper.CountSelectedTracks(project) - 1 do
    guids[reaper.GetTrackGUID(reaper.GetSelectedTrack(project, index))] = true
  end
  return guids
end

function user_view.of(project)
  return {
    cursor = reaper.GetCursorPositionEx(project),
    selection = range(project, false),
    loop = range(project, true),
    tracks = selected_tracks(project),
  }
end

local function restore_range(project, is_loop, wanted)
  local now = range(project, is_loop)
  if now[1] == wanted[1] and now[2] == wanted[2] then return end
  reaper.GetSet_LoopTimeRange2(project, true, is_loop, wanted[1], wanted[2], false)
end

-- Puts back what is different now; the view is not scrolled, and nothing is played.
function user_view.restore(project, view)
  if reaper.GetCursorPositionEx(project) ~= view.cursor then reaper.SetEditCurPos2(project, view.cursor, false, false) end
  restore_range(project, false, view.selection)
  restore_range(project, true, view.loop)
  for index = 0, reaper.CountTracks(project) - 1 do
    local track = reaper.GetTrack(project, index)
    local was_selected = view.tracks[reaper.GetTrackGUID(track)] == true
    if reaper.IsTrackSelected(track) ~= was_selected then reaper.SetTrackSelected(track, was_selected) end
  end
end

return user_view
