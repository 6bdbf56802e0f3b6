"""The page of a running daemon, by keyboard and by ear; the daemon is killed and comes back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plugins.page.browser import SCREENS, address_of, axe_faults, code_for, entered, faults_of, go
from support import BACKENDS, FAST, Cli, Daemon, make_take, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

POSITION = "() => Number(document.querySelector('.transport input').value)"
HOSTILE = "<img src=x onerror=alert(1)>_1.wav"


class Running:
    """A daemon with one folder, and a page."""

    def __init__(self, home: Path) -> None:
        self.cli, self.folder = Cli(home), home / "Exports"
        self.folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.cli.plugin(BACKENDS / "gated.py")
        watch = f'[[watch]]\nfolder = "{self.folder}"\ntrack = "{{track}}_{{take}}"\n'
        choir = '[tracks."Choir"]\ncandidates = 3\npick = "ask"\n'
        self.cli.config(f'backend = "gated"\n{FAST}[plugins.page]\nport = {port}\n{watch}{choir}')

    def number(self, name: str) -> int:
        """The job of a take."""
        return next(job["id"] for job in self.cli.jobs() if Path(job["path"]).name == name)

    def states(self) -> dict[str, str]:
        return self.cli.states()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Running:
    return Running(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def daemon(running: Running) -> Iterator[Daemon]:
    make_take(running.folder / "Anna_1.wav", 3.0, seed=1)
    make_take(running.folder / "Guard_1.wav", 1.0, seed=2)
    make_take(running.folder / HOSTILE, 0.5, seed=3)
    with running.cli.daemon("--osc-port", "0") as started:
        wait_for(lambda: set(running.states().values()) == {"done"} and len(running.states()) == 3)
        yield started


@pytest.fixture
def page(browser: Browser, running: Running, daemon: Daemon) -> Iterator[Page]:
    made = entered(browser, address_of(running.cli.state))
    yield made
    assert faults_of(made) == []
    made.context.close()


def test_a_code_lets_a_browser_in_once_and_leaves_the_address(browser: Browser, running: Running, daemon: Daemon) -> None:
    address = address_of(running.cli.state)
    url = f"{address.url}/#enter-{code_for(address)}"
    first = browser.new_context().new_page()
    first.goto(url)
    first.wait_for_selector("main .screen")
    assert "enter" not in first.url
    first.reload()  # the browser keeps the token
    first.wait_for_selector("main .screen")
    second = browser.new_context().new_page()
    second.goto(url)
    second.get_by_text("This browser may not use the page yet").wait_for()
    for each in (first, second):
        each.context.close()


def test_a_take_that_arrives_appears_by_itself_and_is_heard_with_keys_alone(page: Page, running: Running) -> None:
    make_take(running.folder / "Bea_7.wav", 2.0, seed=9)
    page.locator("tr.done", has_text="Bea_7.wav").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("bea_7")
    page.wait_for_function("() => document.querySelectorAll('tr[data-job]').length === 1")
    page.keyboard.press("Tab")  # leaves the search
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="original").wait_for()
    page.wait_for_function("() => document.querySelector('.lane:nth-child(2) .lane-info').textContent.includes('LUFS')")
    page.keyboard.press(" ")
    page.wait_for_function("() => Number(document.querySelector('.transport input').value) > 0.2")
    page.keyboard.press("o")
    assert page.get_by_role("radio", name="original").is_checked()
    page.keyboard.press("1")
    assert not page.get_by_role("radio", name="original").is_checked()
    page.keyboard.press("x")
    assert page.get_by_role("radio", name="original").is_checked()
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play", exact=True).wait_for()


def test_a_take_with_candidates_is_heard_and_picked_and_its_result_is_next_to_it(page: Page, running: Running) -> None:
    """`pick = "ask"`: three candidates, and a person chooses; a take that was converted before gets some, too."""
    make_take(running.folder / "Choir_1.wav", 1.5, seed=11)
    page.get_by_role("button", name="To pick 1").click()
    row = page.locator("tr.held", has_text="Choir_1.wav")
    row.get_by_role("button", name="Use the first").wait_for()
    assert page.locator("nav a", has_text="Held").inner_text().split() == ["Held", "&", "money", "1"]  # takes, not candidates
    row.get_by_role("link", name="Pick from 3 candidates").click()
    page.get_by_role("radio", name="candidate 3").wait_for()
    page.keyboard.press("3")
    page.keyboard.press(" ")
    page.wait_for_function(f"() => ({POSITION})() > 0.3")
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    at = page.evaluate(POSITION)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="✓ Picked").wait_for()
    page.locator(".state.done").first.wait_for()
    assert page.get_by_role("radio", name="candidate 3").is_checked()  # the next key is for what was heard
    assert page.evaluate(POSITION) == at
    result = running.folder / "Choir_1.ada.wav"
    assert result.read_bytes() == (running.folder / "candidates" / "Choir_1.ada.3.wav").read_bytes()
    page.keyboard.press("q")
    page.get_by_text("Nothing here").or_(page.get_by_text("Nothing matches")).wait_for()

    make_take(running.folder / "Solo_1.wav", 1.0, seed=13)
    wait_for(lambda: running.states().get("Solo_1.wav") == "done")
    go(page, f"take/{running.number('Solo_1.wav')}")
    page.get_by_role("button", name="3 candidates …").click()
    page.get_by_role("dialog").get_by_role("button", name="Make 3").click()
    page.get_by_role("radio", name="candidate 3").wait_for()
    assert page.get_by_role("radio", name="ada").nth(0).is_checked()  # what was heard is still heard
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="✓ Picked").wait_for()


def test_a_loop_a_spectrogram_and_blind_lanes_by_key(page: Page, running: Running) -> None:
    go(page, f"take/{running.number('Anna_1.wav')}")
    page.wait_for_selector(".lane")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("[")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("]")
    page.locator(".range").first.wait_for()
    assert page.locator("button[aria-pressed=true]", has_text="Loop").count() == 1
    page.keyboard.press("l")
    page.locator(".range").first.wait_for(state="hidden")
    page.keyboard.press("f")
    colours = "() => { const c = document.querySelector('.lane canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; const s = new Set(); for (let n = 0; n < d.length; n += 4) s.add(d[n] + ',' + d[n + 1]); return s.size > 50; }"
    page.wait_for_function(colours)
    page.keyboard.press("b")
    names = page.locator(".lane-name").all_inner_texts()
    assert [name.split()[-1] for name in names] == ["A", "B"]
    assert "ada" not in page.locator(".lanes").inner_text()
    page.keyboard.press("2")
    assert page.get_by_role("radio").nth(1).is_checked()
    page.keyboard.press("b")
    page.get_by_role("radio", name="original").wait_for()


def test_a_hostile_name_is_only_text(page: Page) -> None:
    for screen in (*SCREENS, "take/1", "queue?q=onerror"):
        go(page, screen)
    page.get_by_role("link", name=HOSTILE).wait_for()
    page.get_by_role("link", name=HOSTILE).click()
    page.get_by_role("heading", name=HOSTILE).wait_for()
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_either_theme(browser: Browser, running: Running, daemon: Daemon, scheme: str) -> None:
    page = entered(browser, address_of(running.cli.state), color_scheme=scheme)
    found = []
    for screen in (*SCREENS, "take/1"):
        go(page, screen)
        page.wait_for_timeout(100)  # for the last colours to be there
        found += [f"{screen}: {each}" for each in axe_faults(page)]
    page.keyboard.press("?")
    found += [f"keys: {each}" for each in axe_faults(page)]
    assert found == []
    page.context.close()


def test_at_320_pixels_nothing_is_cut_off(browser: Browser, running: Running, daemon: Daemon) -> None:
    page = entered(browser, address_of(running.cli.state), viewport={"width": 320, "height": 640})
    for screen in (*SCREENS, "take/1"):
        go(page, screen)
        page.wait_for_timeout(100)
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= 320, screen
    page.context.close()


def test_a_chosen_file_is_copied_and_converted(page: Page, running: Running, tmp_path: Path) -> None:
    make_take(tmp_path / "Dropped_1.wav", 0.5, seed=12)
    page.locator("input[type=file]").set_input_files(tmp_path / "Dropped_1.wav")
    page.get_by_role("button", name="Copy").click()
    page.locator("tr.done", has_text="Dropped_1.wav").wait_for()
    assert (running.folder / "Dropped_1.ada.wav").exists()


def test_a_voice_that_is_cast_is_used_at_once_and_old_results_are_made_again(page: Page, running: Running) -> None:
    go(page, "casting")
    page.get_by_label("voice of Guard").select_option("bea")
    page.get_by_role("button", name="Review and write").click()
    page.get_by_role("button", name="Write to takevoice.toml").click()
    page.get_by_text("1 result is by another voice than its character has now.").wait_for()
    page.get_by_role("button", name="1 by ada").click()
    page.get_by_role("button", name="Convert 1").click()
    wait_for(lambda: (running.folder / "Guard_1.bea.wav").exists())
    page.get_by_text("is by another voice").wait_for(state="detached")


def test_an_audition_is_heard_voice_by_voice_and_one_is_cast(page: Page, running: Running) -> None:
    go(page, "casting")
    page.locator("tr[data-character=Anna]").get_by_role("button", name="Audition").click()
    dialog = page.get_by_role("dialog")
    for voice in ("ada", "bea"):
        dialog.get_by_label(voice).check()
    dialog.get_by_text("This is free.").wait_for()
    dialog.get_by_role("button", name="Convert to 2 voices").click()
    page.locator(".lane").nth(2).wait_for()
    assert [name.split()[-1] for name in page.locator(".lane-name").all_inner_texts()] == ["original", "ada", "bea"]
    page.keyboard.press(" ")
    page.wait_for_function("() => Number(document.querySelector('.transport input').value) > 0.2")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Write to takevoice.toml").click()
    page.get_by_text("1 result is by another voice").wait_for()
    assert page.get_by_label("voice of Anna").input_value() == "bea"
    page.get_by_role("link", name="hear 2 auditions").wait_for()


def test_a_pause_is_seen_and_ended(page: Page, running: Running) -> None:
    page.get_by_role("button", name="Pause").click()
    page.locator(".daemon.paused").wait_for()
    page.get_by_role("button", name="Resume").click()
    page.locator(".daemon.ready").wait_for()


def test_a_result_is_saved_from_the_page(page: Page, running: Running) -> None:
    go(page, "take/1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save").nth(1).click()
    saved = download.value
    name = saved.suggested_filename
    assert saved.path().read_bytes() == (running.folder / name).read_bytes()


def test_seven_tabs_use_one_stream(browser: Browser, running: Running, daemon: Daemon) -> None:
    """HTTP/1.1 gives six connections to a browser: seven streams would block everything else."""
    first = entered(browser, address_of(running.cli.state))
    tabs = [first, *(first.context.new_page() for _ in range(6))]
    for tab in tabs[1:]:
        tab.goto(first.url)
        tab.wait_for_selector("tr[data-job]")
    make_take(running.folder / "Seven_1.wav", 0.3, seed=20)
    for tab in tabs:
        tab.locator("tr.done", has_text="Seven_1.wav").wait_for()
    first.close()  # the one that had the stream
    make_take(running.folder / "Seven_2.wav", 0.3, seed=21)
    tabs[3].locator("tr.done", has_text="Seven_2.wav").wait_for()
    tabs[1].context.close()


def test_killed_and_back_the_page_says_so_and_goes_on(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Running(tmp_path_factory.mktemp("killed"))
    make_take(other.folder / "Anna_1.wav", 0.5)
    with other.cli.daemon("--osc-port", "0") as daemon:
        daemon.says("the page is at")
        page = entered(browser, address_of(other.cli.state))
        page.locator("tr.done", has_text="Anna_1.wav").wait_for()
        daemon.kill()
        page.get_by_text("takevoice does not answer; this is what was there at").wait_for()
        assert page.locator("tr.done", has_text="Anna_1.wav").count() == 1
    with other.cli.daemon("--osc-port", "0"):
        page.locator(".banner").wait_for(state="detached")
        make_take(other.folder / "Anna_2.wav", 0.5, seed=5)
        page.locator("tr.done", has_text="Anna_2.wav").wait_for()
    assert faults_of(page) == []
    page.context.close()
