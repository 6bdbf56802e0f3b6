-- Builds an OSC 1.0 message whose arguments are strings.

local function padded(text) return text .. ("\0"):rep(4 - #text % 4) end

return function(address, ...)
  local parts = { padded(address), padded("," .. ("s"):rep(select("#", ...))) }
  for _, text in ipairs({ ... }) do
    -- A zero byte would end the string.
    parts[#parts + 1] = padded((text:gsub("%z", "")))
  end
  return table.concat(parts)
end
