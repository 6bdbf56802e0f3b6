-- Whether a take has spectral edits, which are not in its file.

local spectral_edits = {}

-- Returns whether the take with this number (from 0) has any, by its item's state as text (RPPXML). Where empty takes leave it
-- open which number a take has, those of any take count.
function spectral_edits.in_chunk(chunk, number)
  local depth, take, any = 0, 0, chunk:find("\n%s*TAKE NULL") ~= nil
  for line in chunk:gmatch("[^\r\n]+") do
    local word = line:match("^%s*(%S+)") or ""
    if word:sub(1, 1) == "<" then
      depth = depth + 1
    elseif word == ">" then
      depth = depth - 1
    elseif word == "TAKE" and depth == 1 then
      take = take + 1
    elseif word == "SPECTRAL_EDIT" and (any or take == number) then
      return true
    end
  end
  return false
end

-- An older REAPER does not count them for scripts, and says 0.
function spectral_edits.has(take)
  if reaper.GetMediaItemTakeInfo_Value(take, "IP_SPECEDIT:CNT") > 0 then return true end
  local ok, chunk = reaper.GetItemStateChunk(reaper.GetMediaItemTake_Item(take), "", false)
  local number = math.floor(reaper.GetMediaItemTakeInfo_Value(take, "IP_TAKENUMBER"))
  return ok and spectral_edits.in_chunk(chunk, number)
end

return spectral_edits
