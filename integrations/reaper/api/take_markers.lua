-- Take markers. REAPER keeps their positions in the time of the source, and the converted file begins elsewhere in it.

local take_markers = {}

local function list_of(take)
  local list = {}
  for index = 0, reaper.GetNumTakeMarkers(take) - 1 do
    local position, name, colour = reaper.GetTakeMarker(take, index)
    list[#list + 1] = { position = position, name = name, colour = colour }
  end
  return list
end

local function delete_all(take)
  for index = reaper.GetNumTakeMarkers(take) - 1, 0, -1 do reaper.DeleteTakeMarker(take, index) end
end

-- Gives the converted take the markers of its original, and no others. `place` returns where a time of the original's source is
-- in the converted file, which is `length` seconds long; what is not in it has no marker there. Between stretch markers time is
-- not even: then none is carried over.
function take_markers.carry(original, take, place, length)
  if not reaper.GetNumTakeMarkers then return end -- an older REAPER
  local list = list_of(original)
  delete_all(take)
  if reaper.GetTakeNumStretchMarkers(original) > 0 then return end
  for _, marker in ipairs(list) do
    local position = place(marker.position)
    if position >= 0 and position <= length then
      reaper.SetTakeMarker(take, -1, marker.name, position, marker.colour)
    end
  end
end

return take_markers
