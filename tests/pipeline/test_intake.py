"""What becomes of a dropped and of a requested file; and that everybody gives the same answer."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.line import GO_ON, Line
from support import buzz, make_take
from takevoice.errors import BackendError
from takevoice.jobs import Disposition, State
from takevoice.pipeline import decisions
from takevoice.pipeline.assessment import Skipped, ToConvert
from takevoice.pipeline.intake import FileChanged, RetryLater


class NoCredits(BackendError):
    code = "quota_exceeded"
    blocks = True


def dispositions(line: Line) -> list[Disposition]:
    return [withdrawal.disposition for withdrawal in line.withdrawn]


def test_a_dropped_take_goes_all_the_way(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 2.0)
    line.drop(take)
    line.work_off()
    job = line.job
    assert (job.state, job.output) == (State.DONE, line.folder / "take.ada.wav")
    assert [change.state for change in line.ledger.jobs.history(job.id)] == [
        "found", "settling", "queued", "converting", "restoring", "done",
    ]  # fmt: skip
    assert line.ledger.charges.credits_of(job.id) == 2.0
    assert [path.name for path in (line.state / "work").iterdir()] == ["answers"]


def test_a_result_is_never_taken_up(line: Line) -> None:
    line.drop(make_take(line.folder / "take.wav"))
    line.work_off()
    result = line.folder / "take.ada.wav"
    renamed = Path(shutil.copy(result, line.folder / "renamed.wav"))
    assert line.drop(result, renamed) == [None, None]
    assert dispositions(line) == [Disposition.OWN_RESULT] * 2
    assert line.ledger.files.known(renamed).disposition is Disposition.OWN_RESULT  # type: ignore[union-attr]


def test_the_same_take_is_not_converted_twice_also_without_a_ledger(line: Line, tmp_path: Path) -> None:
    take = make_take(line.folder / "take.wav")
    line.drop(take)
    line.work_off()
    line.drop(take)
    assert dispositions(line) == [Disposition.ALREADY_CONVERTED]
    assert line.withdrawn[0].instead == line.job
    fresh = Line(line.folder, tmp_path / "another state")
    assert fresh.drop(take) == [None]
    assert "take.ada.wav" in fresh.withdrawn[0].why
    fresh.close()


def test_a_track_that_is_not_enabled_is_left_to_the_editor(line: Line) -> None:
    line.set("[tracks.take]\nenabled = false\n")
    take = make_take(line.folder / "take.wav")
    assert line.drop(take) == [None]
    assert dispositions(line) == [Disposition.REJECTED]
    job = line.ask(take)  # who asks for it gets it
    assert job is not None
    assert job.state is State.QUEUED


def test_what_was_set_over_osc_holds_for_every_answer(line: Line) -> None:
    take = make_take(line.folder / "take.wav")
    line.ledger.tracks.set("take", "enabled", False)
    forecast = line.assessor.forecast(take)
    assert isinstance(forecast, Skipped)
    assert forecast.why == "the track take is not enabled"
    assert line.drop(take) == [None]
    line.ledger.tracks.set("take", "enabled", None)
    line.ledger.tracks.set("take", "channels", "each")
    stereo = make_take(line.folder / "take.wav", 2.0, channels=2)
    forecast = line.assessor.forecast(stereo)
    assert isinstance(forecast, ToConvert)
    assert forecast.draft.credits == 4.0


def test_a_request_with_the_same_result_is_answered_by_it(line: Line) -> None:
    take = make_take(line.folder / "take.wav")
    line.ask(take)
    line.work_off()
    assert line.ask(take) is None
    assert line.withdrawn[0].instead == line.job
    assert line.ask(take, overrides={"voice": "bea"}) is not None
    assert line.ask(take, force=True) is not None
    (line.folder / "take.ada.wav").unlink()
    assert line.ask(take) is not None


@pytest.mark.parametrize("asked", [False, True])
def test_a_broken_file_fails_with_its_code(line: Line, asked: bool) -> None:
    broken = line.folder / "broken.wav"
    broken.write_bytes(b"RIFF and nothing else")
    job = line.ask(broken) if asked else line.drop(broken)[0]
    assert job is not None
    assert (job.state, job.error_code) == (State.FAILED, "not_audio")


def test_a_file_that_is_written_again_while_it_is_read_settles_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = make_take(line.folder / "take.wav")
    complete = line.planner.complete

    def slowly(draft: object) -> object:
        make_take(take, 1.2, seed=3)
        return complete(draft)  # type: ignore[arg-type]

    monkeypatch.setattr(line.planner, "complete", slowly)
    with pytest.raises(FileChanged):
        line.drop(take)


def test_a_backend_that_rejects_everything_makes_takes_wait(line: Line) -> None:
    line.backend.errors = [NoCredits("out of credits")]
    line.drop(make_take(line.folder / "a.wav"), make_take(line.folder / "b.wav", seed=1))
    line.work_off()
    assert line.states() == {"a.wav": "queued", "b.wav": "queued"}
    assert line.backend.sent == ["a.wav ada"]
    assert line.breaker.open_backends() == ["fake"]
    line.now += 61  # half open: it is tried again
    line.work_off()
    assert line.states() == {"a.wav": "done", "b.wav": "done"}
    assert line.breaker.open_backends() == []


def test_the_voices_of_a_backend_that_rejects_everything_are_asked_for_later(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def voices(name: str) -> object:
        raise NoCredits("out of credits")

    monkeypatch.setattr(line.plugins, "voices", voices)
    with pytest.raises(RetryLater) as caught:
        line.drop(make_take(line.folder / "take.wav"))
    assert isinstance(caught.value.__cause__, NoCredits)
    assert line.breaker.open_backends() == ["fake"]


# A job that an older version queued, before some setting existed.


def test_a_job_without_a_setting_that_came_later_is_finished(line: Line) -> None:
    line.drop(make_take(line.folder / "take.wav"))
    with sqlite3.connect(line.state / "ledger.sqlite3") as connection:
        connection.execute(
            "UPDATE jobs SET settings = json_remove(settings, '$.room_tone', '$.dither', '$.true_peak'), options = ''"
        )
    connection.close()
    line.work_off()
    assert line.states() == {"take.wav": "done"}


def test_options_that_an_older_version_kept_among_the_settings_are_found(line: Line, tmp_path: Path) -> None:
    take = make_take(line.folder / "take.wav")
    line.ask(take, track="Guard", overrides={"voice": "bea"}, output=tmp_path / "hero.wav", start="480")
    with sqlite3.connect(line.state / "ledger.sqlite3") as connection:
        connection.execute(
            """UPDATE jobs SET options = '', settings = json_set(settings, '$.wish_track', 'Guard',
            '$.wish_overrides', json('{"voice": "bea"}'), '$.out', ?, '$.start', '480',
            '$.released', json('["not_alike"]'), '$.afresh', json('true'))""",
            (str(tmp_path / "hero.wav"),),
        )
    connection.close()
    options = line.job.options
    assert (options.track, options.overrides, options.start) == ("Guard", {"voice": "bea"}, "480")
    assert options.output == tmp_path / "hero.wav"
    assert options.discard_received
    assert [(a.reason.code, a.answer_key) for a in options.approvals] == [("not_alike", None)]
    line.work_off()
    assert (tmp_path / "hero.wav").exists()


def test_the_answer_to_a_mix_is_not_taken_for_that_to_a_channel(line: Line, tmp_path: Path) -> None:
    """The result of the mix could not be written; then each channel is wanted by itself."""
    left, right = (buzz(1.0, 48_000, f0=f0, seed=n) for n, f0 in enumerate((110.0, 170.0)))
    take = line.folder / "take.wav"
    soundfile.write(take, np.hstack([left, right]), 48_000, "PCM_24")
    line.set('[defaults]\nchannels = "mix"\n')
    disk = tmp_path / "disk"
    disk.mkdir()
    line.ask(take, output=disk / "hero.wav")
    queued = line.ledger.jobs.claim("daemon", not_for=())
    assert queued is not None
    converted = line.step(queued, lambda job: line.conversion.run(job, GO_ON))
    assert converted is not None
    disk.rmdir()  # unplugged while the take was converted
    line.step(converted, line.restoration.run)
    assert (line.job.state, len(line.backend.sent)) == (State.FAILED, 1)
    line.set('[defaults]\nchannels = "each"\n')
    disk.mkdir()
    decisions.retry(line.ledger, 1)
    line.work_off()
    assert line.job.state is State.DONE
    assert len(line.backend.sent) == 3
