"""Paid requests where several things go wrong at once: nothing is sent again without a person, no cancel and no answer is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from daemon.paid import Shop, results
from support import BACKENDS, make_take, wait_for

pytestmark = pytest.mark.process

resource = pytest.importorskip("resource", reason="measures with POSIX means")


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """The same, where nothing is held for having been there before."""
    shop.money("first_look = false")
    return shop


@pytest.fixture
def segments(shop: Shop) -> Shop:
    """Another paid backend: it takes four seconds at most, and two requests at once."""
    shop.plugin(BACKENDS / "segments.py")
    shop.config(
        'backend = "segments"\nconversions = 2\nscan = 0.5\n[settle]\nquiet = 0.2\n[money]\nfirst_look = false\n'
        f"[plugins.segments]\nhere = '{shop.here}'\npaid = true\n"
    )
    return shop


def test_an_unknown_outcome_beside_a_refusal_is_held(segments: Shop, folder: Path) -> None:
    for what in ("refuse", "lose"):
        (segments.here / what).touch()
    with segments.daemon(folder):
        make_take(folder / "long.wav", 7.0)
        wait_for(lambda: segments.states() == {"long.wav": "held"})
        for what in ("refuse", "lose"):
            (segments.here / what).unlink()
        make_take(folder / "other.wav", 1.0, seed=1)
        wait_for(lambda: segments.states().get("other.wav") == "done")
        before = list(segments.sent)
        segments("release", "1")
        wait_for(lambda: segments.states()["long.wav"] == "done")
    doubtful = [name for name in before if name != "0-0-" and before.count(name) > 1]
    assert doubtful == []


def test_what_was_paid_for_survives_a_drop(segments: Shop, folder: Path) -> None:
    """One segment is there, one in doubt: dropped, started again, only the one in doubt is sent again."""
    (segments.here / "lose").touch()
    make_take(folder / "long.wav", 7.0)
    segments("run", "--once", folder, check=1)
    assert segments.states() == {"long.wav": "held"}
    segments("drop", "1")
    segments("run", "--once", folder)
    (segments.here / "lose").unlink()
    segments("retry", "1")
    segments("run", "--once", folder)
    assert segments.states() == {"long.wav": "done"}
    counts = sorted(segments.sent.count(name) for name in set(segments.sent))
    assert counts == [1, 2]


def test_a_touched_or_copied_take_is_not_sent_again(shop: Shop, folder: Path) -> None:
    (shop.here / "lose").touch()
    with shop.daemon(folder):
        take = make_take(folder / "take.wav")
        wait_for(lambda: shop.states() == {"take.wav": "held"})
        (shop.here / "lose").unlink()
        os.utime(take)
        (folder / "copy.wav").write_bytes(take.read_bytes())
        wait_for(lambda: len(shop.jobs()) == 3 and {job["state"] for job in shop.jobs()} == {"held"})
        assert shop.sent == ["take.wav"]
        (copy,) = [job for job in shop.jobs() if job["path"].endswith("copy.wav")]
        assert "was sent before, as job 1" in copy["error"]["text"]
        shop("release", str(copy["id"]))
        wait_for((folder / "copy.ada.wav").exists)


def test_a_cancel_is_not_lost_when_the_backend_closes(shop: Shop, folder: Path) -> None:
    """It refuses while the cancel is on its way."""
    (shop.here / "refuse").touch()
    (shop.here / "gate").unlink()
    with shop.daemon(folder):
        make_take(folder / "take.wav")
        wait_for(lambda: shop.sent == ["take.wav"])
        shop("cancel", "1")
        (shop.here / "gate").touch()
        wait_for(lambda: shop.states() == {"take.wav": "cancelled"})


@pytest.mark.parametrize("again", ["retry", "convert", "copy"])
def test_an_answer_that_comes_after_a_cancel_is_kept(shop: Shop, folder: Path, again: str) -> None:
    """The request cannot be called back, and is paid for: whoever wants the same take later gets its answer."""
    (shop.here / "gate").unlink()
    with shop.daemon(folder):
        take = make_take(folder / "take.wav")
        wait_for(lambda: shop.sent == ["take.wav"])
        assert "asked to stop" in shop("cancel", "1").stdout
        make_take(folder / "later.wav", seed=1)
        wait_for(lambda: shop.states().get("later.wav") == "queued")  # the daemon has seen the cancel by then
        (shop.here / "gate").touch()
        wait_for(lambda: shop.states() == {"take.wav": "cancelled", "later.wav": "done"})
        assert results(folder) == ["later.ada.wav"]
        if again == "copy":
            (folder / "copy.wav").write_bytes(take.read_bytes())
        else:
            shop(again, "1" if again == "retry" else take)
        wait_for(lambda: len(results(folder)) == 2)
    assert shop.sent == ["take.wav", "later.wav"]


def test_a_take_that_was_dropped_in_doubt_is_not_sent_again_by_itself(shop: Shop, folder: Path) -> None:
    (shop.here / "lose").touch()
    with shop.daemon(folder):
        take = make_take(folder / "take.wav")
        wait_for(lambda: shop.states() == {"take.wav": "held"})
        shop("drop", "1")
        (shop.here / "lose").unlink()
        (folder / "copy.wav").write_bytes(take.read_bytes())
        wait_for(lambda: shop.states() == {"take.wav": "cancelled", "copy.wav": "held"})
        (copy,) = [job for job in shop.jobs() if job["state"] == "held"]
        assert "was sent before, as job 1, which was dropped" in copy["error"]["text"]
        shop("convert", take, check=1)
        assert shop.sent == ["take.wav"]
        shop("release", str(copy["id"]))
        wait_for((folder / "copy.ada.wav").exists)
    assert shop.sent == ["take.wav", "copy.wav"]


def test_held_takes_that_are_rendered_again_come_once(shop: Shop, folder: Path) -> None:
    shop.money("first_look = false\nmany = 2")
    with shop.daemon(folder):
        for attempt in range(2):
            for n in range(4):
                make_take(folder / f"{n}.wav", 0.5, seed=10 * attempt + n)
            wait_for(lambda count=4 * (attempt + 1): len(shop.jobs()) == count)
            wait_for(lambda: list(shop.states().values()) == ["held"] * 4)
        assert shop("release", folder).stdout == "4 jobs released: at most about 2 credits with paid\n"
        wait_for(lambda: len(results(folder)) == 4)
        wait_for(lambda: not [job for job in shop.jobs() if job["state"] not in ("done", "cancelled")])
    assert len(results(folder)) == 4
    assert len(shop.sent) == 4


def test_what_was_reserved_is_free_again_after_a_cancel(shop: Shop, folder: Path) -> None:
    shop.money("first_look = false\nper_day = 5")
    (shop.here / "refuse").touch()
    with shop.daemon(folder):
        make_take(folder / "a.wav", 4.0)
        wait_for(lambda: shop.states() == {"a.wav": "queued"} and shop.sent == ["a.wav"])
        shop("cancel", "1")
        (shop.here / "refuse").unlink()
        make_take(folder / "b.wav", 4.0, seed=1)
        shop.money("first_look = false\nper_day = 5.0")  # a changed config tries at once
        wait_for(lambda: shop.states().get("b.wav") == "done")


def test_an_answer_that_cannot_be_stored_is_held(shop: Shop, folder: Path) -> None:
    """The folder for it is taken away: it may be paid for, and is not lost among the failures."""
    (shop.here / "gate").unlink()
    with shop.daemon(folder):
        make_take(folder / "take.wav")
        wait_for(lambda: shop.sent == ["take.wav"])
        work = shop.state / "work" / "1"
        wait_for(work.exists)
        for path in work.iterdir():
            path.unlink()
        work.rmdir()
        (shop.here / "gate").touch()
        wait_for(lambda: shop.states() == {"take.wav": "held"})
    assert "it may be paid for" in shop.jobs()[0]["error"]["text"]
    shop("retry", "--failed")
    assert shop.states() == {"take.wav": "held"}


def test_a_lost_ledger_does_not_pay_again(shop: Shop, folder: Path) -> None:
    """The note in a result tells what it was made from, and how."""
    make_take(folder / "a.wav")
    make_take(folder / "b.wav", seed=1)
    shop("run", "--once", folder)
    shutil.rmtree(shop.state)
    shop("run", "--once", folder)
    assert sorted(shop.sent) == ["a.wav", "b.wav"]
    assert len(results(folder)) == 2
    # With other settings, or another render, it is another result.
    make_take(folder / "b.wav", seed=2)
    shutil.rmtree(shop.state)
    shop("run", "--once", folder)
    assert sorted(shop.sent) == ["a.wav", "b.wav", "b.wav"]
    assert results(folder) == ["a.ada.wav", "b.ada.2.wav", "b.ada.wav"]


def test_a_take_that_is_always_refused_does_not_keep_the_others(shop: Shop, folder: Path) -> None:
    (shop.here / "refuse").write_text("a.wav")
    with shop.daemon(folder):
        make_take(folder / "a.wav")
        wait_for(lambda: shop.sent == ["a.wav"] and shop.states() == {"a.wav": "queued"})
        make_take(folder / "b.wav", seed=1)
        wait_for(lambda: shop.states().get("b.wav") == "queued")
        shop.money("first_look = false\nmany = 49")  # a changed config tries at once
        wait_for(lambda: shop.states()["b.wav"] == "done")
    assert shop.sent[:2] == ["a.wav", "b.wav"]


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits the files of another process")
def test_a_ledger_that_cannot_be_written_for_a_while(shop: Shop, folder: Path) -> None:
    """As on a full disk: the answer comes meanwhile, and goes on when there is room."""
    (shop.here / "gate").unlink()
    with shop.daemon(folder) as daemon:
        make_take(folder / "take.wav", 0.1, 8_000)
        wait_for(lambda: shop.sent == ["take.wav"])
        size = (shop.state / "ledger.sqlite3-wal").stat().st_size
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        (shop.here / "gate").touch()
        wait_for(lambda: "cannot be written" in daemon.log())
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        wait_for(lambda: shop.states()["take.wav"] == "done")
    assert shop.sent == ["take.wav"]
