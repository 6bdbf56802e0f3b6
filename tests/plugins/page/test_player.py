"""The player, sample by sample: what leaves it is what is in the files, over blocks, switches, loops and the end.

Each sample of a take says which lane and which frame it is, so that a wrong one is found wherever it comes from.
"""

from __future__ import annotations

import base64
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from plugins.page.browser import entered, faults_of
from plugins.page.world import World
from takevoice_plugins.page import app
from takevoice_plugins.page.assets import Asset, load_assets

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

LANES = 3
UNIT = 2.0**-22
FADE = 0.01  # seconds
SHORT = 100  # samples: in the middle of a crossfade of the outer lanes, some look like the middle one

TAP = """
registerProcessor("tap", class extends AudioWorkletProcessor {
  process([input]) {
    if (input.length) this.port.postMessage(input[0].slice());
    return true;
  }
});
"""

RECORD = """
async ({ ids, frames, rate, plan }) => {
  const { Player } = await import("/player/player.js");
  const { bytes, query } = await import("/core/api.js");
  const lane = ({ id, which }) => async (start, frames) => {
    const [buffer] = await bytes(`/api/jobs/${id}/audio/${which}${query({ start, frames })}`);
    return new Float32Array(buffer);
  };
  const player = new Player(ids.map(lane), { frames, rate, channels: 1 });
  await player.open();
  await player.context.audioWorklet.addModule("/tap.js");
  const tap = new AudioWorkletNode(player.context, "tap");
  const blocks = [];
  tap.port.onmessage = ({ data }) => blocks.push(data);
  player.node.connect(tap);
  const seen = (wanted) => new Promise((done) => {
    const look = () => wanted() && (player.removeEventListener("time", look), done());
    player.addEventListener("time", look);
    look();
  });
  for (const [what, value] of plan) {
    if (what === "play") await player.play();
    else if (what === "lane") player.switchTo(value);
    else if (what === "seek") await player.seek(value);
    else if (what === "loop") await player.setLoop(value);
    else if (what === "until") await seen(() => player.time >= value);
    else if (what === "rounds") { let last = player.time; let left = value; await seen(() => { if (player.time < last) left--; last = player.time; return left <= 0; }); }
    else if (what === "stalled") await seen(() => player.stalled);
    else if (what === "fetch") await fetch(value).catch(() => 0);
    else if (what === "end") await seen(() => !player.playing);
  }
  await new Promise((done) => setTimeout(done, 200));
  const rateNow = player.context.sampleRate;
  player.close();
  const all = new Uint8Array(await new Blob(blocks).arrayBuffer());
  let text = "";
  for (let n = 0; n < all.length; n += 32768) text += String.fromCharCode(...all.subarray(n, n + 32768));
  return [btoa(text), rateNow];
}
"""


