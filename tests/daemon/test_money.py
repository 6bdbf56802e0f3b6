"""Paid backends: what is noted, held, released, dropped, capped, and finished on the way out."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.some_jobs import add
from daemon.paid import Shop, results
from signals import make_speech
from support import Command, make_take, wait_for
from takevoice.errors import BackendError
from takevoice.jobs import Disposition, State
from takevoice.ledger import Ledger
from takevoice.plugins import Plugins
from takevoice.system.fileid import version_of
from takevoice.voices import Voice

# What lies there already, and floods.


@pytest.mark.process
def test_a_folder_seen_for_the_first_time_is_held_in_one_line_and_released(shop: Shop, folder: Path) -> None:
    for n in range(3):
        make_take(folder / f"{n}.wav", 2.0, seed=n)
    with shop.daemon(folder) as daemon:
        line = wait_for(lambda: re.search(r"^.*3 files, 6 seconds.*$", daemon.log(), re.MULTILINE))[0]
        assert f'takevoice release "{folder}"' in line
        assert "about 6 credits" in line
        assert set(shop.states().values()) == {"held"}
        assert "already in the folder before takevoice watched it (about 2 credits)" in shop("jobs", "--held").stdout
        # What comes later is converted.
        make_take(folder / "new.wav", seed=9)
        wait_for(lambda: results(folder) == ["new.ada.wav"])
        assert shop.sent == ["new.wav"]
        assert shop("release", folder).stdout.startswith("3 jobs released: at most about ")
        wait_for(lambda: len(results(folder)) == 4)
    assert daemon.log().count("release") == 1


@pytest.mark.process
def test_held_takes_of_a_folder_are_dropped(shop: Shop, folder: Path) -> None:
    make_take(folder / "old.wav")
    with shop.daemon(folder):
        wait_for(lambda: shop.states() == {"old.wav": "held"})
        assert shop("drop", folder).stdout == "1 job dropped\n"
        assert "nothing is held there" in shop("drop", folder, check=1).stdout
        said = shop("jobs").stdout
        assert "already in the folder before takevoice watched it" in said
        assert "takevoice release" not in said  # it does not apply to the job any more
    with shop.daemon(folder):
        make_take(folder / "new.wav", seed=1)
        wait_for(lambda: results(folder) == ["new.ada.wav"])
    assert shop.states() == {"old.wav": "cancelled", "new.wav": "done"}
    assert shop.sent == ["new.wav"]


@pytest.mark.process
def test_too_many_takes_at_once_are_held(shop: Shop, folder: Path, tmp_path: Path) -> None:
    shop.money("many = 4")
    takes = [make_take(tmp_path / f"{n}.wav", 0.5, seed=n) for n in range(6)]
    with shop.daemon(folder) as daemon:
        for take in takes:
            os.link(take, folder / take.name)
        wait_for(lambda: "6 files, 3 seconds" in daemon.log())
        daemon.says("more than 4 takes arrived at once")
        assert shop.sent == []
        shop("release", folder)
        wait_for(lambda: len(results(folder)) == 6)


@pytest.mark.process
def test_a_person_who_asks_for_a_folder_is_not_asked_back(shop: Shop, folder: Path) -> None:
    make_take(folder / "old.wav")
    shop("run", "--once", folder)
    assert results(folder) == ["old.ada.wav"]


@pytest.mark.process
def test_a_person_who_asks_for_many_at_once_gets_them(shop: Shop, folder: Path) -> None:
    shop.money("many = 2")
    for n in range(5):
        make_take(folder / f"{n}.wav", 0.5, seed=n)
    shop("run", "--once", folder)
    assert len(results(folder)) == 5


@pytest.mark.process
def test_first_look_can_be_switched_off(shop: Shop, folder: Path) -> None:
    shop.money("first_look = false")
    make_take(folder / "old.wav")
    with shop.daemon(folder):
        wait_for(lambda: results(folder) == ["old.ada.wav"])


@pytest.mark.process
def test_the_free_engine_holds_what_was_there_too_until_a_person_says_so(gated: Command, folder: Path) -> None:
    old = make_take(folder / "old.wav")
    with gated.daemon(folder, existing=False) as daemon:
        daemon.says("1 file, 1 second, held: already in the folder before takevoice watched it")
        make_take(folder / "new.wav", seed=1)
        wait_for((folder / "new.ada.wav").exists)
        assert gated.states()["old.wav"] == "held"
    with gated.daemon(folder):  # --existing, also for what an earlier run holds
        wait_for((folder / "old.ada.wav").exists)
    assert old.exists()


@pytest.mark.process
def test_a_take_that_arrives_once_watching_is_logged_is_new(gated: Command, folder: Path) -> None:
    for _ in range(3):
        with gated.daemon(folder, existing=False):
            make_take(folder / "take.wav")
            wait_for((folder / "take.ada.wav").exists)
        shutil.rmtree(gated.state)
        shutil.rmtree(folder)
        folder.mkdir()


# Caps.


@pytest.mark.process
@pytest.mark.parametrize(
    ("cap", "word"), [("per_day", "today"), ("per_run", "in this run"), ("per_track", "today for a")]
)
def test_a_cap_holds_what_goes_beyond_it(shop: Shop, folder: Path, cap: str, word: str) -> None:
    """2 + 2 + 1.5 seconds against 4 credits: the third take does not fit, and half a second still would not."""
    shop.money(f"{cap} = 4")
    for n in range(3):
        take = make_take(folder / f"{n}.wav", 1.5 if n == 2 else 2.0, seed=n)
        shop("convert", take, "--track", "a", check=1 if n == 2 and cap != "per_run" else 0)
    if cap == "per_run":
        for path in folder.glob("*.ada.wav"):
            path.unlink()
        other = folder.parent / "More"
        other.mkdir()
        for n in range(3):
            make_take(other / f"{n}.wav", 2.0, seed=10 + n)
        shop("run", "--once", other, check=1)
        folder = other
    assert len(results(folder)) == 2
    (held,) = [job for job in shop.jobs() if job["state"] == "held"]
    assert held["error"]["code"] == "cap"
    assert word in held["error"]["text"]
    assert f"takevoice release {held['id']}" in held["error"]["text"]
    shop("release", held["id"])
    shop("run", "--once", folder)
    assert len(results(folder)) == 3


@pytest.mark.process
def test_takes_without_a_request_are_held_beyond_the_limit_of_an_hour(shop: Shop, folder: Path) -> None:
    """However slowly they arrive, and also where a script starts takevoice for them."""
    shop.money("unattended_per_hour = 3")
    with shop.daemon(folder) as daemon:
        for n in range(5):
            make_take(folder / f"{n}.wav", seed=n)
            wait_for(lambda n=n: shop.states().get(f"{n}.wav") in ("done", "held"))
        wait_for(lambda: sorted(shop.states().values()) == ["done"] * 3 + ["held"] * 2)
        daemon.says("more than the 3 credits allowed in an hour for takes from folders (`unattended_per_hour` in [money])")
        assert len(shop.sent) == 3
    make_take(folder / "late.wav", seed=9)
    shop("run", "--once", folder, check=1)
    assert shop.states()["late.wav"] == "held"
    with shop.daemon(folder):
        shop("release", folder)
        wait_for(lambda: set(shop.states().values()) == {"done"})


def test_a_cap_counts_what_was_lost(shop: Shop, folder: Path) -> None:
    """What may have been billed is spent, as far as the cap knows."""
    shop.money("per_day = 3")
    (shop.here / "lose").touch()
    shop("convert", make_take(folder / "a.wav", 2.0), check=1)
    (shop.here / "lose").unlink()
    shop("convert", make_take(folder / "b.wav", 2.0, seed=1), check=1)
    assert [job["error"]["code"] for job in sorted(shop.jobs(), key=lambda job: job["id"])] == [
        "outcome_unknown",
        "cap",
    ]


# What was received.


@pytest.mark.process
def test_a_full_disk_costs_nothing_twice(shop: Shop, folder: Path) -> None:
    """The result cannot be written; later it can, and the answer is still there."""
    out = folder.parent / "readonly" / "result.wav"
    take = make_take(folder / "take.wav")
    shop("convert", take, "--out", out, check=1)
    out.parent.mkdir()
    shop("retry", "--failed")
    shop("run", "--once", folder)
    assert out.exists()
    assert shop.sent == ["take.wav"]


@pytest.mark.process
def test_what_was_sent_is_told(shop: Shop, folder: Path) -> None:
    shop.money("per_day = 1000")
    shop("convert", make_take(folder / "take.wav", 2.0))
    assert "2 credits sent today, the limit is 1,000 a day" in shop("doctor", folder, check=None).stdout
    assert "2 credits sent" in shop("jobs", "1").stdout
    assert shop.jobs()[0]["credits"] == 2.0


# Quotes.


def test_quote_says_what_a_folder_costs(shop: Shop, folder: Path) -> None:
    for n in range(3):
        make_take(folder / f"anna_{n}.wav", 40.0, 8_000, seed=n)
    make_take(folder / "ben_1.wav", 0.5)
    (folder / "broken.wav").write_bytes(b"RIFF nothing")
    shop.config(
        f'backend = "paid"\n[[watch]]\nfolder = {json.dumps(str(folder))}\ntrack = "{{track}}_{{take}}"\n'
        f'[tracks.ben]\nenabled = false\n[plugins.paid]\nhere = {json.dumps(str(shop.here))}\n'
    )
    first, second, third = shop("quote", folder).stdout.splitlines()
    assert (first, second) == ("3 files, 2 minutes, about 120 credits with paid", "1 cannot be converted:")
    assert str(folder / "broken.wav") in third
    shop("convert", folder / "anna_0.wav")
    quoted = json.loads(shop("quote", folder, "--json").stdout)
    assert quoted["tracks"] == {"anna": {"files": 2, "seconds": 80.0, "credits": 80}}
    assert quoted["known"] == 2
    assert shop.sent == ["anna_0.wav"]


def test_quote_counts_each_channel_that_is_sent(shop: Shop, folder: Path) -> None:
    voices = [make_speech(10.0, 8_000, f0=100.0 + 40 * n, seed=n) for n in range(3)]
    soundfile.write(folder / "take.wav", np.stack([*voices, voices[0]], axis=1), 8_000)
    shop.config('backend = "paid"\n[defaults]\nchannels = "each"\n')
    quoted = json.loads(shop("quote", folder, "--json").stdout)
    assert (quoted["seconds"], quoted["credits"]) == (10.0, 30)  # one repeats another


@pytest.mark.process
def test_quote_counts_what_is_held_and_what_was_dropped(shop: Shop, folder: Path) -> None:
    for n in range(3):
        make_take(folder / f"{n}.wav", 22.0, 8_000, seed=n)
    with shop.daemon(folder):
        wait_for(lambda: list(shop.states().values()) == ["held"] * 3)
    said = shop("quote", folder).stdout.splitlines()
    assert said == [
        "nothing new to convert",
        f'held: 3 files, 66 seconds, about 66 credits; `takevoice release "{folder}"` converts what is held there',
    ]
    assert json.loads(shop("quote", folder, "--json").stdout)["held"] == {"files": 3, "seconds": 66.0, "credits": 66}
    shop("release", 1)
    assert shop("quote", folder).stdout.splitlines()[1] == "on their way: 1 file, 22 seconds, about 22 credits"
    shop("drop", folder)
    shop("cancel", "--all")
    assert shop("quote", folder).stdout.splitlines() == [
        "nothing new to convert",
        f'3 were cancelled or dropped (about 66 credits): `takevoice explain "{folder}"` says what helps',
    ]
    shop("forget", "--all")
    assert shop("quote", folder).stdout.splitlines()[1].startswith("3 were cancelled or dropped (about 66 credits)")


def test_quote_says_what_failed_takes_cost(shop: Shop, folder: Path) -> None:
    with closing(Ledger(shop.state / "ledger.sqlite3")) as ledger:
        add(ledger, folder / "failed.wav", State.FAILED)
        ledger.files.record(folder / "failed.wav", version_of(make_take(folder / "failed.wav", 10.0, 8_000)), Disposition.JOB, 1)
    (folder.parent / "Other").mkdir()
    make_take(folder.parent / "Other" / "new.wav", 1.0)
    said = shop("quote", folder.parent / "Other", folder).stdout.splitlines()
    assert said == [
        "1 file, 1 second, about 1 credit with paid",
        f'1 has failed: `takevoice retry "{folder}"` would cost about 10 credits, `takevoice jobs --only failed` says why',
    ]
    assert json.loads(shop("quote", folder, "--json").stdout)["failed_credits"] == 10


def test_quote_says_which_voices_there_are_not(shop: Shop, folder: Path) -> None:
    for name in ("anna_1", "anna_2", "ben_1"):
        make_take(folder / f"{name}.wav", 1.0, 8_000, seed=len(name))
    watch = f'[[watch]]\nfolder = {json.dumps(str(folder))}\ntrack = "{{track}}_{{take}}"\n'
    shop.money(f'{watch}[tracks.anna]\nvoice = "nobody at all"\n')
    said = shop("quote", folder).stdout.splitlines()
    assert said[2] == "3 files, 3 seconds, about 3 credits with paid"
    assert said[3].startswith('2 of these would be held: the backend paid has no voice "nobody at all"')
    assert json.loads(shop("quote", folder, "--json").stdout)["without_voice"] == 2


def test_quote_asks_for_voices_once_and_says_when_nobody_answers(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        make_take(folder / f"{n}.wav", 1.0, 8_000, seed=n)
    shop.money()
    asked: list[str] = []
    voices_of = Plugins.voices

    def unreachable(self: Plugins, backend: str) -> list[Voice]:
        if backend != "paid":
            return voices_of(self, backend)
        asked.append(backend)
        raise BackendError("paid does not answer", hint="see whether it is reachable")

    monkeypatch.setattr(Plugins, "voices", unreachable)
    said = shop("quote", folder).stdout.splitlines()
    assert asked == ["paid"]
    assert said[3:5] == [
        "3 files, 3 seconds, about 3 credits with paid",
        "whether the voices exist is not known: paid does not answer; see whether it is reachable",
    ]
    assert json.loads(shop("quote", folder, "--json").stdout)["without_voice"] is None


def test_quote_needs_no_key_and_no_folder(command: Command, folder: Path) -> None:
    make_take(folder / "take.wav", 6.0, 8_000)
    command.config('backend = "elevenlabs"\n')
    assert "No folder is watched" in command("quote", check=2).stdout
    command.config(f'backend = "elevenlabs"\n[[watch]]\nfolder = {json.dumps(str(folder))}\n')
    first, second = command("quote").stdout.splitlines()
    assert first == "1 file, 6 seconds, about 100 credits with elevenlabs"
    assert second.startswith("this assumes elevenlabs, which is not ready: ")
    assert json.loads(command("quote", "--json").stdout)["ready"] is False


def test_quote_of_what_is_not_there(command: Command) -> None:
    assert command("quote", "nowhere", check=2).stdout.endswith("nowhere: does not exist\n")


# Shares.


@pytest.mark.process
def test_what_is_found_on_another_device_is_held_and_what_comes_later_is_not(
    shop: Shop, folder: Path, change_device: Callable[[], None]
) -> None:
    with shop.daemon(folder):
        make_take(folder / "known.wav")
        wait_for(lambda: results(folder) == ["known.ada.wav"])
    shutil.rmtree(folder)
    folder.mkdir()
    make_take(folder / "stranger.wav", seed=1)
    change_device()
    with shop.daemon(folder) as daemon:
        wait_for(lambda: "is its share mounted?" in daemon.log())
        wait_for(lambda: shop.states().get("stranger.wav") == "held")
        make_take(folder / "new.wav", seed=2)
        wait_for(lambda: shop.states().get("new.wav") == "done")
    assert shop.sent == ["known.wav", "new.wav"]


@pytest.fixture
def change_device(shop: Shop) -> Callable[[], None]:
    """Makes the ledger believe that the folder was on another volume, which needs rights to do for real."""
    import sqlite3

    def change() -> None:
        with sqlite3.connect(shop.state / "ledger.sqlite3") as connection:
            for table in ("roots", "volumes"):
                connection.execute(f"UPDATE {table} SET volume = 'another'")
        connection.close()

    return change


@pytest.mark.process
def test_an_emptied_folder_is_said(shop: Shop, folder: Path) -> None:
    with shop.daemon(folder) as daemon:
        make_take(folder / "known.wav")
        wait_for(lambda: results(folder) == ["known.ada.wav"])
        for path in folder.iterdir():
            path.unlink()
        wait_for(lambda: "is empty now, and had files before" in daemon.log())
    shutil.rmtree(folder)
    folder.mkdir()
    with shop.daemon(folder) as daemon:
        wait_for(lambda: "is empty now, and had files before" in daemon.log())
