-- Which candidate is picked: notices what was picked outside of Ardour, and passes on what was picked here.

local takevoice = ...
local choosing = takevoice.load ("choosing")
local files = takevoice.load ("files")
local ids = takevoice.load ("ids")
local regions = takevoice.load ("regions")
local sounds = takevoice.load ("sounds")
local state_dir = takevoice.load ("state_dir")
local takes = takevoice.load ("takes")
local picks = {}

local IN_A_TICK = 20 -- result files that are looked at

local texts = {} -- the result files as they were read last, by request id
local at = 0

-- A session was opened.
function picks.forget () texts, at = {}, 0 end

-- While what was picked here is not confirmed, the file has what was picked before; it is read again afterwards.
local function next_text (is_ours)
	local list = takes.all ()
	at = at % #list + 1
	local take = list[at]
	if is_ours (take) then
		texts[take.id] = nil
		return nil
	end
	local text = state_dir.result_text (take.id)
	if not text or text == texts[take.id] then return nil end
	texts[take.id] = text
	return take
end

local function note_new (take, list)
	for _, sound in ipairs (list) do
		if sound.number and not take.candidates[sound.number] then takes.update (take, sound) end
	end
end

-- Returns the takes of which another candidate was picked, as `choosing.choose` wants them. takevoice writes the result of a
-- request again when a candidate is picked. `is_ours (take)`: what was picked here has not been confirmed yet.
local function news (is_ours)
	local list = {}
	for _ = 1, math.min (IN_A_TICK, #takes.all ()) do
		local take = next_text (is_ours)
		local found = take and sounds.of (state_dir.result (take.id) or {}) or {}
		local picked = sounds.picked (found)
		if picked and picked ~= take.picked then
			note_new (take, found)
			take.picked = picked
			list[#list + 1] = { take = take, number = picked }
		end
	end
	return list
end

-- Makes the candidates current that were picked outside of Ardour. `is_ours`: see above. Calls `refuse` with a message.
function picks.follow (is_ours, refuse)
	local list = news (is_ours)
	local ok, problem = pcall (choosing.choose, list)
	if not ok then refuse (files.plain_error (problem)) end
	if #list > 0 then takes.save () end
end

local function select (list)
	local chosen = ArdourUI.SelectionList ()
	for _, region in ipairs (list) do chosen:push_back (Editor:regionview_from_region (region)) end
	Editor:set_selection (chosen, ArdourUI.SelectionOp.Set)
end

local function after (take, number)
	local numbers = takes.numbers (take)
	for i, each in ipairs (numbers) do
		if each == number then return numbers[i % #numbers + 1] end
	end
end

-- Returns the record that passes a choice on.
local function told (take, number)
	local id = ids.new ("pick")
	return {
		id = id, batch = id, state = "tell", address = "/takevoice/pick", request = take.id, job = takes.sound (take, number).job,
		name = take.name,
	}
end

-- Carries out what the actions have noted: { region = its id, number = a candidate, or nil for the next one }. Returns the
-- records that pass it on.
function picks.carry_out (noted)
	local wanted, by_take = {}, {}
	for _, each in ipairs (noted) do
		local region = regions.by_id (each.region)
		local take, current = nil, nil
		if region then take, current = takes.of (region) end
		if take then
			local number = tonumber (each.number) or after (take, current)
			wanted[#wanted + 1] = { region = each.region, number = number }
			by_take[take] = number
		end
	end
	local made, records = choosing.choose (wanted), {}
	if #made > 0 then select (made) end
	for take, number in pairs (by_take) do
		take.picked = number
		records[#records + 1] = told (take, number)
	end
	takes.save ()
	return records
end

return picks
