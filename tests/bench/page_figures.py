"""How quick and how exact the page is: lists with 100,000 jobs, switching, a take of an hour, seven tabs.

    python tests/bench/page_figures.py

The page runs as in a daemon, and Debian's Chromium shows it. Times are medians, in milliseconds; for lists also those of the
CPU, of client and server together, which hardly depend on what else the machine does.
"""

from __future__ import annotations

import functools
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "bench")]

from office_speed import JOBS, fill  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from plugins.page.browser import chromium, entered  # noqa: E402
from plugins.page.test_player import FADE, TAP, recorded, runs, takes  # noqa: E402
from plugins.page.world import World, make_world  # noqa: E402
from takevoice import Office  # noqa: E402
from takevoice.jobs import State  # noqa: E402
from takevoice.ledger import Ledger  # noqa: E402
from takevoice_plugins.page import app  # noqa: E402
from takevoice_plugins.page.assets import Asset, load_assets  # noqa: E402

ROUNDS = 15
LISTS = {
    "the newest 100 takes": "/api/jobs?candidates=false",
    "100 in the middle": f"/api/jobs?before={JOBS // 2}",
    "those that failed": "/api/jobs?state=failed",
    "a name": "/api/jobs?q=anna_7777",
    "status": "/api/status",
    "the cast, 300 characters": "/api/casting",
    "what is held": "/api/held",
}


@contextmanager
def world(jobs: int = 0) -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="page-") as home:
        made = make_world(Path(home))
        if jobs:
            made.ledger.close()
            path = made.office.state.ledger
            for each in path.parent.glob(f"{path.name}*"):
                each.unlink()
            fill(path)
            environment = made.office.environment
            made.office = Office(Ledger(path), made.office.state, lambda: environment)
        yield made
        made.close()


def median(act: Callable[[], object], rounds: int = ROUNDS, clock: Callable[[], float] = time.perf_counter) -> float:
    act()
    took = []
    for _ in range(rounds):
        began = clock()
        act()
        took.append(clock() - began)
    return 1000 * statistics.median(took)


def lists(browser: Browser) -> None:
    with world(JOBS) as made:
        client = made.client()
        for name, path in LISTS.items():
            ask = functools.partial(client.get, path)
            print(f"{name + ', over HTTP':<40} {median(ask):7.1f}; of the CPU {median(ask, clock=time.process_time):.1f}")
        page = entered(browser, made.service().address)
        page.locator("tr[data-job]").nth(99).wait_for()
        print(f"{'the next page, on the screen':<40} {median(lambda: _turn(page), 5):7.1f}")
        print(f"{'rows in the document':<40} {page.locator('tr[data-job]').count():7}")
        page.context.close()


def _turn(page: Page) -> None:
    before = page.locator(".foot").inner_text()
    page.get_by_role("button", name="Older").click()
    page.wait_for_function("(before) => document.querySelector('.foot').innerText !== before", arg=before)


def switching(browser: Browser) -> None:
    """Nine switches at each rate; every frame outside of the crossfades is compared."""
    for rate in (44_100, 48_000, 96_000):
        with world() as made:
            ids, frames = takes(made, rate, 1.74)  # as many frames as float32 can tell apart at 96 kHz
            page = entered(browser, made.service().address)
            plan: list[list[object]] = [["play", 0]]
            for n in range(1, 10):
                plan += [["until", n * 0.16], ["lane", n % 3]]
            found = runs(recorded(page, ids, frames, rate, [*plan, ["end", 0]]))
            page.context.close()
        fade = round(rate * FADE)
        places = [(first, first + count) for _, first, count in found]
        gaps = [after[0] - before[1] for before, after in itertools.pairwise(places)]
        wrong = sum(abs(gap) for gap in gaps if not 0 <= gap <= fade) + places[0][0] + frames - places[-1][1]
        print(f"{f'switching at {rate} Hz':<40} {sum(count for _, _, count in found):7} frames compared in {len(found)} stretches, {wrong} wrong")


def an_hour(browser: Browser) -> None:
    """An hour at 48 kHz and 24 bits: until its lanes are there, until it sounds near its end, and until its waveforms are drawn."""
    rate, seconds = 48_000, 3600
    noise = (0.1 * np.random.default_rng(1).standard_normal(rate * 60)).astype(np.float32)
    with world() as made:
        path = made.folder / "Anna_1.wav"
        for name in (path, path.with_name("Anna_1.ada.wav")):
            with soundfile.SoundFile(name, "w", rate, 1, "PCM_24") as file:
                for _ in range(seconds // 60):
                    file.write(noise)
        job = made.done(path)
        for kind in ("for the first time", "again"):
            page = entered(browser, made.service().address)
            began = time.perf_counter()
            page.evaluate(f"() => {{ location.hash = 'take/{job}'; }}")
            page.locator(".transport").wait_for()
            page.locator(".lane").nth(1).wait_for()
            opened = time.perf_counter()
            page.locator(".transport input").fill("3590")
            page.get_by_role("button", name="Play", exact=True).click()
            page.wait_for_function("() => Number(document.querySelector('.transport input').value) > 3590.05")
            heard = time.perf_counter()
            page.wait_for_function(DRAWN)
            drawn = time.perf_counter()
            print(f"{f'a take of an hour, opened {kind}':<40} {1000 * (opened - began):7.0f}; it sounds after {1000 * (heard - opened):.0f} more, waves are there after {drawn - began:.1f} s")
            page.context.close()


DRAWN = """() => [...document.querySelectorAll('.lane canvas')].every((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let n = 3; n < data.length; n += 4) count += data[n] > 0;
  return count > canvas.width * 4;
})"""


def seven_tabs(browser: Browser) -> None:
    with world() as made:
        first = entered(browser, made.service().address)
        streams: list[str] = []
        first.context.on("request", lambda request: "/api/events" in request.url and streams.append(request.url))
        tabs = [first, *(first.context.new_page() for _ in range(6))]
        for tab in tabs[1:]:
            tab.goto(first.url)
            tab.wait_for_selector(".screen")
        began = time.perf_counter()
        made.planned(made_take(made), State.QUEUED)
        for tab in tabs:
            tab.locator("tr", has_text="Seven_1.wav").wait_for()
        print(f"{'a new take in seven tabs':<40} {1000 * (time.perf_counter() - began):7.0f}; {len(streams)} more streams than one")
        first.context.close()


def made_take(made: World) -> Path:
    from support import make_take

    return make_take(made.folder / "Seven_1.wav", 0.2)


def main() -> None:
    original = load_assets()
    app.load_assets = lambda: {**original, "/tap.js": Asset(TAP.encode(), "text/javascript", '"tap"')}  # type: ignore[attr-defined]
    with chromium() as browser:
        for measure in (lists, switching, an_hour, seven_tabs):
            measure(browser)


if __name__ == "__main__":
    main()
