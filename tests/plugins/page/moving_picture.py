"""Takes the moving picture of the README: `python tests/plugins/page/moving_picture.py [FILE]`.

A real daemon converts real takes while Chromium shows its page; the take plays, and its voices are switched, in real time. The
keys that are pressed are drawn below.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT / "tests")]

from PIL import Image, ImageChops, ImageDraw, ImageFont  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from plugins.page.browser import address_of, chromium, entered, go  # noqa: E402
from plugins.page.episode import LINES, episode, render, studio, until  # noqa: E402
from support import Cli  # noqa: E402

WIDTH, HEIGHT = 1200, 660
PACE = 0.12  # seconds between frames
LARGEST = 1_000_000  # bytes


class Film:
    """Frames of a page, each with how long it is shown."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.frames: list[Image.Image] = []
        self.lengths: list[int] = []  # milliseconds
        self._key, self._font = "", ImageFont.load_default(20)

    def watch(self, seconds: float) -> None:
        """Take what happens for so long."""
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            frame = self._frame()
            self._page.wait_for_timeout(max(1.0, 1000 * (PACE - (time.monotonic() - began))))
            self._add(frame, round(1000 * (time.monotonic() - began)))

    def press(self, key: str, label: str, seconds: float) -> None:
        """Press a key, which is drawn, and watch."""
        self._page.keyboard.press(key)
        self._key = label
        self.watch(seconds)
        self._key = ""

    def hold(self, seconds: float) -> None:
        """Show the last frame for longer."""
        self._add(self._frame(), round(1000 * seconds))

    def _frame(self) -> Image.Image:
        with Image.open(io.BytesIO(self._page.screenshot())) as picture:
            frame = picture.convert("RGB")
        if self._key:
            draw = ImageDraw.Draw(frame)
            width = draw.textlength(self._key, self._font) + 36
            box = (WIDTH / 2 - width / 2, HEIGHT - 62, WIDTH / 2 + width / 2, HEIGHT - 20)
            draw.rounded_rectangle(box, 10, "#1b1c1f", "#ffffff", 2)
            draw.text((WIDTH / 2, HEIGHT - 41), self._key, "#ffffff", self._font, "mm")
        return frame

    def _add(self, frame: Image.Image, length: int) -> None:
        if self.frames and ImageChops.difference(frame, self.frames[-1]).getbbox() is None:
            self.lengths[-1] += length
        else:
            self.frames.append(frame)
            self.lengths.append(length)

    def save(self, path: Path) -> None:
        """Write it as WebP, as sharp as fits."""
        for quality in (80, 65, 50, 35, 20):
            first, *rest = self.frames
            first.save(path, save_all=True, append_images=rest, duration=self.lengths, loop=0, quality=quality, method=4, minimize_size=True)
            if path.stat().st_size < LARGEST:
                return


def story(browser: Browser, cli: Cli, folder: Path) -> Film:
    """Takes arrive and are converted; one is heard and chosen; a character is cast."""
    page = entered(browser, address_of(cli.state), viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    film = Film(page)
    film.watch(0.8)
    for name in LINES:
        render(folder, name)
        film.watch(0.6)
    while set(cli.states().values()) != {"done"}:
        film.watch(0.5)
    film.watch(0.8)
    take = next(job["id"] for job in cli.jobs() if Path(job["path"]).stem == "Anna_03" and job["origin"] == "folder")
    go(page, f"take/{take}")
    page.wait_for_function("() => document.querySelectorAll('.lane').length === 4 && [...document.querySelectorAll('.lane-info')].every((each) => each.textContent.includes('LUFS'))")
    film.watch(0.6)
    for key, label, seconds in ((" ", "Space: play", 1.0), ("o", "O: original", 1.1), ("2", "2: second result", 1.2), ("3", "3: third result", 1.2), ("s", "S: star", 0.8), ("Enter", "Enter: pick", 1.2)):
        film.press(key, label, seconds)
    film.press("c", "C: casting", 1.0)
    voice = page.get_by_label("voice of Zoe")
    voice.focus()
    voice.select_option("theo")
    film.watch(0.6)
    film.press("Tab", "Tab: next cell", 0.4)
    page.keyboard.type("0.6")
    film.watch(0.6)
    film.press("Control+Enter", "Ctrl+Enter: review", 1.6)
    film.press("Enter", "Enter: write", 1.0)
    film.hold(2.0)
    page.context.close()
    return film


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "page.webp"
    with studio() as home, chromium() as browser, episode(home) as (cli, folder):
        until(lambda: (cli.state / "page.json").exists())
        film = story(browser, cli, folder)
    film.save(out)
    print(f"{out}: {len(film.frames)} frames, {sum(film.lengths) / 1000:.1f} s, {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
