"""Every step with a file is refused, once and ten times, as by a scanner: the take is done, and paid for once."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from habits.busy import FileSteps
from habits.windows_names import as_windows
from pipeline.line import Line
from support import make_take
from takevoice.audio.tape import Tape
from takevoice.pipeline import decisions
from takevoice.system import place

FORMATS = ("wav", pytest.param("flac", marks=pytest.mark.process))


def converted(folder: Path, state: Path, suffix: str, refuse: tuple[str, int] = ("", 0)) -> tuple[Line, FileSteps]:
    """One take on its way, with a step refused; the way of files is that of Windows."""
    with pytest.MonkeyPatch.context() as patch:
        as_windows(patch)
        line = Line(folder, state)
        steps = FileSteps(patch, folder, state)
        take = folder / f"take.{suffix}"
        steps.refuse(*refuse)
        line.drop(take)
        line.work_off()
    return line, steps


def steps_of(tmp_path: Path, suffix: str) -> list[str]:
    """The steps of a conversion that nothing disturbs."""
    folder = tmp_path / "undisturbed"
    folder.mkdir()
    make_take(folder / f"take.{suffix}", 0.25)
    line, steps = converted(folder, tmp_path / "undisturbed-state", suffix)
    line.close()
    # SQLite retries by itself, and the backend for tests reads its segment as it likes.
    return [step for step in steps.seen if "ledger" not in step and "sound piece" not in step]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("times", [1, 10])
def test_a_file_that_is_held_for_a_moment_costs_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, times: int
) -> None:
    monkeypatch.setattr(place, "PAUSES", (0.001,))
    steps = steps_of(tmp_path, suffix)
    assert len(steps) >= 10, steps
    assert {step.split()[0] for step in steps} >= {"replace", "rename", "unlink", "open", "sound"}
    for number, step in enumerate(steps):
        folder = tmp_path / f"Exports{number}"
        folder.mkdir()
        original = make_take(folder / f"take.{suffix}", 0.25)
        before = original.read_bytes()
        line, seen = converted(folder, tmp_path / f"state{number}", suffix, (step, times))
        assert seen.refused == times, step
        assert line.states() == {f"take.{suffix}": "done"}, (step, line.job.error)
        assert line.backend.sent == [f"take.{suffix} ada"], step
        assert sorted(path.name for path in folder.iterdir()) == [f"take.ada.{suffix}", f"take.{suffix}"], step
        assert soundfile.info(folder / f"take.ada.{suffix}").frames == 12_000
        assert original.read_bytes() == before
        line.close()


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_that_is_held_for_long_costs_a_retry_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """Whichever step fails for good: when the file is free again, `retry` finishes the take, and nothing is sent twice."""
    monkeypatch.setattr(place, "PAUSES", (0.001,))
    for number, step in enumerate(steps_of(tmp_path, suffix)):
        folder = tmp_path / f"Exports{number}"
        folder.mkdir()
        make_take(folder / f"take.{suffix}", 0.25)
        with monkeypatch.context() as short:
            short.setattr(place, "PATIENCE", 0.01)
            line, _ = converted(folder, tmp_path / f"state{number}", suffix, (step, 1000))
        if line.states() != {f"take.{suffix}": "done"}:
            assert re.search("being used by another process|another program", line.job.error), (step, line.job.error)
            # Where not even a trial can be written, the take is held before anything is sent.
            assert (line.job.state, line.job.error_code) in (("failed", "storage"), ("held", "not_writable")), step
            go_on = decisions.retry if line.job.state == "failed" else decisions.release
            go_on(line.ledger, line.job.id)
            line.work_off()
        assert line.states() == {f"take.{suffix}": "done"}, (step, line.job.error)
        assert line.backend.sent == [f"take.{suffix} ada"], step
        assert (folder / f"take.ada.{suffix}").exists()
        line.close()


def test_an_answer_is_kept_where_nothing_can_be_renamed_or_made_any_more(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the moment on in which the take is sent, the state dir refuses every step: it was made immutable, say."""
    make_take(folder / "take.wav", 0.25)
    line = Line(folder, tmp_path / "state")
    with monkeypatch.context() as patch:
        patch.setattr(place, "PATIENCE", 0.01)
        steps = FileSteps(patch, tmp_path / "state")
        send = line.backend._chunks

        def sent(*what: Any) -> Iterator[bytes]:
            chunks = list(send(*what))
            steps.refuse("*", 1000)
            return iter(chunks)

        patch.setattr(line.backend, "_chunks", sent)
        line.drop(folder / "take.wav")
        line.work_off()
        assert steps.refused
        assert line.job.state == "failed", line.job.error
    decisions.retry(line.ledger, line.job.id)
    line.work_off()
    assert line.states() == {"take.wav": "done"}, line.job.error
    assert line.backend.sent == ["take.wav ada"]
    line.close()


def test_a_full_disk_while_the_take_is_restored_is_one_clear_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_take(folder / "take.wav", 0.25)
    line = Line(folder, tmp_path / "state")
    with monkeypatch.context() as patch:

        def full(tape: Tape, block: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as for an answer that memory is too small for

        patch.setattr(Tape, "append", full)
        line.drop(folder / "take.wav")
        line.work_off()
    assert (line.job.state, line.job.error_code) == ("failed", "storage")
    assert "then `takevoice retry` the job" in line.job.error
    decisions.retry(line.ledger, line.job.id)
    line.work_off()
    assert line.states() == {"take.wav": "done"}
    assert line.backend.sent == ["take.wav ada"]
    line.close()
