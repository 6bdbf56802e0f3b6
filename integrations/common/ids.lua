-- Request ids: unique, and made of lower-case letters, digits and "-" only, because they are file names too.

local takevoice = ...
local ids = {}

-- `kind` is a word that groups requests, or nil.
function ids.new(kind)
  local id = takevoice.editor .. "-" .. (kind and kind .. "-" or "") .. takevoice.unique()
  return (id:lower():gsub("[^a-z0-9-]", ""))
end

return ids
