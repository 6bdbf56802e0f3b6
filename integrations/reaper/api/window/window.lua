-- The window of takevoice (to come).
return { draw = function() end, close = function() end }
