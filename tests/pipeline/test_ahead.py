"""What is done while a file settles counts only if the file is the same in the end, and nothing of it is seen before."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.line import Line
from signals import buzz
from support import make_take
from takevoice import hookimpl
from takevoice.errors import BackendError
from takevoice.jobs import State
from takevoice.pipeline.ahead import LONGEST
from takevoice.pipeline.replanning import Replanning
from takevoice.pipeline.segments import Stop


@pytest.fixture
def free(folder: Path, tmp_path: Path) -> Iterator[Line]:
    """The way of a take with a backend that costs nothing."""
    made = Line(folder, tmp_path / "state", paid=False)
    made.set('[defaults]\nlevel = "off"\n')
    yield made
    made.close()


def turned(result: Path, take: Path) -> bool:
    """Return True when the result is the take as the backend returns it."""
    was, now = soundfile.read(take)[0], soundfile.read(result)[0]
    return len(was) == len(now) and bool(np.abs(now - was * 0.5).max() < 1e-5)


def details(line: Line) -> list[str]:
    (job,) = line.ledger.jobs.select()
    return [change.detail for change in line.ledger.jobs.history(job.id) if change.detail]


def test_a_take_is_converted_while_it_settles_and_that_answer_is_used(
    free: Line, caplog: pytest.LogCaptureFixture
) -> None:
    take = make_take(free.folder / "take.wav", 0.5)
    with caplog.at_level(logging.INFO):
        (job,) = free.do_ahead(take)
        assert free.backend.sent == ["take.wav ada"]
        assert free.states() == {"take.wav": "settling"}
        assert caplog.text == ""
        assert sorted(os.listdir(free.folder)) == ["take.wav"]
        free.settle(job)
    assert free.states() == {"take.wav": "done"}
    assert free.backend.sent == ["take.wav ada"]
    assert turned(free.folder / "take.ada.wav", take)
    assert details(free) == ["it was converted while its file settled"]
    assert "take.wav: 0.5 s, converted to ada with fake while it settled (job 1)" in caplog.text
    assert not free.work.job_ids()


def test_a_take_that_changed_unseen_is_converted_as_it_is_in_the_end(free: Line) -> None:
    """Same size, same time, same inode: as where times have steps of two seconds, or a program puts them back."""
    take = make_take(free.folder / "take.wav", 0.5)
    (job,) = free.do_ahead(take)
    status, other = take.stat(), make_take(free.folder.parent / "other.wav", 0.5, seed=1).read_bytes()
    with take.open("r+b") as file:
        file.write(other)
    os.utime(take, ns=(status.st_atime_ns, status.st_mtime_ns))
    free.settle(job)
    assert free.backend.sent == ["take.wav ada", "take.wav ada"]
    assert turned(free.folder / "take.ada.wav", take)


@pytest.mark.parametrize("config", ['[defaults]\nvoice = "bea"\n', "[tracks.take]\nseed = 7\n"])
def test_settings_that_change_meanwhile_count(free: Line, config: str) -> None:
    take = make_take(free.folder / "take.wav", 0.5)
    (job,) = free.do_ahead(take)
    free.set(config)
    free.settle(job)
    assert len(free.backend.sent) == 2
    assert free.states() == {"take.wav": "done"}
    assert (free.folder / ("take.bea.wav" if "bea" in config else "take.ada.wav")).exists()


def test_other_channels_that_are_wanted_meanwhile_count(free: Line) -> None:
    """The backend is asked for the same, but of something else."""
    first, second = (buzz(0.5, seed=seed) for seed in (1, 2))
    take = free.folder / "take.wav"
    soundfile.write(take, np.hstack([first, second]), 48_000, "PCM_24")
    free.set('[defaults]\nchannels = 1\nlevel = "off"\n')
    (job,) = free.do_ahead(take)
    free.set('[defaults]\nchannels = "each"\nlevel = "off"\n')
    free.settle(job)
    assert len(free.backend.sent) == 3
    assert turned(free.folder / "take.ada.wav", take)


def test_a_changed_config_reaches_a_take_that_was_converted_ahead(free: Line) -> None:
    (job,) = free.do_ahead(make_take(free.folder / "take.wav", 0.5))
    free.intake.take_up(job)
    free.set('[defaults]\nvoice = "bea"\n')
    assert len(Replanning(free.ledger, free.planner, free.work, "daemon").run()) == 1
    free.work_off()
    assert free.backend.sent == ["take.wav ada", "take.wav bea"]
    assert (free.folder / "take.bea.wav").exists()


def test_a_paid_backend_is_sent_nothing_before_the_take_has_settled(line: Line) -> None:
    (job,) = line.do_ahead(make_take(line.folder / "take.wav", 0.5))
    assert line.backend.sent == []
    assert not line.work.job_ids()
    line.settle(job)
    assert line.backend.sent == ["take.wav ada"]
    assert line.states() == {"take.wav": "done"}


def test_what_is_skipped_or_held_in_the_end_is_not_converted_ahead(free: Line) -> None:
    take = make_take(free.folder / "take.wav", 0.5)
    free.drop(take)
    free.work_off()
    (free.folder / "take.ada.wav").rename(free.folder / "renamed.wav")
    free.set('[defaults]\nlevel = "off"\n[tracks.off]\nenabled = false\n')
    off = make_take(free.folder / "off.wav", 0.5, seed=1)
    long = make_take(free.folder / "long.wav", LONGEST + 1, 8000, subtype="PCM_16")
    free.backend.sent.clear()
    free.do_ahead(take, free.folder / "renamed.wav", off, long)
    assert free.backend.sent == []
    free.holds.on_root_seen(free.folder, "disk:1", {})
    free.holds.on_root_seen(free.folder, "disk:2", {str(off): job.version for job in free.find(off) if job.version})
    free.set("")
    free.do_ahead(off)
    assert free.backend.sent == []


class Chooser:
    """A plugin that decides about files that are finished."""

    seen = 0

    @hookimpl
    def accept_file(self, path: Path) -> bool:
        self.seen += 1
        return True


def test_plugins_are_asked_about_finished_files_only(free: Line) -> None:
    chooser = Chooser()
    free.plugins.register("chooser", chooser, "tests")
    (job,) = free.do_ahead(make_take(free.folder / "take.wav", 0.5))
    assert (chooser.seen, free.backend.sent) == (0, [])
    free.settle(job)
    assert (chooser.seen, free.states()) == (1, {"take.wav": "done"})


def test_of_two_takes_with_the_same_audio_one_is_converted(free: Line) -> None:
    first, second = free.do_ahead(*(make_take(free.folder / f"{name}.wav", 0.5) for name in "ab"))
    assert free.backend.sent == ["a.wav ada"]
    free.settle(first)
    free.settle(second)
    assert free.backend.sent == ["a.wav ada"]
    assert free.states() == {"a.wav": "done", "b.wav": "done"}


def test_an_error_ahead_is_not_reported_and_the_take_is_tried_when_it_has_settled(
    free: Line, caplog: pytest.LogCaptureFixture
) -> None:
    free.backend.errors = [BackendError("the engine has a bad day")]
    with caplog.at_level(logging.INFO):
        (job,) = free.do_ahead(make_take(free.folder / "take.wav", 0.5))
    assert caplog.text == ""
    assert not free.work.job_ids()
    free.settle(job)
    assert free.backend.sent == ["take.wav ada", "take.wav ada"]
    assert free.states() == {"take.wav": "done"}


def test_what_is_no_audio_yet_is_not_reported(free: Line, caplog: pytest.LogCaptureFixture) -> None:
    take = free.folder / "take.wav"
    take.write_bytes(b"RIFF")
    with caplog.at_level(logging.INFO):
        (job,) = free.do_ahead(take)
    assert caplog.text == ""
    assert free.states() == {"take.wav": "settling"}
    make_take(take, 0.5)
    free.settle(job)
    assert free.states() == {"take.wav": "done"}


def test_what_was_done_ahead_can_be_thrown_away(free: Line) -> None:
    take = make_take(free.folder / "take.wav", 0.5)
    (job,) = free.do_ahead(take)
    assert free.work.job_ids() == [job.id]
    free.ahead.discard(job.id)
    assert not free.work.job_ids()
    free.settle(job)
    free.ahead.discard(job.id)
    assert free.states() == {"take.wav": "done"}
    assert len(free.backend.sent) == 2


def test_work_ahead_stops_at_once_and_leaves_nothing(free: Line) -> None:
    (job,) = free.find(make_take(free.folder / "take.wav", 0.5))
    assert free.ahead.run(job, Stop(before_next=lambda: True, while_waiting=lambda: True)) is False
    assert free.ahead.run(job, Stop(before_next=lambda: False, while_waiting=lambda: True)) is False
    assert not free.work.job_ids()


def test_a_crash_leaves_nothing_that_counts(free: Line) -> None:
    """The jobs of files that had not settled are found again, and get other numbers."""
    take = make_take(free.folder / "take.wav", 0.5)
    free.do_ahead(take)
    assert free.recovery.run("daemon") == []
    assert not free.work.job_ids()
    assert not (free.state / "work" / "unclaimed").exists()
    free.drop(take)
    free.work_off()
    assert [job.state for job in free.ledger.jobs.select()] == [State.DONE]
