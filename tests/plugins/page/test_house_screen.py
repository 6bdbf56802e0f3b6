"""The screen of the house that a station has joined: asked by the daemon, with the station's key, of a real house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from plugins.house.conftest import account as account
from plugins.house.conftest import line
from plugins.house.conftest import no_proxy as no_proxy
from plugins.house.full_house import HOSTILE_PROJECTS, fill, hostile_workers
from plugins.house.houses import RunningHouse, running_house
from plugins.house.paid_account import PaidAccount
from plugins.page.browser import axe_faults, entered, faults_of, go
from plugins.page.world import World
from takevoice import errors
from takevoice_plugins.elevenlabs import ElevenLabs
from takevoice_plugins.house.options import HouseOptions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.service
Join = Callable[[str, str], None]


@pytest.fixture
def house(tmp_path: Path, account: PaidAccount) -> Iterator[RunningHouse]:
    options = HouseOptions(per_day=5_000, projects={"dune": 1_000, HOSTILE_PROJECTS[0]: 50})
    with running_house(tmp_path / "house", account, options) as running:
        yield running


@pytest.fixture
def join(world: World, monkeypatch: pytest.MonkeyPatch) -> Join:
    """Has the station join a house at an address, with a key."""
    plugins, state = world.office.environment.plugins, world.office.state.path
    plugins.register("elevenlabs", ElevenLabs(), "tests")

    def joined(url: str, key: str) -> None:
        monkeypatch.setenv("TAKEVOICE_HOUSE_KEY", key)
        plugins.configure({"elevenlabs": {"base_url": url, "house": True}}, state)

    return joined


def at_once(page: Page) -> None:
    """Have the house asked now, as when the tab comes to the front."""
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def test_the_screen_says_why_there_is_no_house_to_be_seen(world: World, house: RunningHouse, join: Join, browser: Browser) -> None:
    key = house.keys.add("anna", cap=100)
    house.convert(key, line(1), headers={"takevoice-waiting": "12;95"})
    page = entered(browser, world.service().address)
    link = page.get_by_role("navigation").get_by_role("link", name="House")
    assert not link.is_visible()
    page.keyboard.press("u")
    page.get_by_text("This station has not joined a house").wait_for()
    assert axe_faults(page) == []
    join(house.url, key)
    at_once(page)
    page.get_by_text("17 of 100").wait_for()
    link.wait_for()
    page.get_by_role("row", name="anna").get_by_text("12 (2 min)").wait_for()
    join("http://127.0.0.1:9", key)
    at_once(page)
    page.get_by_text("The house at http://127.0.0.1:9 does not answer").wait_for()
    page.get_by_text("This is what was there at").wait_for()
    assert page.get_by_text("17 of 100").is_visible()
    join(house.url, key)
    at_once(page)
    page.get_by_text("This is what was there at").wait_for(state="detached")
    house.keys.revoke("anna")
    at_once(page)
    page.get_by_text("The key of anna was revoked").wait_for()
    page.get_by_text("run takevoice join again").wait_for()
    assert faults_of(page) == []
    page.context.close()


def test_a_house_is_asked_only_while_its_screen_is_seen(world: World, house: RunningHouse, join: Join, browser: Browser) -> None:
    join(house.url, house.keys.add("anna"))
    page = entered(browser, world.service().address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/house" in request.url else None)
    page.clock.install()
    page.clock.run_for(60_000)
    assert asked == []
    page.keyboard.press("u")
    page.get_by_text("Nothing waits.").wait_for()

    def more() -> bool:
        before = len(asked)
        page.clock.run_for(20_000)
        page.evaluate("() => fetch('/icon.svg')")  # after what was asked before
        return len(asked) > before

    assert more()
    page.evaluate("() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true }); }")
    more()
    assert not more(), "another tab is in front"
    page.evaluate("() => { delete document.hidden; }")
    with page.expect_request("**/api/house*"):
        at_once(page)
    page.keyboard.press("q")
    page.get_by_text("No takes yet").wait_for()
    assert not more(), "another screen is open"
    page.context.close()


def shown_at_the_house(browser: Browser, house: RunningHouse, key: str) -> Page:
    """The page of the house's server, as a person with a key sees it."""
    page = browser.new_context(viewport={"width": 1024, "height": 800}).new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{house.url}/house/")
    page.get_by_label("Your key of the house").fill(key)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Held").wait_for()
    return page


def test_fifty_people_and_hostile_names_on_both_pages(world: World, house: RunningHouse, join: Join, browser: Browser) -> None:
    fill(house.database)
    house.house.farm.workers = hostile_workers().workers  # type: ignore[union-attr, attr-defined]
    admin = house.keys.add("boss", kind="admin")
    join(house.url, admin)
    rows = "() => [...document.querySelectorAll('.house section:not([hidden])')].map((each) => [each.querySelector('h2').textContent, each.querySelectorAll('tbody tr').length])"
    page = entered(browser, world.service().address, color_scheme="light")
    for width, scheme in ((1280, "light"), (1024, "dark"), (320, "light")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        go(page, "house")
        page.get_by_role("heading", name="Held").wait_for()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        areas = page.locator(".house .scroll").evaluate_all("(all) => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.ariaLabel)")
        assert areas == [], (width, "nothing has to be scrolled sideways")
        heights = page.locator(".house tbody tr").evaluate_all("(all) => Math.max(...all.map((each) => each.offsetHeight))")
        assert heights < (500 if width < 760 else 140), (width, heights)
        if width > 760:
            assert axe_faults(page) == [], scheme
    here = page.evaluate(rows)
    assert [title for title, _ in here] == [
        "Held", "Waiting and under way", "Workers: 1 of 2 alive", "Credits of today by person", "Credits of today by project", "Paid so far",
    ]  # fmt: skip
    assert here[0][1] == 16
    assert page.locator("img[src=x]").count() == 0
    assert faults_of(page) == []
    page.context.close()
    other = shown_at_the_house(browser, house, admin)
    assert other.evaluate(rows) == here
    assert other.evaluate("() => document.documentElement.scrollWidth") <= 1024
    other.context.close()


def test_seven_tabs_ask_a_house_no_more_than_one(world: World, house: RunningHouse, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    from takevoice_plugins.elevenlabs import house_overview

    asked, real = [], house_overview.ask
    monkeypatch.setattr(house_overview, "ask", lambda *given: (asked.append(given), real(*given))[1])
    join(house.url, house.keys.add("anna"))
    client = world.client()
    answers = [client.get("/api/house").json() for _ in range(7)]
    assert {each["name"] for each in answers} == {"anna"}
    assert answers[0]["url"] == house.url
    assert len(asked) <= 2
    assert world.client("").get("/api/house").status_code == 401
    assert client.get("/api/house", params={"by": "x"}).status_code == 422
    assert client.get("/api/status").json()["house"] == house.url


def test_the_office_names_a_house_and_passes_its_refusals_on(world: World, house: RunningHouse, join: Join) -> None:
    assert world.office.joined_house() is None
    join(house.url, "tvh_wrong")
    joined = world.office.joined_house()
    assert joined is not None and joined.url == house.url
    with pytest.raises(errors.BackendError, match=r"does not know this key.*takevoice join"):
        joined.overview("person")
    answer = world.client().get("/api/house")
    assert (answer.status_code, set(answer.json())) == (502, {"code", "text", "hint"})
    assert httpx.get(f"{house.url}/house/v1/overview", headers={"xi-api-key": "tvh_wrong"}).status_code == 401
