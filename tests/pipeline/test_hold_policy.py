"""Which dropped takes wait for a person: each reason has its own code, its own words, and its own line in the log."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from pathlib import Path

import pytest

from pipeline.line import Line
from support import make_take
from takevoice.holds import AT_INTAKE_CODES, HoldReason
from takevoice.ledger.roots import OldFile
from takevoice.pipeline.held_report import amount
from takevoice.pipeline.hold_policy import BurstDetector
from takevoice.system.fileid import version_of

FIRST_LOOK = "[money]\nmany = 2\nfirst_look = true\n"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "held:" in record.getMessage()]


def test_each_reason_has_a_code_and_a_line_of_its_own(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line.set(FIRST_LOOK)
    old = make_take(line.folder / "old.wav", 0.5)
    time.sleep(0.02)
    line.look()
    line.drop(old)
    line.now += 100
    line.drop(*(make_take(line.folder / f"{n}.wav", 0.5, seed=n + 1) for n in range(3)))
    line.now += 100
    for path in line.folder.iterdir():
        path.unlink()
    elsewhere = make_take(line.folder / "elsewhere.wav", 0.5, seed=9)
    line.look(volume="disk:2")  # nothing in it is known
    line.drop(elsewhere)
    codes = {job.path.name: job.error_code for job in line.ledger.jobs.select()}
    assert codes == {
        "old.wav": "first_look",
        "0.wav": "many",
        "1.wav": "many",
        "2.wav": "many",
        "elsewhere.wav": "other_device",
    }
    with caplog.at_level(logging.WARNING):
        line.holds.held.report()
    one, many, device = lines(caplog)
    assert "1 file, 0 seconds, about 0 credits, held: already in the folder before takevoice watched it" in one
    assert "3 files, 2 seconds, about 2 credits, held: more than 2 takes arrived at once (`many` in [money])" in many
    assert "held: the folder is on another device than before" in device
    for text in (one, many, device):
        assert f'`takevoice release "{line.folder}"`' in text
    caplog.clear()
    line.holds.held.report()
    assert lines(caplog) == []


def test_what_is_held_waits_and_is_converted_when_released(line: Line) -> None:
    line.set(FIRST_LOOK)
    take = make_take(line.folder / "old.wav", 0.5)
    time.sleep(0.02)
    line.look()
    line.drop(take)
    line.work_off()
    assert line.states() == {"old.wav": "held"}
    assert "already in the folder before takevoice watched it" in line.job.error
    line.release(1)
    assert line.states() == {"old.wav": "done"}


def test_a_held_take_that_is_rendered_again_is_held_once(line: Line) -> None:
    line.set("[money]\nmany = 1\nfirst_look = false\n")
    for attempt in range(2):
        line.drop(*(make_take(line.folder / f"{n}.wav", 0.5, seed=10 * attempt + n) for n in range(2)))
    states = [(job.path.name, job.state.value) for job in line.ledger.jobs.select()]
    assert states == [("0.wav", "cancelled"), ("1.wav", "cancelled"), ("0.wav", "held"), ("1.wav", "held")]


def test_a_free_backend_holds_what_was_there_before_and_no_bursts(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.set(FIRST_LOOK)
    line.backend.paid = False
    old = make_take(line.folder / "old.wav", 0.5)
    line.look()
    line.drop(old)
    line.drop(*(make_take(line.folder / f"{n}.wav", 0.5, seed=n + 1) for n in range(4)))
    assert line.states() == {"old.wav": "held", **{f"{n}.wav": "queued" for n in range(4)}}
    with caplog.at_level(logging.WARNING):
        line.holds.held.report()
    (told,) = lines(caplog)
    assert told.startswith("1 file, 0 seconds, held: already in the folder before takevoice watched it; ")
    line.set("[money]\nfirst_look = false\n")
    line.release(1)
    assert line.states()["old.wav"] == "done"


def test_who_wants_existing_takes_gets_them_and_new_ones_are_checked_as_usual(
    folder: Path, tmp_path: Path
) -> None:
    line = Line(folder, tmp_path / "state", existing_too=True)
    line.set("[money]\nmany = 2\nfirst_look = true\nunattended_per_hour = 1\n")
    takes = [make_take(folder / f"{n}.wav", 0.5, seed=n) for n in range(4)]
    line.look()
    line.drop(*takes)
    line.work_off()
    assert set(line.states().values()) == {"done"}
    line.drop(*(make_take(folder / f"new{n}.wav", 0.5, seed=n + 9) for n in range(3)))
    assert {line.states()[f"new{n}.wav"] for n in range(3)} == {"held"}
    line.close()


def test_a_new_take_is_not_held_because_many_old_ones_are(line: Line) -> None:
    line.set(FIRST_LOOK)
    takes = [make_take(line.folder / f"{n}.wav", 0.5, seed=n) for n in range(4)]
    line.look()
    line.drop(*takes)
    line.drop(make_take(line.folder / "new.wav", 0.5, seed=9))
    assert {job.path.name: job.error_code for job in line.ledger.jobs.select()} == {
        **{f"{n}.wav": "first_look" for n in range(4)},
        "new.wav": "",
    }


def test_who_asks_for_a_folder_is_not_asked_back(folder: Path, tmp_path: Path) -> None:
    """Also where the daemon has watched the folder before."""
    line = Line(folder, tmp_path / "state", asked_for=True)
    line.set(FIRST_LOOK)
    takes = [make_take(folder / f"{n}.wav", 0.5, seed=n) for n in range(4)]
    time.sleep(0.02)
    line.ledger.roots.record_look(folder, "disk:1", time.time(), [], [])
    line.look()
    line.drop(*takes)
    assert set(line.states().values()) == {"queued"}
    line.close()


def test_a_copied_old_take_is_no_older_than_its_copy(line: Line) -> None:
    """A copy keeps the time of its last change; when it came to the folder counts."""
    line.set(FIRST_LOOK)
    line.look()
    take = make_take(line.folder / "copy.wav", 0.5)
    os.utime(take, (1.0, 1.0))
    line.drop(take)
    assert line.states() == {"copy.wav": "queued"}


def test_a_burst_includes_its_first_takes_and_ends() -> None:
    bursts = BurstDetector()
    bursts.add(0.0, [1, 2], limit=2)
    assert 1 not in bursts
    bursts.add(30.0, [3], limit=2)
    assert all(job in bursts for job in (1, 2, 3))
    bursts.add(91.0, [4], limit=2)
    assert 4 not in bursts
    bursts.forget(1)
    assert 1 not in bursts


def test_codes_are_distinct_and_one_says_what_it_covers() -> None:
    assert len({reason.code for reason in HoldReason}) == len(HoldReason)
    assert {HoldReason.of(reason.code) for reason in HoldReason} == set(HoldReason)
    assert HoldReason.of("server_error") is HoldReason.OUTCOME_UNKNOWN
    assert AT_INTAKE_CODES == ("first_look", "many", "other_device")
    assert [reason for reason in HoldReason if reason.covers_answer] == [HoldReason.LOW_CORRELATION]


@pytest.mark.parametrize(
    ("files", "seconds", "text"),
    [
        (1, 5.0, "1 file, 5 seconds"),
        (312, 2460.0, "312 files, 41 minutes"),
        (2, 119.0, "2 files, 119 seconds"),
    ],
)
def test_amounts_in_words(files: int, seconds: float, text: str) -> None:
    assert amount(files, seconds) == text


def test_an_upgrade_does_not_bill_files_of_kinds_that_were_skipped_before(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.set(FIRST_LOOK)
    line.look()
    # As an earlier version left it: the folder is watched, files of new kinds were never looked at.
    with sqlite3.connect(line.state / "ledger.sqlite3") as ledger:
        ledger.execute("DELETE FROM kinds")
    old = make_take(line.folder / "old.mp3", 0.5, subtype="MPEG_LAYER_III", container="MP3")
    time.sleep(0.02)
    line.look()
    line.drop(old)
    time.sleep(0.02)
    line.now += 100
    line.drop(make_take(line.folder / "new.mp3", 0.5, subtype="MPEG_LAYER_III", container="MP3", seed=1))
    line.drop(make_take(line.folder / "take.wav", 0.5, seed=2))
    codes = {job.path.name: job.error_code for job in line.ledger.jobs.select()}
    assert codes == {"old.mp3": "first_look", "new.mp3": "", "take.wav": ""}
    with caplog.at_level(logging.WARNING):
        line.holds.held.report()
    (told,) = lines(caplog)
    assert "held: already in the folder before takevoice converted mp3 files" in told
    # What was noted stays: files that came since the upgrade are converted after a restart too.
    late = make_take(line.folder / "late.mp3", 0.5, subtype="MPEG_LAYER_III", container="MP3", seed=3)
    line.look()
    line.now += 100
    line.drop(late)
    assert [job.error_code for job in line.ledger.jobs.select() if job.path == late] == [""]


def test_a_folder_that_was_emptied_and_is_on_another_device_holds_nothing(line: Line) -> None:
    """The number of a device, or a mount, changes at each boot; deliveries empty the folder."""
    line.set(FIRST_LOOK)
    line.look()
    first = make_take(line.folder / "day one.wav", 0.5)
    line.drop(first)
    line.work_off()
    for path in line.folder.iterdir():
        path.unlink()
    line.look(volume="disk:2")
    line.drop(make_take(line.folder / "day two.wav", 0.5, seed=1))
    assert line.states()["day two.wav"] == "queued"


def test_a_release_ends_the_suspicion_and_so_does_the_volume_that_was_there_before(line: Line) -> None:
    line.set("[money]\nfirst_look = true\n")
    line.look()
    line.drop(make_take(line.folder / "known.wav", 0.5))
    (line.folder / "known.wav").unlink()
    strange = make_take(line.folder / "strange.wav", 0.5, seed=1)
    line.look(volume="disk:2")
    line.drop(strange)
    assert line.states()["strange.wav"] == "held"
    line.release(2)
    assert line.states()["strange.wav"] == "done"
    line.drop(make_take(line.folder / "later.wav", 0.5, seed=2))
    back = make_take(line.folder / "back.wav", 0.5, seed=3)
    for path in line.folder.glob("*.ada.wav"):
        path.unlink()
    line.look(volume="disk:1")
    line.drop(back)
    assert (line.states()["later.wav"], line.states()["back.wav"]) == ("queued", "queued")


@pytest.mark.parametrize("hours", [6, -6])
def test_a_clock_that_was_wrong_at_the_first_look_holds_nothing(line: Line, hours: int) -> None:
    line.set(FIRST_LOOK)
    with pytest.MonkeyPatch.context() as patch:
        now = time.time
        patch.setattr(time, "time", lambda: now() + 3600 * hours)
        old = make_take(line.folder / "old.wav", 0.5)
        line.look()
    new = make_take(line.folder / "new.wav", 0.5, seed=1)
    line.drop(old, new)
    assert {job.path.name: job.error_code for job in line.ledger.jobs.select()} == {
        "old.wav": "first_look",
        "new.wav": "",
    }


def test_a_folder_of_takes_that_is_moved_in_is_new_work(line: Line, tmp_path: Path) -> None:
    """A move of their folder changes no time of the takes in it."""
    line.set(FIRST_LOOK)
    (tmp_path / "Bounce").mkdir()
    make_take(tmp_path / "Bounce" / "take.wav", 0.5)
    time.sleep(0.02)
    line.look()
    (tmp_path / "Bounce").rename(line.folder / "Bounce")
    line.drop(line.folder / "Bounce" / "take.wav")
    assert line.states() == {"take.wav": "queued"}


def test_an_old_take_stays_old_under_another_name_and_is_new_once_rendered_again(line: Line) -> None:
    line.set(FIRST_LOOK)
    old = make_take(line.folder / "old.wav", 0.5)
    line.look()
    renamed = old.rename(line.folder / "renamed.wav")
    line.drop(renamed)
    assert line.states() == {"renamed.wav": "held"}
    time.sleep(0.02)
    line.now += 100
    line.drop(make_take(line.folder / "renamed.wav", 0.6, seed=1))
    assert [job.state.value for job in line.ledger.jobs.select()] == ["cancelled", "queued"]


def test_after_an_update_what_the_older_version_had_not_taken_up_is_held_once(line: Line) -> None:
    """An older ledger has the time of the first look instead of the files."""
    line.set(FIRST_LOOK)
    old = make_take(line.folder / "old.wav", 0.5)
    time.sleep(0.02)
    line.ledger.roots.record_look(line.folder, "disk:1", time.time(), [], [])
    with sqlite3.connect(line.state / "ledger.sqlite3") as ledger:
        ledger.execute("UPDATE roots SET looked = 0")
    time.sleep(0.02)
    new = make_take(line.folder / "new.wav", 0.5, seed=1)
    line.look()
    line.drop(old, new)
    assert line.states() == {"old.wav": "held", "new.wav": "queued"}


@pytest.mark.skipif(os.name == "nt", reason="names of other bytes exist on POSIX only")
def test_names_that_are_not_valid_unicode_are_recorded_too(line: Line) -> None:
    version = version_of(make_take(line.folder / "take.wav", 0.1))
    assert version is not None
    path = os.fsdecode(os.fsencode(line.folder) + b"/t\xff.wav")
    line.ledger.roots.record_look(line.folder, "disk:1", 0.0, [OldFile(path, version, "first_look")], [])
    found = line.ledger.roots.old_file(line.folder, Path(path), version)
    assert found is not None and found.reason == "first_look"