@pytest.fixture(autouse=True)
def tap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has one file more: a worklet that records what leaves the player."""
    asset = Asset(TAP.encode(), "text/javascript", '"tap"')
    monkeypatch.setattr(app, "load_assets", lambda: {**load_assets(), "/tap.js": asset})


def takes(world: World, rate: int, seconds: float) -> tuple[list[dict[str, Any]], int]:
    """An original with two results whose samples say what they are: (frame * 3 + lane + 1) / 2^22."""
    frames = int(rate * seconds)
    path = world.folder / "Anna_1.wav"
    names = [path, path.with_name("Anna_1.ada.wav"), path.with_name("Anna_1.bea.wav")]
    for lane, name in enumerate(names):
        soundfile.write(name, ((np.arange(frames) * LANES + lane + 1) * UNIT).astype(np.float32), rate, "FLOAT")
    ada, bea = world.done(path, "ada", 1), world.done(path, "bea", 2)
    return [{"id": ada, "which": "original"}, {"id": ada, "which": "result"}, {"id": bea, "which": "result"}], frames


def recorded(page: Page, ids: list[dict[str, Any]], frames: int, rate: int, plan: list[list[Any]]) -> npt.NDArray[np.float32]:
    text, actual = page.evaluate(RECORD, {"ids": ids, "frames": frames, "rate": rate, "plan": plan})
    assert actual == rate
    return np.frombuffer(base64.b64decode(text), np.float32)


def runs(samples: npt.NDArray[np.float32]) -> list[tuple[int, int, int]]:
    """Return each stretch of consecutive frames of one lane: (lane, first frame, frames). What is no sample of a file is left out."""
    numbers = samples.astype(np.float64) / UNIT - 1
    exact = (numbers == np.round(numbers)) & (samples > 0)
    lanes, frames = np.mod(numbers, LANES).astype(int), np.floor_divide(numbers, LANES).astype(int)
    ids = np.where(exact, frames * LANES + lanes, -1)
    breaks = np.flatnonzero(np.diff(ids) != LANES) + 1
    parts = np.split(np.arange(len(ids)), breaks)
    return [(int(lanes[p[0]]), int(frames[p[0]]), len(p)) for p in parts if ids[p[0]] >= 0 and len(p) > SHORT]


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_switching_loses_no_frame_and_ends_where_the_take_ends(world: World, browser: Browser, rate: int) -> None:
    ids, frames = takes(world, rate, 1.6)
    page = entered(browser, world.service().address)
    plan = [["play", 0], ["until", 0.3], ["lane", 1], ["until", 0.6], ["lane", 2], ["until", 1.0], ["lane", 0], ["end", 0]]
    found = runs(recorded(page, ids, frames, rate, plan))
    heard = [(lane, first, first + count) for lane, first, count in found]
    order = [lane for n, (lane, _, _) in enumerate(heard) if n == 0 or lane != heard[n - 1][0]]
    assert order == [0, 1, 2, 0]
    assert (heard[0][1], heard[-1][2]) == (0, frames)  # from the first sample to the last one
    fade = round(rate * FADE)
    gaps = [after[1] - before[2] for before, after in itertools.pairwise(heard)]
    assert all(0 <= gap <= fade for gap in gaps), gaps  # only within a crossfade
    assert sum(count for _, _, count in found) >= frames - 3 * fade
    assert faults_of(page) == []
    page.context.close()


def test_a_loop_joins_its_ends_without_a_sample_between(world: World, browser: Browser) -> None:
    ids, frames = takes(world, 48_000, 1.2)
    page = entered(browser, world.service().address)
    start, end = 0.25, 0.95  # over the edge of a block
    plan = [["loop", [start, end]], ["seek", 0.6], ["play", 0], ["rounds", 2], ["loop", None], ["end", 0]]
    found = runs(recorded(page, ids, frames, 48_000, plan))
    assert [(lane, first, first + count) for lane, first, count in found] == [
        (0, 28_800, 45_600),
        (0, 12_000, 45_600),
        (0, 12_000, 57_600),
    ]
    page.context.close()


def test_on_a_starved_network_it_waits_and_goes_on_at_the_same_frame(world: World, browser: Browser) -> None:
    ids, frames = takes(world, 48_000, 2.0)
    page = entered(browser, world.service().address)
    waiting: list[Route] = []

    def slow(route: Route) -> None:
        if "start=65536" in route.request.url and not waiting and "result" in route.request.url:
            waiting.append(route)  # one block of one lane does not come
        else:
            route.continue_()

    page.route("**/audio/**", slow)
    page.route("**/let-it-come", lambda route: (waiting[0].continue_(), route.fulfill(body="")))
    found = runs(recorded(page, ids, frames, 48_000, [["play", 0], ["until", 1.2], ["stalled", 0], ["fetch", "/let-it-come"], ["end", 0]]))
    assert [(lane, first, first + count) for lane, first, count in found] == [(0, 0, 65_536), (0, 65_536, frames)]
    page.context.close()


def test_an_hour_is_loaded_in_a_window_only(world: World, browser: Browser) -> None:
    rate, seconds = 16_000, 3600
    path = world.folder / "Anna_1.wav"
    for name in (path, path.with_name("Anna_1.ada.wav")):
        with soundfile.SoundFile(name, "w", rate, 1, "PCM_16") as file:
            for _ in range(seconds // 60):
                file.write(np.full(rate * 60, 0.25, np.float32))
    job = world.done(path, "ada", 1)
    page = entered(browser, world.service().address)
    sizes: list[int] = []
    page.on("request", lambda request: "/audio/" in request.url and sizes.append(int(request.url.split("frames=")[1].split("&")[0])))
    began = page.evaluate("() => performance.now()")
    page.evaluate(f"() => {{ location.hash = 'take/{job}'; }}")
    page.wait_for_selector(".transport")
    took = page.evaluate("() => performance.now()") - began
    page.locator(".transport input").fill("1800")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => Number(document.querySelector('.transport input').value) > 1800.2")
    loaded = -1
    while loaded < len(sizes) < 200:  # until it has what it wants
        loaded = len(sizes)
        page.wait_for_timeout(700)
    print(f"a take of an hour is open after {took:.0f} ms; {sum(sizes) / rate:.0f} s of audio were loaded for its two lanes")
    assert sum(sizes) < 2 * 40 * rate
    page.context.close()
