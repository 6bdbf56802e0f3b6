"""The casting sheet in the browser: edited by keyboard, looked at, and written into the config."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plugins.page.browser import axe_faults, entered, faults_of, go
from plugins.page.world import World
from takevoice.jobs import State

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def page(world: World, browser: Browser) -> Iterator[Page]:
    """Three characters: one of the config whose results are by another voice, one that is not cast, and one with an odd name."""
    for n in range(2):
        world.done(world.folder / f"Anna_{n}.wav", "bea", n, seconds=1.0)
    world.done(world.folder / "Zoe_1.wav", "bea", track="Zoe", seconds=1.0)
    world.done(world.folder / "odd.wav", "bea", track=HOSTILE, seconds=0.1)
    made = entered(browser, world.service().address, "casting")
    yield made
    assert faults_of(made) == []
    made.context.close()


def reviewed(page: Page) -> str:
    """The changes that are shown before they are written."""
    page.locator("dialog .changes").wait_for()
    return page.locator("dialog .changes tbody").inner_text()


def test_cells_are_edited_by_keyboard_reviewed_and_written_with_comments_kept(page: Page, world: World) -> None:
    page.get_by_label("voice of Anna").focus()
    page.keyboard.press("b")  # bea
    page.keyboard.press("Tab")
    page.keyboard.type("0.4")
    page.keyboard.press("Enter")  # the same column, one character below
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    page.get_by_text("1 character changed, not written yet").wait_for()
    page.keyboard.press("Control+Enter")
    assert "voice: ada → bea" in reviewed(page) and "stability: (not set) → 0.4" in reviewed(page)
    assert 'voice = "ada"' in world.config
    page.keyboard.press("Enter")  # the button that writes is focused
    page.get_by_text("1 character written").wait_for()
    assert 'voice = "bea"  # warm\nstability = 0.4' in world.config
    page.get_by_text("not written yet").wait_for(state="hidden")
    page.get_by_text("4 takes").wait_for(state="detached")


def test_what_cannot_be_is_said_and_the_edit_stays(page: Page, world: World) -> None:
    page.get_by_label("stability of Anna").fill("4")
    page.get_by_role("button", name="Review and write").click()
    page.get_by_role("dialog").get_by_text("at most 1").wait_for()
    page.keyboard.press("Escape")
    assert page.get_by_label("stability of Anna").input_value() == "4"
    go(page, "queue")
    go(page, "casting")  # edits outlive a look elsewhere
    assert page.get_by_label("stability of Anna").input_value() == "4"
    page.get_by_role("button", name="Undo all").click()
    page.keyboard.press("Escape")  # nothing is gone without a yes
    assert page.get_by_label("stability of Anna").input_value() == "4"
    page.get_by_role("button", name="Undo all").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo all").click()
    assert page.get_by_label("stability of Anna").input_value() == ""
    assert 'voice = "ada"' in world.config


def test_a_config_that_changed_meanwhile_is_looked_at_again(page: Page, world: World) -> None:
    page.get_by_label("voice of Zoe").select_option("ada")
    page.get_by_role("button", name="Review and write").click()
    reviewed(page)
    path = world.folder.parent / "takevoice.toml"
    path.write_text(world.config.replace("warm", "cold"))
    page.get_by_role("button", name="Write to takevoice.toml").click()
    page.get_by_text("The config was changed meanwhile").wait_for()
    page.get_by_role("button", name="Write to takevoice.toml").click()
    page.get_by_text("1 character written").wait_for()
    assert "# cold" in world.config and '[tracks.Zoe]\nvoice = "ada"' in world.config.replace('"Zoe"', "Zoe")


def test_those_that_are_not_cast_and_results_by_another_voice_are_found(page: Page, world: World) -> None:
    page.get_by_role("button", name="Not cast 2").click()
    assert page.locator(".cast tbody tr").count() == 2
    page.get_by_role("button", name="By another voice 3").click()  # ada speaks by default
    page.get_by_text("4 results are by another voice than their characters have now.").wait_for()
    page.get_by_role("button", name="2 by bea").click()
    page.get_by_role("dialog").get_by_text("This costs about 2 credits with fake at most.").wait_for()
    page.get_by_role("button", name="Convert 2").click()
    page.get_by_text("2 takes started again").wait_for()
    assert world.office.counts() == {State.DONE: 2, State.FOUND: 2}


def test_a_dropped_sheet_shows_its_columns_and_changes_first(page: Page, world: World, tmp_path: Path) -> None:
    go(page, "queue")
    page.evaluate("""() => {
      const data = new DataTransfer();
      data.items.add(new File(["Wer;Sprecher;Status\\r\\nAnna;bea;approved\\r\\nNeu;nobody;\\r\\n"], "cast.csv"));
      for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    }""")
    page.get_by_text("Which column has the characters?").wait_for()
    assert page.get_by_role("button", name="Show the changes").is_disabled()
    page.get_by_label("Character", exact=True).select_option("Wer")
    page.get_by_text("2 characters. Nothing is written yet").wait_for()
    page.get_by_role("button", name="Show the changes").click()
    page.get_by_text("1 voice not known to the backend").wait_for()
    assert "state: (not set) → approved" in reviewed(page)
    page.get_by_role("button", name="Back").click()
    page.get_by_text("2 characters changed, not written yet").wait_for()  # and can be corrected on the sheet
    page.get_by_label("voice of Neu").select_option("ada")
    page.get_by_role("button", name="Review and write").click()
    page.get_by_role("button", name="Write to takevoice.toml").click()
    page.get_by_text("2 characters written").wait_for()
    assert 'voice = "bea"  # warm' in world.config


def test_cells_of_a_spreadsheet_are_pasted(page: Page) -> None:
    page.get_by_label("stability of Anna").focus()
    page.evaluate("""() => {
      const data = new DataTransfer();
      data.setData("text/plain", "0,3\\t0.8\\n0.5\\t0.9\\n");
      document.activeElement.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data }));
    }""")
    second = page.locator(".cast tbody tr").nth(1)
    assert page.get_by_label("similarity boost of Anna").input_value() == "0.8"
    assert second.locator("[data-column=stability]").input_value() == "0.5"
    page.get_by_text("2 characters changed").wait_for()


def test_an_export_is_saved(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "casting.csv"
    assert b"Anna,ada" in download.value.path().read_bytes()


def test_an_audition_names_its_price_and_leads_to_its_lanes(page: Page, world: World) -> None:
    row = page.locator("tr[data-character=Anna]")
    row.get_by_role("button", name="Audition").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Choose the voices that you want to hear.").wait_for()
    assert dialog.get_by_role("button", name="Convert").is_disabled()
    dialog.get_by_label("ada").check()
    dialog.get_by_label("bea").check()
    dialog.get_by_text("This costs about 2 credits.").wait_for()
    dialog.get_by_role("button", name="Convert to 2 voices").click()
    page.get_by_text("Anna_original.wav").first.wait_for()
    made = sorted((job for job in world.office.jobs() if job.origin == "audition"), key=lambda job: job.id)
    for job, voice in zip(made, ("ada", "bea"), strict=True):
        world.finish(job.id, job.path, job.path.with_name(f"Anna_{voice}.wav"), voice, 1)
    page.locator(".lane").nth(2).wait_for()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    assert "voice: ada → bea" in reviewed(page)
    page.get_by_role("button", name="Write to takevoice.toml").click()
    page.get_by_text("1 character written").wait_for()
    assert 'voice = "bea"  # warm' in world.config


def test_the_sheet_is_for_everybody_in_both_themes_and_on_a_phone(page: Page, world: World, browser: Browser) -> None:
    world.office.set_track("Zoe", "voice", "bea", "Zoe")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        page.get_by_label("note of Anna").fill("warmer")
        page.get_by_role("button", name="Into the config").wait_for()
        assert axe_faults(page) == []
        page.get_by_role("button", name="Review and write").click()
        reviewed(page)
        assert axe_faults(page) == []
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 320, "height": 700})
    page.get_by_label("note of Anna").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_a_config_that_cannot_be_read_is_said_where_the_cast_would_be(page: Page, world: World) -> None:
    (world.folder.parent / "takevoice.toml").write_text("[tracks\n")
    page.get_by_label("note of Anna").fill("x")
    page.get_by_label("voice of Anna").select_option("bea")
    page.get_by_role("button", name="Review and write").click()
    page.get_by_text("is no valid TOML").wait_for()


def test_a_cell_that_cannot_be_is_marked_while_it_is_typed_and_found_again(page: Page, world: World) -> None:
    cell = page.get_by_label("stability of Anna")
    cell.focus()
    for typed, fault in (("0", None), (",5", None), ("x", "true")):
        page.keyboard.type(typed)
        assert cell.get_attribute("aria-invalid") == fault
    assert "0 to 1" in str(cell.get_attribute("title"))
    page.get_by_label("seed of Zoe").fill("1.5")
    page.get_by_label("candidates of Zoe").fill("ada, bea")
    page.get_by_role("button", name="2 cells cannot be written").click()
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "stability of Anna"
    assert axe_faults(page) == []
    cell.fill("40 %")
    page.get_by_label("seed of Zoe").fill("7")
    assert page.locator("[aria-invalid]").count() == 0
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Control+Enter")  # also outside of the cells
    assert "stability: (not set) → 0.4" in reviewed(page)


def test_changes_of_a_tab_that_was_closed_are_there_in_the_next_one(page: Page, world: World) -> None:
    page.get_by_label("note of Anna").fill("warmer")
    page.get_by_label("note of Zoe").fill("older")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("note of Anna").wait_for()
    assert other.get_by_label("note of Anna").input_value() == ""  # they are that tab's, as long as it is open
    other.close()
    page.reload()
    page.get_by_text("2 characters changed, not written yet").wait_for()
    last = page.context.new_page()
    page.close()
    last.goto(world.service().address.url + "/#casting")
    last.get_by_text("the changes are there again").wait_for()
    assert [last.get_by_label(f"note of {name}").input_value() for name in ("Anna", "Zoe")] == ["warmer", "older"]
    last.get_by_role("button", name="Changed 2").click()
    assert last.locator(".cast tbody tr").count() == 2


def test_what_is_pasted_beyond_the_sheet_is_said(page: Page) -> None:
    page.get_by_label("note of Zoe").focus()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "older\\tlost\\n" + "one more\\n".repeat(9));
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    page.get_by_text("cells had no place").wait_for()
    assert page.get_by_label("note of Zoe").input_value() == "older"


def test_a_sheet_of_thousands_is_looked_at_and_written_without_a_pause(page: Page, world: World, tmp_path: Path) -> None:
    rows = "".join(f"Role {n},ada,0.5,,n{n}\n" for n in range(800))
    (tmp_path / "many.csv").write_text("character,voice,stability,,note\nAnna,,,lost,\n" + rows)
    page.locator("input[type=file]").set_input_files(tmp_path / "many.csv")
    page.get_by_text("Cells without a heading are not read: line 2").wait_for()
    began = page.evaluate("() => { window.worst = 0; let last = performance.now(); setInterval(() => { window.worst = Math.max(window.worst, performance.now() - last); last = performance.now(); }, 20); }")
    assert began is None
    page.get_by_role("button", name="Show the changes").click()
    page.get_by_role("button", name="Show all 800").wait_for(timeout=30_000)
    assert page.evaluate("() => window.worst") < 4000  # it was ten seconds
    page.get_by_role("button", name="Write to takevoice.toml").click()
    page.get_by_text("800 characters written").wait_for(timeout=30_000)
    assert world.config.count("[tracks.") == 801
    assert page.locator(".cast tbody tr").count() == 300
    page.get_by_label("Search characters").fill("Role 799")
    page.get_by_label("note of Role 799").wait_for()
