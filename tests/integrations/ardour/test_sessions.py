"""A real Ardour: a session after another, two Ardours at the same time, and a session that cannot be written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from integrations.ardour.room import CONVERT, NEXT, names, now, open_studio, place
from integrations.ardour.studio import HOW_TO_GET, MISSING, RATE, Studio
from support import wait_for

pytestmark = [pytest.mark.editor, pytest.mark.skipif(bool(MISSING), reason=HOW_TO_GET)]

CONFIG = """
[settle]
quiet = 3000
[tracks.Choice]
candidates = 2
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Ardour, and the local engine, which makes two candidates for one of the tracks."""
    yield from open_studio(tmp_path_factory.mktemp("studio"), ["Anna", "Choice", "Locked"], CONFIG)


@pytest.fixture
def studio(opened: Studio) -> Iterator[Studio]:
    """The same; no message may be left open."""
    opened.start_daemon()
    yield opened
    opened.expect_no_message()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which nothing can be made; also for root, where the file system can do that."""
    is_root = os.geteuid() == 0
    if is_root and (not shutil.which("chattr") or subprocess.run(["chattr", "+i", folder], capture_output=True).returncode):
        pytest.skip("root can write everywhere")
    mode = folder.stat().st_mode
    if not is_root:
        folder.chmod(0o555)
    try:
        yield
    finally:
        if is_root:
            subprocess.run(["chattr", "-i", folder], check=True)
        else:
            folder.chmod(mode)


def test_a_session_that_cannot_be_written_is_said(studio: Studio) -> None:
    place(studio, "Locked", "still", 96_000)
    before = now(studio, "Locked")
    with read_only(studio.session):
        studio.select("still")
        studio.press_and_leave(CONVERT)
        studio.dismiss_notice("Nothing was converted: the session's folder cannot be written")
    assert now(studio, "Locked") == before
    assert not list((studio.state / "handover").glob("ardour-*.json"))


def test_two_ardours_at_the_same_time_get_what_is_theirs(studio: Studio) -> None:
    other = studio.beside("second")
    other.tool("make_session.lua", str(other.session), str(RATE), "Anna")
    with other.open():
        for each in (studio, other):
            place(each, "Anna", f"Line {each.root.name}", 96_000)
            each.select(f"Line {each.root.name}")
        studio.press(CONVERT)
        other.press(CONVERT)
        for each in (studio, other):
            each.finish()
            assert names(each, "Anna") == [f"Line {each.root.name}.ada"]


def test_a_session_after_another_has_its_own_playlists_takes_and_results(studio: Studio) -> None:
    first, second = studio.session, studio.root / "Scene 13"
    place(studio, "Choice", "choice", 96_000, 1.0)
    studio.select("choice")
    studio.press(CONVERT)
    studio.finish()
    place(studio, "Choice", "later", 400_000, 1.0)
    studio.tool("make_session.lua", str(second), str(RATE), "Choice")
    studio.stop_daemon()
    studio.select("later")
    studio.press(CONVERT)
    studio.dismiss_notice("takevoice is not running. The take waits")
    studio.open_session(second)
    assert names(studio, "Choice") == []
    studio.start_daemon()
    place(studio, "Choice", "choice", 96_000, 1.5)
    studio.select("choice")
    studio.press(CONVERT)
    studio.finish()
    assert names(studio, "Choice") == ["choice.ada (1)"]
    assert "Choice candidate.2" in studio.saved().playlists()
    # What the first session had asked for waits there, and a candidate can still be picked.
    wait_for(lambda: not studio.progress())
    studio.open_session(first)
    studio.dismiss()
    studio.finish()
    assert names(studio, "Choice") == ["choice.ada (1)", "later.ada (1)"]
    studio.select("choice.ada (1)")
    studio.press(NEXT)
    wait_for(lambda: names(studio, "Choice") == ["choice.ada (2)", "later.ada (1)"])
    studio.finish()
