-- Whole numbers for texts: Lua's %d refuses a float that is no whole number, such as 11.2.

local numbers = {}

local MOST = 2 ^ 53

-- Returns the whole number below any value, 0 for what is no number. It is a Lua integer, also of huge numbers.
function numbers.whole(value)
  local number = tonumber(value) or 0
  if number ~= number then return 0 end
  return math.floor(math.max(-MOST, math.min(number, MOST)))
end

-- Returns the percentage of a fraction: 0 to 100.
function numbers.percent(fraction)
  local percent = 100 * (tonumber(fraction) or 0) + 1e-6 -- 100 * 0.29 is a little less than 29
  return numbers.whole(math.max(0, math.min(percent, 100)))
end

-- Returns the whole number above.
function numbers.up(value) return -numbers.whole(-(tonumber(value) or 0)) end

return numbers
