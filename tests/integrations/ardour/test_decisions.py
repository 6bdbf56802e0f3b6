"""A real Ardour: held takes, refusals, and a daemon that is gone; nothing that is paid for gets lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from integrations.ardour.room import CONVERT, STATUS, now, open_studio, place
from integrations.ardour.studio import HOW_TO_GET, MISSING, Studio
from support import wait_for

pytestmark = [pytest.mark.editor, pytest.mark.skipif(bool(MISSING), reason=HOW_TO_GET)]

TRACKS = ["Held", "Dropped", "Refused", "Good", "Gone", "Cancelled", "Read-only", "Paused"]
LONG = 12.0  # seconds, which the limit of a track holds


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Ardour, and a paid backend with a limit for each track."""
    yield from open_studio(tmp_path_factory.mktemp("studio"), TRACKS)


@pytest.fixture
def studio(opened: Studio) -> Iterator[Studio]:
    """The same; no message may be left open."""
    opened.gate.touch()
    opened.start_daemon()
    yield opened
    opened.expect_no_message()


def read(studio: Studio, text: str) -> None:
    """Waits until a message has this text, and closes it."""
    wait_for(lambda: text in studio.said(), 40)
    studio.dismiss_notice(text)


def press(studio: Studio, *names: str) -> None:
    studio.select(*names)
    studio.press(CONVERT)


def decide(studio: Studio, key: str, answer: tuple[int, int] = (-48, 22)) -> None:
    """Opens the status dialog, moves the first choice up or down (or clicks what is at `answer`), and confirms."""
    studio.press_and_leave(STATUS)
    window = wait_for(lambda: studio.xdotool("search", "--onlyvisible", "--name", "^takevoice$")).split()[0]
    time.sleep(1.5)  # until it is drawn, also on a busy machine
    studio.snapshot("dialog")
    studio.click(window, *answer)
    if key:
        studio.xdotool("sleep", "1", "key", key, "sleep", "0.8", "key", "Return", "sleep", "1")

    def is_confirmed() -> bool:
        if window in studio.windows():
            studio.click(window, -59, -31)  # OK; a busy machine loses a click
        return not studio.dialog()

    wait_for(is_confirmed)


def close(studio: Studio) -> None:
    """Closes the message with its button, and waits for what may come up again."""

    def is_closed() -> bool:
        for window in studio.xdotool("search", "--onlyvisible", "--name", "^takevoice$").split():
            studio.xdotool("windowraise", window, "windowfocus", window, "key", "--window", window, "Return", "sleep", "0.5")
        return not studio.dialog()

    wait_for(is_closed)
    studio.xdotool("sleep", "0.5")  # five turns of the hook
    assert not studio.dialog()


def jobs(studio: Studio) -> list[str]:
    """The states of all jobs, by `takevoice jobs`."""
    return [each["state"] for each in json.loads(studio.takevoice("jobs", "--json"))]


def test_what_takevoice_waits_for_is_said_until_it_goes_on(studio: Studio) -> None:
    place(studio, "Paused", "patient", 96_000)
    studio.takevoice("pause")
    try:
        press(studio, "patient")
        wait_for(studio.dialog, 40)
        assert "patient waits: takevoice is paused" in studio.said()
    finally:
        studio.takevoice("resume")
    wait_for(lambda: now(studio, "Paused")[0][0] == "patient.ada")
    wait_for(lambda: not studio.dialog())  # it has closed itself


def test_a_held_take_keeps_its_record_and_is_placed_once_it_is_released(studio: Studio) -> None:
    place(studio, "Held", "Monologue", 96_000, LONG)
    press(studio, "Monologue")
    studio.dismiss_notice("Monologue is held: ")
    assert "credits" in studio.said()
    assert studio.is_at_work()
    decide(studio, "Down")
    studio.finish()
    assert now(studio, "Held")[0][:3] == ["Monologue.ada", 96_000, 576_000]
    assert jobs(studio)[-1] == "done"
    assert "Monologue (Scene 12) [ada] -> Monologue.ada.wav" in studio.takevoice("jobs")
    assert "Monologue (Scene 12): would cost 12 credits" in (studio.root / "daemon.log").read_text()


def test_held_takes_that_are_dropped_are_left_as_they_were(studio: Studio) -> None:
    for number, name in enumerate(("Speech", "Answer")):
        place(studio, "Dropped", name, 96_000 + 960_000 * number, LONG)
    before = now(studio, "Dropped")
    press(studio, "Speech", "Answer")
    read(studio, "2 takes are held (24 credits). ")
    assert studio.said().count("would cost 12 credits, and 0 of the 10 allowed today for Dropped") == 1
    decide(studio, "Up")  # all of them
    studio.finish()
    assert now(studio, "Dropped") == before
    assert jobs(studio)[-2:] == ["cancelled", "cancelled"]


def test_refusals_are_one_list_and_the_others_are_placed(studio: Studio) -> None:
    place(studio, "Good", "good", 96_000)
    for number, name in enumerate(("bad", "worse")):
        place(studio, "Refused", name, 96_000 + 300_000 * number)
    press(studio, "good", "bad", "worse")
    read(studio, "worse was not converted: ")
    assert "bad was not converted: " in studio.said()
    wait_for(lambda: not studio.is_at_work())
    assert [each[0] for each in now(studio, "Refused")] == ["bad", "worse"]
    assert [each[0] for each in now(studio, "Good")] == ["good.ada"]


def test_a_daemon_that_is_gone_is_said_within_five_seconds_and_picked_up_again(studio: Studio) -> None:
    place(studio, "Gone", "waits", 96_000)
    studio.gate.unlink()
    press(studio, "waits")
    wait_for(lambda: '"converting"' in studio.progress())
    studio.kill_daemon()
    gone = time.monotonic()
    wait_for(studio.dialog, 30)
    seconds = time.monotonic() - gone
    assert "takevoice is not running. The take waits" in studio.said()
    studio.gate.touch()
    studio.start_daemon()
    # What was with the paid backend when the daemon was killed waits for a person.
    read(studio, "waits is held: ")
    decide(studio, "Down")
    studio.finish()
    assert now(studio, "Gone")[0][0] == "waits.ada"
    assert seconds < 6


def test_without_a_daemon_a_key_press_waits_until_it_is_taken_back(studio: Studio) -> None:
    place(studio, "Cancelled", "never", 96_000)
    studio.stop_daemon()
    press(studio, "never")
    wait_for(studio.dialog, 40)
    before = studio.said()
    assert "will be converted as soon as it runs" in before
    close(studio)
    assert studio.said() == before
    decide(studio, "", (-100, 46))
    wait_for(lambda: not studio.is_at_work())
    assert not list((studio.state / "handover").glob("ardour-*.json"))
    assert now(studio, "Cancelled")[0][0] == "never"


def test_a_list_of_requests_that_cannot_be_written_is_said(studio: Studio) -> None:
    place(studio, "Read-only", "still", 96_000)
    new = studio.session / "takevoice.new"
    new.mkdir()
    try:
        studio.select("still")
        studio.press_and_leave(CONVERT)
        studio.dismiss_notice("Nothing was converted: the session's folder cannot be written")
    finally:
        new.rmdir()
