"""Takes the pictures of docs/page.md: `python tests/plugins/page/pictures.py [FOLDER]`.

A real daemon converts the takes of tests/takes with the local engine; Chromium shows them. With a FOLDER, all screens are
taken in both themes, to be looked at.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT / "tests")]

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from plugins.page.browser import SCREENS, address_of, chromium, entered, go  # noqa: E402
from support import TAKES, Cli, make_take, wait_for  # noqa: E402

CONFIG = """
[[watch]]
folder = "{folder}"
track = "{{track}}_{{take}}"
[defaults]
voice = "ada"
[tracks."Anna"]
voice = "mara"
candidates = 3
[tracks."Guard *"]
voice = "bruno"
[settle]
quiet = 0.2
[plugins.page]
port = 0
"""


def make_world(home: Path) -> tuple[Cli, Path]:
    """Takes of an episode, as they are rendered."""
    folder = home / "Episode 2" / "Exports"
    folder.mkdir(parents=True)
    cli = Cli(home)
    cli.config(CONFIG.format(folder=folder))
    narrator, singer = TAKES / "narrator_48k_24bit.flac", TAKES / "singer_44k_stereo.flac"
    for name, source in (("Anna_03", narrator), ("Guard 1_01", singer), ("Narrator_12", narrator)):
        shutil.copy(source, folder / f"{name}.flac")
    make_take(folder / "Guard 2_01.wav", 2.0, seed=4)
    return cli, folder


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


def pictures(browser: Browser, cli: Cli, folder: Path, out: Path, *, every: bool) -> None:
    wait_for(lambda: len(cli.states()) >= 4 and set(cli.states().values()) == {"done"}, 300)
    take = next(job["id"] for job in cli.jobs() if Path(job["path"]).stem == "Anna_03")
    cli("convert", folder / "Narrator_12.flac", "--voice", "george")
    (folder / "Broken_1.wav").write_bytes(b"RIFF" + bytes(2000))
    wait_for(lambda: "failed" in cli.states().values(), 120)
    for scheme in ("light", "dark") if every else ("light",):
        page = entered(browser, address_of(cli.state), color_scheme=scheme, viewport={"width": 1280, "height": 720})
        page.locator("tr.failed").wait_for()
        end = f"-{scheme}" if every else ""
        steady(page, out, f"page-queue{end}", small=not every)
        prepared(page, take)
        steady(page, out, f"page-take{end}", small=not every)
        if every:
            for key, name in (("f", "spectrum"), ("b", "blind")):
                page.keyboard.press(key)
                steady(page, out, f"page-{name}{end}", small=False)
            for screen in SCREENS[1:]:
                go(page, screen)
                steady(page, out, f"page-{screen}{end}", small=False)
            page.keyboard.press("?")
            steady(page, out, f"page-help{end}", small=False)
        page.context.close()


def main() -> None:
    every = len(sys.argv) > 1
    out = Path(sys.argv[1]) if every else ROOT / "docs" / "pictures"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        cli, folder = make_world(Path(home))
        with cli.daemon("--osc-port", "0"):
            pictures(browser, cli, folder, out, every=every)


if __name__ == "__main__":
    main()
