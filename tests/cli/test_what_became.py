"""What became of a take: `explain` says it for one, and for those of a folder that have no result."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.some_jobs import add
from support import FAST, Command, make_take
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions


@pytest.fixture
def ledger(gated: Command) -> Iterator[Ledger]:
    made = Ledger(gated.state / "ledger.sqlite3")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("state", "said", "helps"),
    [
        (State.HELD, "1, held since 20", "`takevoice release 1` converts it, `takevoice drop 1` leaves"),
        (State.FAILED, "1, failed since 20", "`takevoice retry 1` starts it again"),
        (State.QUEUED, "1, queued since 20", "takevoice is not running: `takevoice run` continues"),
    ],
)
def test_explain_says_what_became_of_a_take(
    gated: Command, ledger: Ledger, folder: Path, state: State, said: str, helps: str
) -> None:
    add(ledger, folder / "take.wav", state, "first_look" if state is State.HELD else "storage")
    text = gated("explain", folder / "take.wav").stdout
    assert said in text
    assert helps in text
    assert state is State.QUEUED or ": why\n" in text


def test_explain_says_why_a_take_was_dropped_or_forgotten(gated: Command, ledger: Ledger, folder: Path) -> None:
    take = folder / "take.wav"
    add(ledger, take, State.HELD, "first_look")
    gated("drop", take)
    text = gated("explain", take).stdout
    assert "1, cancelled since 20" in text
    assert ": by a person; why\n" in text
    assert "`takevoice retry 1` converts it\n" in text
    gated("forget", "1")
    text = gated("explain", take).stdout
    assert "it was forgotten: it is not converted by itself" in text
    assert f'`takevoice convert "{take}"` converts it' in text


def test_explain_names_the_results_of_a_take(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.2)
    assert "since 20" not in gated("explain", take).stdout
    for voice in ("ada", "bea"):
        gated("convert", take, "--voice", voice)
    text = gated("explain", take).stdout
    assert f"result   {folder / 'take.bea.wav'} (job 2)\n           {folder / 'take.ada.wav'} (job 1)\n" in text
    told = json.loads(gated("explain", take, "--json").stdout)["status"]
    assert told["job"]["state"] == "done"
    assert [each["job"] for each in told["results"]] == [2, 1]
    for voice in ("ada", "bea"):
        (folder / f"take.{voice}.wav").unlink()
    text = gated("explain", take).stdout
    assert "its result is not there any more" in text
    assert f'`takevoice convert "{take}"` makes it again' in text
    gated("convert", take)
    assert (folder / "take.ada.wav").exists()


def test_explain_of_a_take_that_cannot_be_read_says_what_became_of_it_first(
    gated: Command, ledger: Ledger, folder: Path
) -> None:
    add(ledger, folder / "take.wav", State.FAILED)
    (folder / "take.wav").write_text("no audio")
    done = gated("explain", folder / "take.wav", check=1)
    assert "1, failed since" in done.stdout
    assert "the take was written again since" in done.stdout
    (folder / "take.wav").unlink()
    done = gated("explain", folder / "take.wav", check=1)
    assert "1, failed since" in done.stdout
    assert "there is no such file" in done.stderr


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_explain_of_a_video_says_that_the_folder_skips_it(gated: Command, folder: Path) -> None:
    from cli.test_other_media import encode

    video = encode(folder / "scene.mkv")
    gated.config(f"[[watch]]\nfolder = '{folder}'\n")
    assert "skipped: a video: `takevoice convert` converts it, videos = true" in gated("explain", video).stdout
    gated.config(f"[[watch]]\nfolder = '{folder}'\nvideos = true\n")
    assert "skipped" not in gated("explain", video).stdout


def test_a_folder_lists_its_takes_without_a_result(gated: Command, ledger: Ledger, folder: Path) -> None:
    for name, state in (("held", State.HELD), ("failed", State.FAILED), ("dropped", State.HELD), ("gone", State.HELD)):
        add(ledger, folder / f"{name}.wav", state)
    for job in (3, 4):
        decisions.drop(ledger, job)
    decisions.forget(ledger, 4)
    make_take(folder / "done.wav", 0.2)
    gated("convert", folder / "done.wav")
    make_take(folder / "new.wav", 0.2)
    text = gated("explain", folder).stdout
    assert "  4 takes were seen and have no result:\n" in text
    assert "    dropped.wav  cancelled, job 3: by a person; why; `takevoice retry 3` converts it\n" in text
    assert "    failed.wav  failed, job 2: why; `takevoice retry 2` starts it again\n" in text
    assert "    gone.wav  it was forgotten: it is not converted by itself; `takevoice convert" in text
    assert "done." not in text
    assert "new.wav" not in text
    told = json.loads(gated("explain", folder, "--json").stdout)
    assert [Path(each["path"]).name for each in told["without_result"]] == ["dropped.wav", "failed.wav", "gone.wav", "held.wav"]


def test_a_folder_lists_what_is_skipped_by_its_name_or_track(gated: Command, folder: Path) -> None:
    gated.config(f"{FAST}\n[[watch]]\nfolder = '{folder}'\n[tracks.Off]\nenabled = false\n")
    for name in ("Off.wav", ".hidden.wav", "._Off.wav"):
        make_take(folder / name, 0.2)
    gated("run", "--once", "--existing", "--osc-port", "0")
    text = gated("explain", folder).stdout
    assert "  2 files are skipped:\n" in text and "._Off" not in text
    assert "    Off.wav  the track Off is not enabled\n" in text and "    .hidden.wav  its name is hidden" in text
