-- The action: shows what is in progress, and lets the user decide about what is held.

local takevoice = ...
local asking = takevoice.load ("asking")
local handover = takevoice.load ("handover")
local holding = takevoice.load ("holding")
local ids = takevoice.load ("ids")
local pending = takevoice.load ("pending")
local ui = takevoice.load ("ui")

local MOST = 12 -- rows of a dialog that fits on a screen
-- The dialog is as wide as what is chosen at first, which is therefore the longest.
local LEAVE, RELEASE, DROP = "leave it held for now", "release and convert", "drop unconverted"
local CHOICES = { [LEAVE] = "", [RELEASE] = "/takevoice/release", [DROP] = "/takevoice/drop" }

-- Returns the records that are held, each with `why`, and the others.
local function sorted ()
	local held, others = {}, {}
	local all = pending.list ()
	for _, record in ipairs (pending.new ()) do all[#all + 1] = record end
	for _, record in ipairs (all) do
		record.why = asking.why_held (record)
		if record.why then
			held[#held + 1] = record
		elseif record.request == nil then
			others[#others + 1] = record
		end
	end
	return held, others
end

local WORDS = { found = "waiting", settling = "waiting", queued = "waiting" } -- what a person calls these states

local function line (record, progress)
	local found = progress[record.id]
	if not found then return ("%s: waiting"):format (record.name) end
	local percent = tonumber (found.progress) or 0
	local text = ("%s: %s"):format (record.name, WORDS[found.state] or found.state)
	if percent > 0 then text = ("%s, %d %%"):format (text, math.floor (percent * 100)) end
	return found.text ~= "" and found.text and text .. " (" .. found.text .. ")" or text
end

local function choice (key, title)
	return { type = "dropdown", key = key, title = title, values = CHOICES, default = LEAVE }
end

local function label (text) return { type = "label", title = text, align = "left" } end

local function rows_of (held, others)
	local rows, progress = {}, handover.progress ()
	if #held > 1 then rows[1] = choice ("all", ("All %d held takes%s"):format (#held, holding.price (held, progress))) end
	for i = 1, math.min (#held, MOST) do
		rows[#rows + 1] = choice (tostring (i), ("%s is held: %s"):format (held[i].name, held[i].why))
	end
	if #held > MOST then rows[#rows + 1] = label (("and %d more that are held; the first row decides on them, too"):format (#held - MOST)) end
	for i = 1, math.min (#others, MOST) do rows[#rows + 1] = label (line (others[i], progress)) end
	if #others > MOST then rows[#rows + 1] = label (("and %d more"):format (#others - MOST)) end
	if #others > 0 then
		local title = #others == 1 and "Cancel this conversion" or ("Cancel these %d conversions"):format (#others)
		rows[#rows + 1] = { type = "checkbox", key = "cancel", default = false, title = title }
	end
	return rows
end

local function told (record, address)
	local id = ids.new ("ask")
	return { id = id, batch = id, state = "tell", address = address, request = record.id, name = record.name }
end

local function decisions (answer, held, others)
	local list = {}
	for i, record in ipairs (held) do
		local address = answer[tostring (i)] or ""
		if address == "" then address = answer.all or "" end
		if address ~= "" then list[#list + 1] = told (record, address) end
	end
	for _, record in ipairs (answer.cancel and others or {}) do list[#list + 1] = told (record, "/takevoice/cancel") end
	return list
end

return function ()
	local held, others = sorted ()
	if #held + #others == 0 then return ui.inform ("Nothing is being converted in this session.") end
	local answer = LuaDialog.Dialog ("takevoice", rows_of (held, others)):run ()
	local list = answer and decisions (answer, held, others) or {}
	if #list > 0 then pending.add (list) end
end
