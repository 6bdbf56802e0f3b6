-- The actions for candidates: note what the user wants of the selected regions. The hook carries it out.

local takevoice = ...
local heartbeat = takevoice.load ("heartbeat")
local ids = takevoice.load ("ids")
local lists = takevoice.load ("lists")
local messages = takevoice.load ("own_messages")
local pending = takevoice.load ("pending")
local regions = takevoice.load ("regions")
local takes = takevoice.load ("takes")
local ui = takevoice.load ("ui")
local candidates = {}

local MOST = 12 -- rows of a dialog that fits on a screen

-- Returns the selected regions that play candidates: { region =, take =, number = }.
local function selected ()
	takes.open ()
	local list = {}
	for region in lists.each (Editor:get_selection ().regions:regionlist ()) do
		if not region:to_audioregion ():isnil () then
			local take, number = takes.of (region)
			if take then list[#list + 1] = { region = region, take = take, number = number } end
		end
	end
	return list
end

local function note (list, number_of)
	local batch, noted = ids.new ("batch"), {}
	for _, each in ipairs (list) do
		noted[#noted + 1] = {
			id = ids.new ("choose"), batch = batch, state = "choose", region = regions.id (each.region), name = each.take.name,
			request = each.take.id, number = number_of (each),
		}
	end
	if #noted > 0 then pending.add (noted) end
end

local function with_selected (run)
	if not heartbeat.is_alive () then return ui.alert (messages.NO_HOOK) end
	local list = selected ()
	if #list == 0 then return ui.alert ("Select one or more regions with candidates first.") end
	local ok, problem = pcall (run, list)
	if not ok then ui.alert (problem) end
end

-- The next candidate; after the last one comes the first.
function candidates.next ()
	with_selected (function (list) note (list, function () return nil end) end)
end

local function row (key, each)
	local values, default = {}, nil
	for _, number in ipairs (takes.numbers (each.take)) do
		local text = ("candidate %d: %s"):format (number, takes.sound (each.take, number).voice)
		values[text] = number
		if number == each.number then default = text end
	end
	return { type = "dropdown", key = key, title = each.region:name (), values = values, default = default }
end

-- One of them, from a list.
function candidates.pick ()
	with_selected (function (list)
		local rows, shown = {}, {}
		for i = 1, math.min (#list, MOST) do rows[i], shown[i] = row (tostring (i), list[i]), list[i] end
		if #list > MOST then
			local more = ("and %d more, which stay as they are"):format (#list - MOST)
			rows[#rows + 1] = { type = "label", title = more, align = "left" }
		end
		local answer = LuaDialog.Dialog ("takevoice", rows):run ()
		if not answer then return end
		for i, each in ipairs (shown) do each.wanted = answer[tostring (i)] end
		note (shown, function (each) return each.wanted end)
	end)
end

return candidates
