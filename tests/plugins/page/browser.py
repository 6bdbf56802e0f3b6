"""The page in Debian's Chromium, as a person uses it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from takevoice_plugins.page.access import Address, read_address

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENS = ("queue", "casting", "held", "history", "settings")
QUIET = ("favicon",)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser for all tests; sound plays without a click first, as after one."""
    assert CHROMIUM, "the tests of the page need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        options = ["--no-proxy-server", "--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


def address_of(state: Path) -> Address:
    address = read_address(state)
    assert address is not None
    return address


def code_for(address: Address) -> str:
    """A code, as `takevoice open` gets it."""
    connection = HTTPConnection(address.host, address.port, timeout=20)
    connection.request("POST", "/api/code", headers={"Authorization": f"Bearer {address.token}"})
    with connection.getresponse() as answer:
        code = json.loads(answer.read())["code"]
    connection.close()
    return str(code)


def entered(browser: Browser, address: Address, screen: str = "", **options: Any) -> Page:
    """A page of a new browser profile, which has come in with a code."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.on("dialog", lambda dialog: page.faults.append(f"dialog: {dialog.message}"))  # type: ignore[attr-defined]
    page.on("console", lambda said: _note(page, said))
    page.goto(f"{address.url}/#enter-{code_for(address)}")
    page.wait_for_selector("main .screen")
    if screen:
        go(page, screen)
    return page


def _note(page: Page, said: Any) -> None:
    """Keep violations of the policy, and errors of scripts; a refused connection is what some tests are about."""
    if said.type == "error" and "Failed to load resource" not in said.text:
        page.faults.append(said.text)  # type: ignore[attr-defined]


def go(page: Page, screen: str) -> None:
    """Go to a screen by its address, and wait until nothing is loading."""
    page.evaluate("(screen) => { location.hash = screen; }", screen)
    page.wait_for_selector(f".screen.{screen.partition('/')[0].partition('?')[0]}")
    page.wait_for_function("() => !document.querySelector('.skeleton')")


def faults_of(page: Page) -> list[str]:
    """What has gone wrong in the page's scripts."""
    return list(page.faults)  # type: ignore[attr-defined]


def axe_faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its own best practice."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for each in found for node in each["nodes"]]
