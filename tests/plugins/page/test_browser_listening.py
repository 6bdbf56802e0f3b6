"""Listening as a person does: blind, level-matched, in a loop; results are dragged out; a batch that is done is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from plugins.page.browser import entered, faults_of
from plugins.page.world import World
from takevoice.audio import inspect_hashed
from takevoice.system.fileid import version_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RATE = 48_000

TAP = """
async (plan) => {
  // The loudest sample that leaves the page, whatever it is played through.
  const connect = AudioNode.prototype.connect;
  window.peaks = [];
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === this.context?.destination) {
      const meter = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, meter);
      const data = new Float32Array(2048);
      setInterval(() => { meter.getFloatTimeDomainData(data); window.peaks.push(Math.max(...data.map(Math.abs))); }, 20);
    }
    return connect.call(this, to, ...rest);
  };
}
"""


@pytest.fixture
def loud(world: World) -> int:
    """A tone of 4 seconds, its result four times as loud, and one of another voice as loud as the original."""
    tone = np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)
    path = world.folder / "Anna_1.wav"
    soundfile.write(path, 0.1 * tone, RATE, "PCM_24")
    for voice, level in (("ada", 0.4), ("bea", 0.1)):
        soundfile.write(path.with_name(f"Anna_1.{voice}.wav"), level * tone, RATE, "PCM_24")
    first = world.done(path, "ada")
    world.done(path, "bea", 2)
    return first


@pytest.fixture
def page(world: World, browser: Browser, loud: int) -> Page:
    made = entered(browser, world.service().address)
    made.evaluate(TAP)
    made.evaluate(f"() => {{ location.hash = 'take/{loud}'; }}")
    made.wait_for_function("() => document.querySelectorAll('.lane').length === 3 && [...document.querySelectorAll('.lane-info')].every((each) => each.textContent.includes('LUFS'))")
    return made


def peak(page: Page, key: str) -> float:
    """How loud it is a moment after a key."""
    page.keyboard.press(key)
    page.wait_for_timeout(200)
    page.evaluate("() => { window.peaks.length = 0; }")
    page.wait_for_function("() => window.peaks.length > 8")
    return float(page.evaluate("() => Math.max(...window.peaks)"))


def test_levels_are_matched_by_turning_down_and_can_be_heard_as_they_are(page: Page) -> None:
    page.keyboard.press("[")
    page.keyboard.press("l")  # all of it, again and again
    page.keyboard.press("l")
    page.keyboard.press(" ")
    assert peak(page, "1") == pytest.approx(0.1, rel=0.05)  # 0.4 in the file
    assert peak(page, "o") == pytest.approx(0.1, rel=0.05)
    assert peak(page, "2") == pytest.approx(0.1, rel=0.05)
    page.keyboard.press("m")
    assert peak(page, "1") == pytest.approx(0.4, rel=0.05)
    assert faults_of(page) == []
    page.context.close()


def test_a_loop_by_mouse_repeats_and_a_click_hears_that_lane_from_there(page: Page) -> None:
    box = page.locator(".lane .wave").nth(2).bounding_box()
    assert box is not None
    y = box["y"] + 20
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.625, y, steps=3)
    page.mouse.up()
    page.locator("button[aria-pressed=true]", has_text="Loop").wait_for()
    page.mouse.click(box["x"] + box["width"] * 0.55, y)
    assert page.get_by_role("radio").nth(2).is_checked()
    page.keyboard.press(" ")
    position = "() => Number(document.querySelector('.transport input').value)"
    page.wait_for_function(f"() => ({position})() > 2.3")
    page.wait_for_function(f"() => ({position})() < 2.2")  # half a second, from 2.0 to 2.5
    seen = [page.evaluate(position) for _ in range(10) if page.wait_for_timeout(60) is None]
    assert all(1.98 <= each <= 2.52 for each in seen), seen
    page.context.close()


def test_blind_nothing_gives_a_lane_away_until_it_is_over(page: Page, world: World) -> None:
    page.keyboard.press("b")
    page.wait_for_function("() => document.querySelector('.lane-name').textContent.trim().endsWith('A')")
    shown = page.locator(".lanes").inner_text() + page.locator(".lanes").inner_html()
    for word in ("ada", "bea", "original", "LUFS", "alike", "Save"):
        assert word not in shown, word
    assert page.evaluate("() => [...document.querySelectorAll('.lane canvas')].every((canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size < 12)")
    page.keyboard.press("2")
    page.keyboard.press("b")
    page.wait_for_function("() => /You heard (ada|bea|the original)/.test(document.body.textContent)")
    said = re.search(r"You heard (ada|bea|the)", page.locator("body").inner_text() + page.evaluate("() => document.body.textContent"))
    heard = page.locator(".lane.heard .lane-name").inner_text()
    assert said is not None and (said[1] in heard or (said[1] == "the" and "original" in heard))
    page.context.close()


def test_blind_lanes_are_in_any_order(page: Page) -> None:
    orders = page.evaluate("""async () => {
      const { shuffled } = await import("/player/blind.js");
      return Array.from({ length: 60 }, () => shuffled(3).join(""));
    }""")
    assert set(orders) == {"012", "021", "102", "120", "201", "210"}  # one of them is missing once in 10,000 times
    page.context.close()


def test_a_result_is_dragged_out_as_a_file(page: Page, world: World) -> None:
    link = page.get_by_role("link", name="Save").nth(1)
    with page.expect_response(lambda answer: "/ticket/" in answer.url):
        link.hover()
    page.wait_for_function("() => [...document.querySelectorAll('a.file')].some((each) => each.dataset.url)")
    given = link.evaluate("""(element) => {
      const data = new DataTransfer();
      element.dispatchEvent(new DragEvent("dragstart", { bubbles: true, dataTransfer: data }));
      return data.getData("DownloadURL");
    }""")
    kind, name, url = given.split(":", 2)
    assert (kind, name) == ("application/octet-stream", "Anna_1.ada.wav")
    assert world.client("").get(url).content == (world.folder / name).read_bytes()  # as the file manager fetches it
    page.context.close()


def test_an_original_that_changed_says_so_and_the_results_are_heard(world: World, browser: Browser, loud: int) -> None:
    path = world.folder / "Anna_1.wav"
    soundfile.write(path, np.zeros(RATE), RATE, "PCM_24")
    assert inspect_hashed(path)[1] and version_of(path)
    page = entered(browser, world.service().address, f"take/{loud}")
    page.locator(".lane-message", has_text="has been changed since").wait_for()
    page.keyboard.press("1")
    page.keyboard.press(" ")
    page.wait_for_function("() => Number(document.querySelector('.transport input').value) > 0.3")
    page.context.close()


def test_a_batch_that_is_done_is_said_on_the_page_unless_it_is_switched_off(world: World, browser: Browser) -> None:
    page = entered(browser, world.service().address)
    batch = {"text": "batch done: 212 of 214, 2 need you", "total": 214, "done": 212, "failed": 1, "held": 1, "need_you": 2}
    said = page.get_by_text("Batch done: 212 of 214, 2 need you")
    while not said.count():  # the stream is open in a moment
        world.service().say_drained(batch)
        page.wait_for_timeout(400)
    while said.count():
        page.get_by_role("button", name="close this message").first.click()
    page.evaluate("() => { location.hash = 'settings'; }")
    page.get_by_label("Say when a batch is done").uncheck()
    world.service().say_drained(batch)
    page.wait_for_timeout(700)
    assert page.get_by_text("Batch done").count() == 0
    page.context.close()
