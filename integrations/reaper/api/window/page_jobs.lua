-- The page of what is under way: progress, price, cancel; what is held can be converted or dropped.

local takevoice = ...
local asks = takevoice.load("asks")
local command = takevoice.load("command")
local conversion = takevoice.load("conversion")
local driver = takevoice.load("driver")
local files = takevoice.load("files")
local numbers = takevoice.load("numbers")
local requests = takevoice.load("requests")

local HELD = "held" -- key of the question for all held takes

local note = "" -- what the last button led to

local function decide(address, by)
  asks.ask("decision", { address = address, job = by.job, request = by.request })
  note = "asked takevoice"
end

local function price(seen)
  local credits = seen and tonumber(seen.credits)
  return credits and credits > 0 and (", %d credits"):format(numbers.up(credits)) or ""
end

local function draw_worker(view, worker)
  local seen, id = worker.seen, worker.record.id
  view.text(("%s: %s%s"):format(worker.record.name, conversion.word(worker), price(seen)))
  if seen and seen.state == "converting" then view.progress(tonumber(seen.progress) or 0) end
  if conversion.is_held(worker) then
    local request = requests.of(worker.record)[1].id
    if view.button("Convert it##" .. id) then decide("/takevoice/release", { request = request }) end
    view.same_line()
    if view.button("Drop it##" .. id) then decide("/takevoice/drop", { request = request }) end
    view.same_line()
  end
  if view.button("Cancel##" .. id) then driver.cancel(worker) end
end

local function draw_start(view, workers)
  for _, worker in ipairs(workers) do
    if conversion.is_unanswered(worker) then
      view.text("takevoice is not running.")
      if view.button("Start takevoice") then
        local ok, started = pcall(command.start_daemon)
        note = ok and (started and "starting takevoice ..." or "the system did not start takevoice") or files.plain_error(started)
      end
      return
    end
  end
end

-- Everything that waits for a person, also takes of other projects and of watched folders.
local function draw_held(view)
  view.heading("Held takes")
  if view.button("Look for held takes") then asks.ask(HELD, { address = "/takevoice/held" }) end
  local answer = asks.answer(HELD)
  if asks.is_open(HELD) then view.text("asking takevoice ...") end
  if not answer then return end
  if answer.state ~= "done" then return view.text(answer.text or "takevoice cannot say") end
  if #answer.rows == 0 then view.text("nothing is held") end
  for _, row in ipairs(answer.rows) do
    view.text(("%s (%s): %s%s"):format(row.name or row.path, row.voice or "", row.text or "", price(row)))
    if view.button("Convert it##held" .. row.job) then decide("/takevoice/release", row) end
    view.same_line()
    if view.button("Drop it##held" .. row.job) then decide("/takevoice/drop", row) end
  end
end

return function(view, workers)
  if #workers == 0 then view.text("Nothing is under way in this project.") end
  for _, worker in ipairs(workers) do draw_worker(view, worker) end
  draw_start(view, workers)
  local decision = asks.answer("decision")
  if decision then
    note = decision.state == "done" and "done" or decision.text
    asks.forget("decision")
    asks.ask(HELD, { address = "/takevoice/held" })
  end
  if note ~= "" then view.text(note) end
  draw_held(view)
end
