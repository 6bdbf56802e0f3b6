"""The overview of the house in Chromium: what an administrator and a person see, and what waits at the stations."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from plugins.house.conftest import line
from plugins.house.houses import FORMAT, VOICE, RunningHouse, running_house
from plugins.house.paid_account import PaidAccount
from plugins.page.conftest import browser as browser
from support import Command, make_take, wait_for
from takevoice import ConversionRequest, Take
from takevoice_plugins.house.options import HouseOptions
from takevoice_plugins.house.overview_page import SHARED
from takevoice_plugins.house.stations import Stations, Waiting
from takevoice_plugins.server.engine import LocalEngine
from takevoice_plugins.server.limits import Limits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


pytestmark = pytest.mark.service


@pytest.fixture
def house(tmp_path: Path, account: PaidAccount) -> Iterator[RunningHouse]:
    options = HouseOptions(per_day=5_000, projects={"dune": 1_000}, slots=1)
    with running_house(tmp_path / "house", account, options) as running:
        yield running


def overview(house: RunningHouse, key: str, **query: str) -> dict[str, object]:
    answer = httpx.get(f"{house.url}/house/v1/overview", headers={"xi-api-key": key}, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def hold_one(house: RunningHouse, account: PaidAccount, key: str) -> None:
    """A request whose answer is lost, and that leaves no trace in the history."""
    account.cut = 1
    url = f"{house.url}/v1/speech-to-speech/{VOICE}?output_format={FORMAT}&enable_logging=false"
    assert httpx.post(url, headers={"xi-api-key": key}, files={"audio": line(99)}, timeout=20).status_code == 409


def test_an_administrator_sees_all_and_a_person_their_own(house: RunningHouse, account: PaidAccount) -> None:
    anna, bob, admin = house.keys.add("anna", project="dune", cap=100), house.keys.add("bob"), house.keys.add("boss", kind="admin")
    house.keys.add("rack", kind="worker")
    for key, number in ((anna, 1), (bob, 1), (bob, 2)):
        house.convert(key, line(number), headers={"takevoice-waiting": "3;7.5"} if key == bob else {})
    hold_one(house, account, bob)
    seen = threading.Event()
    account.work = lambda: seen.wait(30)  # type: ignore[assignment, method-assign]
    with ThreadPoolExecutor(3) as threads:
        under_way = [threads.submit(house.convert, key, line(number)) for key, number in ((anna, 11), (bob, 12), (bob, 13))]
        wait_for(lambda: len(house.overview.queue()) == 4)
        all_of_it, own = overview(house, admin, by="project"), overview(house, anna, by="project")
        seen.set()
        assert [each.result().status_code for each in under_way] == [200, 200, 200]
    waiting = {row["person"]: row["turn"] for row in all_of_it["queue"] if row["waiting"]}  # type: ignore[attr-defined]
    assert sorted(waiting.values()) == list(range(1, 1 + len(waiting))), "everyone who waits has a place in the turns"
    assert [row["turn"] for row in own["queue"]] == [waiting.get("anna")]  # type: ignore[attr-defined]
    assert all(0 < row["done_in"] < 60 for row in all_of_it["queue"])  # type: ignore[attr-defined]
    assert own["queue"][0]["done_in"] == next(row["done_in"] for row in all_of_it["queue"] if row["person"] == "anna")  # type: ignore[attr-defined, index]
    people = {row["person"]: row for row in all_of_it["queue"]}  # type: ignore[attr-defined]
    assert (people["anna"]["project"], people["bob"]["held"]) == ("dune", 1)
    assert sum(row["waiting"] + row["under_way"] for row in people.values()) == 3
    assert [row["person"] for row in own["queue"]] == ["anna"]  # type: ignore[attr-defined]
    assert ([row["person"] for row in all_of_it["held"]], own["held"]) == (["bob"], [])  # type: ignore[attr-defined]
    shown = {row["name"]: (row["today"], row["cap"], row["at_station"], row["at_station_seconds"]) for row in all_of_it["people"]}  # type: ignore[attr-defined]
    assert shown == {"anna": (34, 100, 0, 0), "bob": (68, None, 3, 7.5), "boss": (0, None, 0, 0)}
    assert not any(row["over_a_cap"] for row in all_of_it["people"])  # type: ignore[attr-defined]
    house.convert(anna, line(1), headers={"takevoice-waiting": "3;30"})
    [row] = overview(house, anna)["people"]  # type: ignore[misc]
    assert (row["over_a_cap"], row["done_in"]) == (True, None), "30 seconds cost more than what is left of 100"
    assert [row["name"] for row in own["people"]] == ["anna"]  # type: ignore[attr-defined]
    assert all_of_it["projects"] == [{"name": "dune", "today": 34, "cap": 1000}]
    assert (own["projects"], own["costs"], own["today"], own["per_day"]) == ([], [], 34, None)
    assert (all_of_it["given"], all_of_it["today"], all_of_it["per_day"]) == ({"made": 2, "joined": 0, "kept": 1}, 102, 5000)
    assert [row["name"] for row in all_of_it["costs"]] == ["", "dune"]  # type: ignore[attr-defined]
    assert httpx.get(f"{house.url}/house/v1/overview").status_code == 401
    house.keys.revoke("anna")
    people = {row["name"]: row["today"] for row in overview(house, house.keys.add("anna"))["people"]}  # type: ignore[attr-defined]
    assert people == {"anna": 34}, "what was used with a key that was revoked is the person's, too"


def test_turns_of_free_takes_and_no_worker_for_them(tmp_path: Path, account: PaidAccount) -> None:
    """The free lane next to the paid one: places in its turns, and why nothing is done where no worker is there."""
    gate, begun = threading.Event(), threading.Event()

    class Slow(LocalEngine):
        def convert(self, request: ConversionRequest, audio: Take) -> Iterator[bytes]:
            begun.set()
            assert gate.wait(30)
            return super().convert(request, audio)

    options = HouseOptions(free=("local",))
    with running_house(tmp_path / "both", account, options, Slow(tmp_path), Limits(conversions=1)) as house, ThreadPoolExecutor(3) as threads:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        sent = [threads.submit(house.convert, anna, line(1), "local-george")]
        assert begun.wait(20)
        for key, number in ((anna, 2), (bob, 3)):
            sent.append(threads.submit(house.convert, key, line(number), "local-george"))
            wait_for(lambda: len(house.overview.queue()) == len(sent))
        admin = house.keys.add("boss", kind="admin")
        wait_for(lambda: {row["turn"] for row in overview(house, admin)["queue"]} == {1, 2})  # type: ignore[attr-defined]
        found = overview(house, admin)
        assert {(row["person"], row["lane"], row["turn"], row["under_way"]) for row in found["queue"]} == {("anna", "free", 2, 1), ("bob", "free", 1, 0)}  # type: ignore[attr-defined]
        assert all(row["done_in"] > 0 for row in found["queue"])  # type: ignore[attr-defined]
        assert found["closed"] == ""
        house.house.farm.serves = lambda _: False  # type: ignore[union-attr, method-assign]
        found = overview(house, admin)
        assert "No worker of the house takes conversions" in str(found["closed"])
        assert [row["done_in"] for row in found["queue"]] == [None, None]  # type: ignore[attr-defined]
        gate.set()
        assert [each.result().status_code for each in sent] == [200, 200, 200]


def test_the_page_in_a_browser(house: RunningHouse, account: PaidAccount, browser: Browser) -> None:
    """By keyboard alone: the key, the view of all, leaving, a person's own view, and the end of that key."""
    from plugins.page.browser import axe_faults

    anna, admin = house.keys.add("anna", project="dune", cap=100), house.keys.add("boss", kind="admin")
    house.convert(anna, line(1), headers={"takevoice-waiting": "12;95"})
    hold_one(house, account, anna)
    [held] = house.overview.queue()
    page, faults = _opened(browser, house)

    def enter(key: str) -> None:
        page.get_by_label("Your key of the house").wait_for()
        page.keyboard.type(key)
        page.keyboard.press("Enter")

    enter("tvh_wrong")
    page.get_by_text("The house does not know this key.").wait_for()
    page.keyboard.press("Control+a")
    enter(admin)
    page.get_by_role("heading", name="Held").wait_for()
    page.get_by_text(f"takevoice house release {held['id']}").wait_for()
    page.get_by_role("row", name="anna").get_by_text("12 (2 min)").wait_for()
    assert page.get_by_text("34 of 5,000").is_visible()
    assert axe_faults(page) == []
    project = page.get_by_role("button", name="project")
    for _ in range(20):
        page.keyboard.press("Tab")
        if project.evaluate("(each) => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("columnheader", name="By project").wait_for()
    assert page.evaluate("document.activeElement.dataset.by") == "project"
    house.overview.decide(held["id"], "drop")
    page.get_by_role("heading", name="Held").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.by") == "project", "what is focused stays focused"
    page.get_by_role("button", name="Leave").focus()
    page.keyboard.press("Enter")
    enter(anna)
    page.get_by_text("34 of 100").first.wait_for()
    assert not page.get_by_text("boss").is_visible()
    assert page.evaluate("Object.keys(localStorage)") == []
    house.keys.revoke("anna")
    page.get_by_text("The key of anna was revoked").wait_for()
    assert axe_faults(page) == []
    assert faults == []
    page.context.close()


def _opened(browser: Browser, house: RunningHouse) -> tuple[Page, list[str]]:
    page, faults = browser.new_page(), list[str]()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" and "Failed to load" not in said.text else None)
    page.goto(f"{house.url}/house")
    return page, faults


def test_the_page_is_that_of_a_station_with_one_screen(house: RunningHouse) -> None:
    """Its files are what its own few lines import, and nothing else; they need no key, and say nothing about the house."""

    def get(path: str) -> httpx.Response:
        return httpx.get(f"{house.url}/house{path}", follow_redirects=True)

    wanted, found = ["/main.js"], set[str]()
    while wanted:
        path = wanted.pop()
        found.add(path)
        folder = Path(path).parent
        imports = re.findall(r"""^import .*"(\..*)";$""", get(path).text, re.MULTILINE)
        wanted += [each for name in imports if (each := os.path.normpath(folder / name)) not in found]
    linked = re.findall(r'"([^"/]+\.(?:css|svg))"', get("").text)
    assert found - {"/main.js"} | {f"/{each}" for each in linked} == set(SHARED)
    for path in ("", "/", "/main.js", *SHARED):
        answer = get(path)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    again = httpx.get(f"{house.url}/house/main.js", headers={"if-none-match": get("/main.js").headers["etag"]})
    assert again.status_code == 304
    for path in ("/nothing", "/../app.py", "/screens/queue.js", "/parts/shell.js"):
        assert get(path).status_code == 404


def test_what_a_station_says_counts_for_as_long_as_it_waits_for_an_answer() -> None:
    now = [0.0]
    stations = Stations(lambda: now[0])
    for host, text in (("a", "5;10"), ("b", "2;1.5"), ("b", "many"), ("b", "-1;2"), ("c", "99999999;1")):
        stations.note(1, host, text)
    assert stations.waiting(1, busy=True) == Waiting(7, 11.5)
    assert stations.waiting(2, busy=True) == Waiting()
    now[0] = 100.0
    stations.note(1, "a", "1;2")
    now[0] = 190.0
    assert stations.waiting(1, busy=True) == Waiting(1, 2.0)
    assert stations.waiting(1, busy=False) == Waiting()


def test_a_station_says_what_it_still_has(
    house: RunningHouse, account: PaidAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugins.house.test_stations import CONFIG

    anna = house.keys.add("anna")
    home = tmp_path / "anna"
    home.mkdir()
    command = Command(home)
    command.config(CONFIG.replace("conversions = 4", "conversions = 1"))
    monkeypatch.setenv("TAKEVOICE_HOUSE_KEY", anna)
    command("join", house.url, anna)
    account.seconds = (0.5, 0.5)
    folder = tmp_path / "takes"
    folder.mkdir()
    for number in range(6):
        make_take(folder / f"line{number}.wav", 1.0, seed=number)
    with command.background("run", "--existing", folder):
        wait_for(lambda: 0 < overview(house, anna)["people"][0]["at_station"] <= 6)  # type: ignore[index]
