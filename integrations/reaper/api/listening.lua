-- The listener: lets the driver work on the active project, and draws the window while it is open.

local takevoice = ...
local asks = takevoice.load("asks")
local driver = takevoice.load("driver")
local files = takevoice.load("files")
local listener = takevoice.load("listener")
local render_watch = takevoice.load("render_watch")
local ui = takevoice.load("ui")
local window = takevoice.load("window/window")

local WORK_INTERVAL = 0.05 -- seconds
local CURRENT, RENDERING = -1, 0x40000000 -- of EnumProjects
local END_RUNNING, START_AGAIN, SHOW_ON, SHOW_OFF = 1, 2, 4, 8 -- of set_action_options

local logged = {} -- errors of the listener itself
local next_work = 0
local workers = {}
local id

-- An error of one part does not keep the others from their work.
local function guarded(run, ...)
  local ok, problem = pcall(run, ...)
  local text = not ok and files.plain_error(problem)
  if text and not logged[text] then
    logged[text] = true
    ui.log(text)
  end
end

local function work(now)
  local rendered = reaper.EnumProjects(RENDERING)
  if rendered then return render_watch.renders(rendered) end
  if now < next_work then return end
  next_work = now + WORK_INTERVAL
  local project = reaper.EnumProjects(CURRENT)
  guarded(render_watch.look, project)
  local more
  more, workers = driver.tick(project)
  if more then next_work = 0 end
end

local function draw() window.draw(workers) end

local function loop()
  if listener.is_stopped() or not listener.is_owner(id) then return end -- the script ends: it defers no more
  local now = reaper.time_precise()
  guarded(listener.beat, now)
  guarded(work, now)
  guarded(asks.tick, now)
  guarded(draw)
  reaper.defer(loop)
end

return function()
  -- REAPER 7 shows the action as on; if you start it again, REAPER restarts it without asking.
  if reaper.set_action_options then reaper.set_action_options(END_RUNNING | START_AGAIN | SHOW_ON) end
  listener.want()
  id = listener.claim()
  reaper.atexit(function()
    listener.stop_beating()
    guarded(render_watch.listener_ends)
    guarded(window.close)
    ui.progress("")
    if reaper.set_action_options then reaper.set_action_options(END_RUNNING | START_AGAIN | SHOW_OFF) end
  end)
  loop()
end
