"""Long lists, decisions and states of the page, without a daemon."""

from __future__ import annotations

import csv
import io
import re
import time
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from cli.ledgers import planned
from cli.some_jobs import add, hold
from plugins.page.browser import entered, faults_of, go
from plugins.page.world import World
from support import make_take
from takevoice.holds import HoldReason
from takevoice.jobs import State

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MANY = 100_000


def fill(world: World, count: int) -> None:
    """Put jobs into the ledger: every hundredth has failed."""
    first = add(world.ledger, world.folder / "first.wav", State.DONE)

    def write(connection: object) -> None:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(jobs)") if row[1] not in ("id", "path", "state")]  # type: ignore[attr-defined]
        names = ",".join(f'"{name}"' for name in columns)
        sql = f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            INSERT INTO jobs (path, state, {names}) SELECT ? || '/Anna_' || i || '.wav',
            CASE WHEN i % 100 THEN 'done' ELSE 'failed' END, {names} FROM jobs, n WHERE id = ?"""
        connection.execute(sql, (count, str(world.folder), first))  # type: ignore[attr-defined]

    world.ledger.jobs._writer.run(write)


def test_very_long_names_leave_room_for_the_rest_in_every_window(world: World, browser: Browser) -> None:
    long = "TheVeryLongNameOfACharacterFromTheThirdActWhoSpeaksOnlyOnceAndIsNeverSeenAgain"
    for n, state in enumerate((State.DONE, State.HELD, State.QUEUED)):
        path = world.folder / f"{long}{long}_take_{n}.wav"
        number = planned(world.ledger, path, state, long, f"{long}-close")
        if state is State.DONE:
            world.ledger.jobs.update(number, output=path.with_suffix(".ada.wav"))
    for width in (1920, 1280, 1000, 900, 360):
        page = entered(browser, world.service().address, viewport={"width": width, "height": 900})
        for screen in ("queue", "history"):
            go(page, screen)
            rows = page.locator("tr[data-job]")
            rows.first.wait_for()
            heights = rows.evaluate_all("(rows) => rows.map((row) => row.offsetHeight)")
            assert max(heights) < (400 if width < 920 else 180), (width, screen, heights)
            area = page.locator(".scroll")
            assert area.evaluate("(area) => area.scrollWidth - area.clientWidth") == 0, (width, screen)
            name = rows.locator("td.name bdi").first
            assert name.inner_text().endswith(("_take_0.wav", "_take_2.wav"))  # what tells takes apart is there
            assert name.evaluate("(name) => name.scrollHeight - name.clientHeight") == 0, (width, screen)
        assert faults_of(page) == []
        page.context.close()


def test_a_hundred_thousand_jobs_are_paged_searched_and_decided_about(world: World, browser: Browser) -> None:
    fill(world, MANY)
    page = entered(browser, world.service().address)
    page.get_by_text("1–100 of 100,001").wait_for()
    page.get_by_role("button", name="Older").click()
    page.get_by_text("101–200 of 100,001").wait_for()
    page.get_by_role("button", name="Newer").click()
    page.get_by_text("1–100 of 100,001").wait_for()
    assert page.locator("tr[data-job]").count() == 100
    page.get_by_role("button", name="Failed 1,000").click()
    page.get_by_text("1–100 of 1,000").wait_for()
    page.get_by_role("searchbox").fill("Anna_5")
    page.get_by_text("1–100 of 111").wait_for()  # 500, 5000 to 5900, 50000 to 59900
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Take off the list: all that match").click()
    page.get_by_role("dialog").get_by_text("111 takes?").wait_for()
    page.get_by_role("button", name="Take 111 off the list").click()
    page.get_by_text("111 takes taken off the list").wait_for()
    page.get_by_text("Nothing matches").wait_for()
    # A take that is opened from the second page, the ones after it from page to page, and back to the list as it was.
    page.get_by_role("button", name=re.compile("^All")).click()
    page.get_by_role("searchbox").fill("Anna_7")
    page.get_by_text("1–100 of 11,1").wait_for()
    page.get_by_role("button", name="Older").click()
    page.get_by_text("101–200 of 11,1").wait_for()
    page.get_by_label("Select Anna_79890.wav").check()
    rows = page.locator("tr[data-job] td.name a")
    last = rows.nth(99).inner_text().split()[0]
    rows.nth(99).click()
    page.get_by_role("heading", name=last).wait_for()
    page.get_by_text("200 of 11,1").wait_for()
    page.keyboard.press("j")
    page.get_by_text("201 of 11,1").wait_for()
    page.keyboard.press("k")
    page.get_by_role("heading", name=last).wait_for()
    page.keyboard.press("q")
    page.get_by_text("101–200 of").wait_for()
    assert page.get_by_role("searchbox").input_value() == "Anna_7"
    assert page.get_by_label("Select Anna_79890.wav").is_checked()
    page.wait_for_function("(name) => document.activeElement.textContent.startsWith(name)", arg=last)
    page.go_back()
    page.get_by_role("heading", name=last).wait_for()
    assert faults_of(page) == []
    page.context.close()
    client, took = world.client(), []
    for before in (0, 50_000, 1000):
        began = time.perf_counter()
        client.get("/api/jobs", params={"before": before} if before else {})
        took.append(time.perf_counter() - began)
    print(f"pages of {MANY:,} jobs over HTTP, in ms: {[round(1000 * each) for each in took]}")


def test_what_is_held_is_released_from_its_card(world: World, browser: Browser) -> None:
    for n in range(3):
        hold(world.ledger, world.folder / f"old_{n}.wav", HoldReason.OLDER)
    page = entered(browser, world.service().address, "held")
    page.get_by_text("There before the folder was watched").wait_for()
    page.get_by_role("button", name="Convert 3").click()
    page.get_by_role("dialog").get_by_role("button", name="Convert 3").click()
    page.get_by_text("Nothing waits for you").wait_for()
    assert world.office.counts()[State.FOUND] == 3
    page.context.close()


def test_what_costs_something_names_its_price_before_it_is_released(world: World, browser: Browser) -> None:
    for n in range(2):
        held = world.planned(make_take(world.folder / f"long_{n}.wav", 6.0, 8000), State.HELD)
        world.ledger.jobs.update(held, error_code="cap")
    page = entered(browser, world.service().address, "held")
    page.get_by_role("button", name="Convert 2").click()
    page.get_by_role("dialog").get_by_text("This costs about 12 credits at most.").wait_for()
    page.keyboard.press("Escape")
    assert world.office.counts() == {State.HELD: 2}
    page.context.close()


def test_dropped_files_are_copied_into_the_watched_folder(world: World, browser: Browser) -> None:
    page = entered(browser, world.service().address)
    drop = """(value) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(1000).fill(value)], "Anna_9.wav"));
      data.items.add(new File(["to do"], "notes.md"));
      for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    }"""
    for value, said in ((0, "1 take copied to"), (0, "There already, the same: Anna_9.wav"), (1, "the new ones are Anna_9 2.wav")):
        page.evaluate(drop, value)
        page.get_by_text("does not convert such files: notes.md").first.wait_for()
        page.get_by_role("button", name="Copy").click()
        page.get_by_text(said).wait_for()
    assert (world.folder / "Anna_9.wav").read_bytes() == bytes(1000)
    assert (world.folder / "Anna_9 2.wav").read_bytes() == b"\1" * 1000
    assert faults_of(page) == []
    page.context.close()


def test_without_a_daemon_the_page_says_when_decisions_take_effect(world: World, browser: Browser) -> None:
    page = entered(browser, world.service().address)
    page.get_by_text("carried out by the next takevoice run").wait_for()
    page.get_by_text("No takes yet").wait_for()
    page.context.close()


def test_a_file_that_is_gone_says_so_and_the_others_are_heard(world: World, browser: Browser) -> None:
    job = world.done(world.folder / "Anna_1.wav", seconds=1.5)
    (world.folder / "Anna_1.ada.wav").unlink()
    page = entered(browser, world.service().address, f"take/{job}")
    page.locator(".lane-message", has_text="is not there, or its drive is not connected").wait_for()
    page.keyboard.press("o")
    page.keyboard.press(" ")
    page.wait_for_function("() => Number(document.querySelector('.transport input').value) > 0.3")
    page.context.close()


def test_an_expired_token_leads_to_the_gate(world: World, browser: Browser) -> None:
    page = entered(browser, world.service().address)
    page.evaluate("() => localStorage.setItem('takevoice-token', 'old')")
    page.reload()
    page.get_by_text("takevoice open").wait_for()
    page.context.close()


@pytest.fixture
def family(world: World) -> list[int]:
    """A take with three candidates that are done; returns its number, and theirs."""
    return world.family("Anna_1", 3)


def test_candidates_are_starred_rejected_noted_and_picked_by_key(world: World, browser: Browser, family: list[int]) -> None:
    take, first, second, third = family
    page = entered(browser, world.service().address, f"take/{take}")
    page.locator(".lane").nth(3).wait_for()
    page.keyboard.press("3")
    page.keyboard.press("r")
    page.get_by_role("button", name="✕ Rejected").wait_for()
    page.keyboard.press("2")
    page.keyboard.press("s")
    page.locator("button[data-part=star][aria-pressed=true]").wait_for()
    page.keyboard.press("n")
    page.keyboard.type("warmer")
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("warmer").wait_for()
    page.locator("body").click(position={"x": 5, "y": 600})
    page.keyboard.press("b")
    page.get_by_text("What you hear:").wait_for()
    shown = page.locator(".lanes").inner_text()
    assert not [word for word in ("★", "☆", "Pick", "Rejected", "warmer", "candidate") if word in shown]
    assert page.locator(".lane.rejected").count() == 0
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="✓ Picked").wait_for()
    rows = {row.job: row for row in world.office.candidates.of(take)}
    assert [(rows[job].picked, rows[job].rejected, rows[job].stars, rows[job].note) for job in (first, second, third)] == [
        (0, 0, 0, ""),
        (1, 0, 1, "warmer"),
        (0, 1, 0, ""),
    ]
    result = (world.folder / "Anna_1.ada.wav").read_bytes()
    assert result == (world.folder / "candidates" / "Anna_1.ada.2.wav").read_bytes()
    page.context.close()


def test_what_is_focused_stays_focused_while_other_jobs_change(world: World, browser: Browser) -> None:
    """A busy queue changes several times a second."""
    job = world.done(world.folder / "Anna_1.wav", seconds=1.0)
    failed = add(world.ledger, world.folder / "bad.wav", State.FAILED)
    page = entered(browser, world.service().address)
    page.get_by_label("Select bad.wav").check()
    focus = "() => document.activeElement.textContent"

    def busy(name: str) -> str:
        before = page.evaluate(focus)
        for n in range(3):
            add(world.ledger, world.folder / f"{name}_{n}.wav", State.QUEUED)
            page.wait_for_timeout(300)
        page.wait_for_timeout(900)
        assert page.evaluate(focus) == before
        return str(before)

    page.get_by_role("button", name="Convert 1 again").focus()
    assert busy("list") == "Convert 1 again"
    assert page.get_by_label("Select bad.wav").is_checked()
    page.locator(f"tr[data-job='{failed}'] a").focus()
    busy("row")
    go(page, f"take/{job}")
    page.locator(".lane-info", has_text="LUFS").nth(1).wait_for()
    page.get_by_role("button", name="Folder").nth(1).focus()
    assert busy("take") == "Folder"
    page.context.close()


def test_t_opens_the_newest_take_and_escape_leaves_the_search(world: World, browser: Browser) -> None:
    world.done(world.folder / "Anna_1.wav", seconds=1.0)
    newest = world.done(world.folder / "Anna_2.wav", seconds=1.0)
    page = entered(browser, world.service().address)
    page.locator("tr[data-job]").nth(1).wait_for()
    page.keyboard.press("t")
    page.locator(".lane").nth(1).wait_for()
    assert page.url.endswith(f"#take/{newest}")
    page.keyboard.press("q")
    page.locator("tr[data-job]").nth(1).wait_for()
    page.keyboard.press("/")
    page.keyboard.type("Anna_1")
    page.locator("tr[data-job]").nth(1).wait_for(state="detached")
    page.keyboard.press("Escape")
    page.locator("tr[data-job]").nth(1).wait_for()
    page.keyboard.press("y")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text("utf-8-sig"))))
    assert len(rows) == 2 and datetime.strptime(rows[0]["ended"], "%Y-%m-%d %H:%M:%S").astimezone()
    assert faults_of(page) == []
    page.context.close()
