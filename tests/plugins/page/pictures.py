"""Takes the pictures of docs/page.md: `python tests/plugins/page/pictures.py [FOLDER]`.

A real daemon converts the takes of tests/takes with the local engine; Chromium shows them. With a FOLDER, all screens are
taken in both themes and as on a phone, to be looked at.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT / "tests")]

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from plugins.page.browser import SCREENS, address_of, chromium, entered, go  # noqa: E402
from plugins.page.episode import LINES, episode, render, studio, until  # noqa: E402
from support import Cli  # noqa: E402

PHONE = {"width": 360, "height": 740}


def steady(page: Page, folder: Path, name: str, *, small: bool) -> None:
    """Save what is shown, with few colours so that the file is small."""
    page.wait_for_timeout(700)
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    if small:
        with Image.open(path) as picture:
            picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def prepared(page: Page, take: int) -> None:
    """The take as it is being heard: in the middle, with a loop."""
    go(page, f"take/{take}")
    page.wait_for_function("() => [...document.querySelectorAll('.lane-info')].every((each) => each.textContent.includes('LUFS'))")
    box = page.locator(".lane .wave").nth(1).bounding_box()
    assert box is not None
    y = box["y"] + 30
    page.mouse.move(box["x"] + box["width"] * 0.22, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.55, y, steps=4)
    page.mouse.up()
    page.mouse.click(box["x"] + box["width"] * 0.38, y)
    page.keyboard.press("2")


def prepare(cli: Cli, folder: Path) -> int:
    """Convert the takes, one of them twice, and one that cannot be; return the take that is shown."""
    for name in LINES:
        render(folder, name)
    until(lambda: len(cli.states()) >= len(LINES) and set(cli.states().values()) == {"done"}, 300)
    take = next(job["id"] for job in cli.jobs() if Path(job["path"]).stem == "Anna_03" and job["origin"] == "folder")
    cli("convert", folder / "Narrator_12.wav", "--voice", "ada")
    cli("casting", "mark", "Anna", "--status", "approved", "--note", "warm, close")
    cli("casting", "mark", "Narrator", "--status", "proposed")
    (folder / "Broken_1.wav").write_bytes(b"RIFF" + bytes(2000))
    until(lambda: "failed" in cli.states().values())
    return int(take)


def docs(browser: Browser, cli: Cli, take: int, out: Path) -> None:
    page = entered(browser, address_of(cli.state), viewport={"width": 1280, "height": 720})
    page.locator("tr.failed").wait_for()
    steady(page, out, "page-queue", small=True)
    prepared(page, take)
    steady(page, out, "page-take", small=True)
    go(page, "casting")
    page.get_by_label("voice of Zoe").select_option("theo")
    page.get_by_label("stability of Zoe").fill("0.6")
    steady(page, out, "page-casting", small=True)
    page.context.close()


def every(browser: Browser, cli: Cli, take: int, out: Path) -> None:
    """All screens and dialogs, in both themes and on a phone."""
    for end, options in (("light", {"color_scheme": "light"}), ("dark", {"color_scheme": "dark"}), ("phone", {"viewport": PHONE, "color_scheme": "light"})):
        page = entered(browser, address_of(cli.state), **{"viewport": {"width": 1280, "height": 720}, **options})
        page.locator("tr.failed").wait_for()
        steady(page, out, f"queue-{end}", small=False)
        page.get_by_label("Select all on this page").check(force=True)
        steady(page, out, f"selected-{end}", small=False)
        prepared(page, take)
        steady(page, out, f"take-{end}", small=False)
        for key, name in (("f", "spectrum"), ("b", "blind")):
            page.keyboard.press(key)
            steady(page, out, f"{name}-{end}", small=False)
        for screen in SCREENS[1:]:
            go(page, screen)
            steady(page, out, f"{screen}-{end}", small=False)
        page.keyboard.press("?")
        steady(page, out, f"help-{end}", small=False)
        page.keyboard.press("Escape")
        go(page, "casting")
        page.get_by_role("button", name="Audition").first.click()
        page.get_by_role("dialog").get_by_role("checkbox").nth(1).check()
        page.get_by_text("This is free.").wait_for()
        steady(page, out, f"audition-{end}", small=False)
        page.context.close()


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    out.mkdir(exist_ok=True)
    with studio() as home, chromium() as browser, episode(home) as (cli, folder):
        take = prepare(cli, folder)
        (every if len(sys.argv) > 1 else docs)(browser, cli, take, out)


if __name__ == "__main__":
    main()
