"""Judging many takes by keyboard: no key is lost or meant for another take, and nothing that was typed is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from plugins.page.browser import entered, faults_of, go
from plugins.page.world import World
from takevoice.jobs import State

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SLOW = """
() => {
  // Every take needs half a second.
  const quick = window.fetch;
  window.fetch = async (path, options) => {
    if (/^.api.jobs.\\d+$/.test(path)) await new Promise((done) => setTimeout(done, 500));
    return quick(path, options);
  };
}
"""
AT = "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.tagName"
SPOKEN = "() => document.querySelector('.unseen[aria-live]')?.textContent"


@pytest.fixture
def families(world: World) -> list[list[int]]:
    """Three takes with three candidates each."""
    return [world.family(name, 3) for name in ("Anna_1", "Anna_2", "Anna_3")]


@pytest.fixture
def page(world: World, browser: Browser, families: list[list[int]]) -> Iterator[Page]:
    made = entered(browser, world.service().address, "queue")
    made.locator("tr[data-job]").nth(2).wait_for()
    yield made
    assert faults_of(made) == []
    made.context.close()


def heard(page: Page, take: int) -> None:
    go(page, f"take/{take}")
    page.locator(".lane").nth(3).wait_for()


def picked(world: World, family: list[int]) -> list[int]:
    rows = {row.job: row.picked for row in world.office.candidates.of(family[0])}
    return [number for number, job in enumerate(family[1:], 1) if rows[job]]


def test_keys_that_are_quicker_than_the_next_take_are_meant_for_it(page: Page, world: World, families: list[list[int]]) -> None:
    first, second, third = families[::-1]  # the newest is at the top
    heard(page, first[0])
    page.evaluate(SLOW)
    for key in ("2", "Enter", "j", "3", "Enter", "j", "2", "Enter"):
        page.keyboard.press(key)
    page.wait_for_function(f"() => location.hash === '#take/{third[0]}' && document.querySelector('.picked')")
    assert [picked(world, family) for family in (first, second, third)] == [[2], [3], [2]]


def test_what_is_being_heard_plays_on_with_the_next_take(page: Page, families: list[list[int]]) -> None:
    first, second, _third = families[::-1]
    heard(page, first[0])
    page.keyboard.press("j")
    page.wait_for_function(f"() => location.hash === '#take/{second[0]}'")
    page.locator(".lane").nth(3).wait_for()
    assert page.get_by_role("button", name="Play", exact=True).count() == 1  # nothing was heard
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause the sound").wait_for()
    page.keyboard.press("k")
    page.wait_for_function(f"() => location.hash === '#take/{first[0]}'")
    page.locator(".lane").nth(3).wait_for()
    page.wait_for_function("() => !document.querySelector('.clock').textContent.endsWith('0:00.000')")


def test_a_note_that_could_not_be_stored_is_there_again(page: Page, world: World, families: list[list[int]]) -> None:
    family = families[0]
    heard(page, family[0])
    page.keyboard.press("2")
    page.route("**/mark", lambda route: route.abort())
    page.keyboard.press("n")
    page.keyboard.type("warmer")
    page.keyboard.press("Enter")
    page.get_by_text("This may not have been done").wait_for()
    page.unroute("**/mark")
    page.keyboard.press("n")
    page.get_by_text("typed before and not kept").wait_for()
    assert page.get_by_role("textbox").input_value() == "warmer"
    page.keyboard.type(", please")
    page.keyboard.press("Escape")
    page.reload()
    heard(page, family[0])
    page.keyboard.press("2")
    page.keyboard.press("n")
    assert page.get_by_role("textbox").input_value() == "warmer, please"
    go(page, "queue")  # as the browser's own way back does
    assert page.locator("dialog").count() == 0
    heard(page, family[0])
    page.keyboard.press("2")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.locator(".lane .note", has_text="warmer, please").wait_for()
    page.keyboard.press("n")
    page.get_by_role("textbox").fill("no")
    page.get_by_role("button", name="Back").click()
    page.keyboard.press("n")
    assert page.get_by_role("textbox").input_value() == "warmer, please"
    assert {row.job: row.note for row in world.office.candidates.of(family[0])}[family[2]] == "warmer, please"


def test_a_choice_that_did_not_arrive_is_said(page: Page, world: World, families: list[list[int]]) -> None:
    heard(page, families[0][0])
    page.route("**/pick", lambda route: route.abort())
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.get_by_text("takevoice does not answer").wait_for()
    assert picked(world, families[0]) == []


def test_a_rejection_is_taken_back_and_the_place_is_kept_and_said(page: Page, world: World, families: list[list[int]]) -> None:
    family = families[0]
    heard(page, family[0])
    page.keyboard.press("2")
    assert page.evaluate(SPOKEN) == "candidate 2, ada"
    page.get_by_role("button", name="Reject candidate 2").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => ({SPOKEN})() === 'candidate 2 rejected'")
    assert page.evaluate(AT) == "✕ Rejected: candidate 2"
    page.keyboard.press("r")
    page.wait_for_function(f"() => ({SPOKEN})() === 'candidate 2 not rejected any more'")
    assert page.evaluate(AT) == "Reject candidate 2"
    assert [row.rejected for row in world.office.candidates.of(family[0])] == [0, 0, 0]
    page.get_by_role("button", name="Pick candidate 2").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="✓ Picked: candidate 2").wait_for()
    page.wait_for_function(f"() => ({AT})() === '✓ Picked: candidate 2'")


def test_all_of_twelve_candidates_are_heard_under_their_numbers(page: Page, world: World) -> None:
    family = world.family("Zoe_1", 12)
    heard(page, family[0])
    page.locator(".lane").nth(12).wait_for()
    names = page.locator(".lane-name").all_inner_texts()
    assert [name.split()[0] for name in names] == ["O", *"123456789", "ada", "ada", "ada"]
    assert all(f"candidate {number} " in name for number, name in enumerate(names) if number)
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="✓ Picked: candidate 4").wait_for()
    assert picked(world, family) == [4]


def test_the_queue_is_decided_by_keyboard_from_the_search_on_and_the_place_is_kept(page: Page, world: World, families: list[list[int]]) -> None:
    for take, *_ in families:
        world.ledger.jobs.change(take, State.HELD, error_code="pick", error="3 candidates are there: `takevoice pick JOB` uses one")
    page.get_by_role("button", name="To pick 3").click()
    page.keyboard.press("/")
    page.keyboard.type("Anna")
    page.wait_for_function("() => location.hash.includes('q=Anna')")
    page.keyboard.press("Enter")
    at = "() => document.activeElement.closest('tr')?.dataset.job"
    assert page.evaluate(at) == str(families[2][0])
    page.locator("tr[data-job]").first.get_by_role("button", name="Use none").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text("you can still pick one later").wait_for()
    page.keyboard.press("Enter")
    page.locator(f"tr[data-job='{families[2][0]}']").wait_for(state="detached")
    page.wait_for_function(f"() => ({at})() === '{families[1][0]}'")
    go(page, f"take/{families[2][0]}")
    page.get_by_text("None of its candidates was picked. You still can.").wait_for()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="✓ Picked: candidate 3").wait_for()


def test_every_screen_shows_all_of_its_table_in_a_small_window_and_uses_a_large_one(page: Page, world: World) -> None:
    world.done(world.folder / f"{'L' * 190}_1.wav", track="L" * 190, seconds=0.3)
    for width, height in ((1024, 700), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        for screen in ("queue", "history", "casting"):
            go(page, screen)
            page.locator("tbody tr").first.wait_for()
            table, place, highest = page.evaluate("() => { const table = document.querySelector('table'); return [table.scrollWidth, table.parentElement.clientWidth, Math.max(...[...table.querySelectorAll('tbody tr')].map((row) => row.offsetHeight))]; }")
            assert table <= place + 1, (screen, width, table, place)
            assert place > width * 0.94 and highest < 130, (screen, width, place, highest)
