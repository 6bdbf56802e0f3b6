-- WAV with 32-bit float samples: RIFF format 3, or RF64 (EBU Tech 3306) from 4 GB.

local wav = {}

local BYTES = 4 -- per sample

local function fmt(channels, rate)
  return string.pack("<c4I4I2I2I4I4I2I2I2", "fmt ", 18, 3, channels, rate, rate * channels * BYTES, channels * BYTES, 8 * BYTES, 0)
end

function wav.header(channels, rate, frames)
  local size = frames * channels * BYTES
  local chunks = fmt(channels, rate) .. string.pack("<c4I4I4", "fact", 4, math.min(frames, 0xFFFFFFFF))
  if size < 0xFFFFFF00 then
    return string.pack("<c4I4c4", "RIFF", 4 + #chunks + 8 + size, "WAVE") .. chunks .. string.pack("<c4I4", "data", size)
  end
  local sizes = string.pack("<c4I4I8I8I8I4", "ds64", 28, 4 + 36 + #chunks + 8 + size, size, frames, 0)
  return string.pack("<c4I4c4", "RF64", 0xFFFFFFFF, "WAVE") .. sizes .. chunks .. string.pack("<c4I4", "data", 0xFFFFFFFF)
end

-- Returns the bytes of a list of samples; full scale is 1.
function wav.samples(list)
  local parts = {}
  for first = 1, #list, 4096 do
    local last = math.min(first + 4095, #list)
    parts[#parts + 1] = string.pack("<" .. ("f"):rep(last - first + 1), table.unpack(list, first, last))
  end
  return table.concat(parts)
end

return wav
