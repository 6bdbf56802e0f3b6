"""What a person decides about takes that were paid for once: taken back, tried again, released, rendered again."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.paid import Shop, results
from support import make_take, wait_for


@pytest.mark.parametrize("way", ["undo", "by hand"])
@pytest.mark.parametrize("named", ["by number", "by its take"])
def test_a_result_that_was_taken_back_is_made_again_from_what_was_paid_for(shop: Shop, folder: Path, way: str, named: str) -> None:
    take = make_take(folder / "take.wav")
    shop("convert", take)
    before = (folder / "take.ada.wav").read_bytes()
    if way == "undo":
        shop("undo", "--yes", 1)
    else:
        (folder / "take.ada.wav").unlink()
    assert "its result is not there any more" in (shown := shop("jobs", 1).stdout)
    assert "results:" not in shown
    said = shop("retry", 1 if named == "by number" else take).stdout
    assert said == "job 1 starts again (try 2): free: the answer that is kept is used\n"
    shop("run", "--once", folder)
    assert (folder / "take.ada.wav").read_bytes() == before
    assert results(folder) == ["take.ada.wav"]
    assert shop.sent == ["take.wav"]


def test_a_retry_of_a_take_whose_result_is_there_is_another_one_and_is_paid_for(shop: Shop, folder: Path) -> None:
    shop("convert", make_take(folder / "take.wav"))
    assert "free" not in shop("retry", 1).stdout
    shop("run", "--once", folder)
    assert results(folder) == ["take.ada.2.wav", "take.ada.wav"]
    assert shop.sent == ["take.wav"] * 2


def test_the_result_of_candidates_that_was_taken_back_is_their_pick_again(shop: Shop, folder: Path) -> None:
    take = make_take(folder / "take.wav")
    shop("convert", take, "--candidates", 2)
    sent = len(shop.sent)
    shop("undo", "--yes", 1)
    assert results(folder) == []
    shop("retry", 1)
    shop("run", "--once", folder)
    assert results(folder) == ["take.ada.wav"]
    assert len(shop.sent) == sent


def test_to_release_a_folder_pays_nothing_twice(shop: Shop, folder: Path) -> None:
    """A take that may be paid for already is released by its number, or as a file."""
    (shop.here / "lose").touch()
    doubtful = make_take(folder / "doubtful.wav")
    shop("convert", doubtful, check=1)
    (shop.here / "lose").unlink()
    shop.money("per_day = 1")
    make_take(folder / "dear.wav", 3.0, seed=1)
    shop("run", "--once", "--existing", folder, check=None)
    assert shop.states() == {"doubtful.wav": "held", "dear.wav": "held"}
    said = shop("release", folder).stdout
    assert said.splitlines() == [
        "1 take stays held, as it may be paid for already: doubtful.wav; `takevoice release 1` sends it again, "
        "`takevoice drop 1` leaves it unconverted",
        "1 job released: at most about 3 credits with paid",
    ]
    shop("run", "--once", folder, check=None)
    assert shop.sent == ["doubtful.wav", "dear.wav"]
    assert "1 job released" in shop("release", doubtful).stdout


@pytest.mark.process
@pytest.mark.parametrize("moment", ["while it waits", "while it is sent"])
def test_a_take_that_is_rendered_again_before_it_is_done_needs_nobody(shop: Shop, folder: Path, moment: str) -> None:
    (shop.here / "gate").unlink()
    with shop.daemon(folder, "--osc-port", 0) as daemon:
        make_take(folder / "first.wav")
        wait_for(lambda: shop.sent == ["first.wav"])
        name = "first.wav"
        if moment == "while it waits":
            name = "second.wav"
            make_take(folder / name, seed=1)
            wait_for(lambda: shop.states().get(name) == "queued")
        make_take(folder / name, 1.5, seed=2)
        wait_for(lambda: len(shop.jobs(folder / name)) == 2)
        (shop.here / "gate").touch()
        wait_for(lambda: sorted(job["state"] for job in shop.jobs(folder / name)) == ["cancelled", "done"])
        assert "rendered again before it was converted; the new version has a job of its own" in shop("jobs").stdout
        assert "failed" not in shop("status").stdout
        assert shop("retry", "--failed").stdout == "nothing has failed\n"
    assert "error" not in daemon.log()
    assert shop.sent == ["first.wav", name]


@pytest.mark.process
def test_resume_tries_a_backend_at_once_that_was_refused(shop: Shop, folder: Path) -> None:
    """From another process, and though nothing was paused."""
    (shop.here / "refuse").touch()
    with shop.daemon(folder, "--osc-port", 0):
        make_take(folder / "take.wav")
        wait_for(lambda: shop.sent == ["take.wav"] and shop.states() == {"take.wav": "queued"})
        (shop.here / "refuse").unlink()
        shop("resume")
        wait_for(lambda: shop.states() == {"take.wav": "done"}, 15)
