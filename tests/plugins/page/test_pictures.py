"""The pictures in README and docs can be made again, from a real daemon, real takes and the page in Chromium."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .browser import chromium
from .episode import episode, until
from .moving_picture import story
from .pictures import ROOT, docs, prepare

pytestmark = pytest.mark.process
KEPT = ROOT / "docs" / "pictures"


def looks(path: Path) -> tuple[tuple[int, int], int]:
    """The size of a picture, and roughly how much of it is not its background, in tenths of its area."""
    with Image.open(path) as picture:
        grey = np.asarray(picture.convert("L").reduce(4)).astype(int)
        background = np.bincount(grey.ravel()).argmax()
        return picture.size, round(10 * float(np.mean(np.abs(grey - background) > 8)))


def test_the_pictures_of_the_docs_are_of_this_page(tmp_path: Path) -> None:
    with chromium() as browser, episode(tmp_path / "home") as (cli, folder):
        docs(browser, cli, prepare(cli, folder), tmp_path)
    made = sorted(tmp_path.glob("*.png"))
    assert [path.name for path in made] == sorted(path.name for path in KEPT.glob("page-*.png"))
    for path in made:
        (size, filled), (kept_size, kept_filled) = looks(path), looks(KEPT / path.name)
        assert size == kept_size and abs(filled - kept_filled) <= 1, path.name


@pytest.mark.long
def test_the_moving_picture_of_the_readme_is_of_this_page(tmp_path: Path) -> None:
    with chromium() as browser, episode(tmp_path / "home") as (cli, folder):
        until(lambda: (cli.state / "page.json").exists())
        film = story(browser, cli, folder)
    film.save(tmp_path / "page.webp")
    with Image.open(tmp_path / "page.webp") as made, Image.open(KEPT / "page.webp") as kept:
        assert made.size == kept.size
        assert made.n_frames > 10  # type: ignore[attr-defined]
