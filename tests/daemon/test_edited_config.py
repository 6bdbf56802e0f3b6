"""A config that is edited while the daemon runs, and is wrong for a while: takes wait, and nothing fails one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.paid import results
from support import FAST, Command, make_take, wait_for

pytestmark = pytest.mark.process


def write(gated: Command, first: str, *folders: Path, more: str = "") -> None:
    tables = "".join(f"[[watch]]\nfolder = '{folder}'\n" for folder in folders)
    """As editors do it: the new file replaces the old one as a whole."""
    path = gated.config_dir / "takevoice.toml"
    path.with_suffix(".new").write_text(f"{first}\n{FAST}\n[osc]\nport = 0\n{more}\n{tables}", "utf-8")
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize(("backend", "why"), [("elevenlabs", "is not ready"), ("gatd", "did you mean gated?")])
def test_takes_wait_for_a_backend_that_cannot_be_used_and_it_is_said_once(
    gated: Command, folder: Path, backend: str, why: str
) -> None:
    write(gated, 'backend = "gated"', folder)
    with gated.daemon(existing=False) as daemon:
        write(gated, f'backend = "{backend}"', folder)
        daemon.says("is read again")
        for n in range(3):
            make_take(folder / f"{n}.wav", 0.5, seed=n)
        daemon.says(f"{backend} is unavailable")
        daemon.says(why)
        write(gated, 'backend = "gated"', folder)
        wait_for(lambda: len(results(folder)) == 3)
        assert daemon.log().count("is unavailable") == 1
        assert "failed" not in daemon.log()


def test_takes_of_a_folder_that_an_edit_adds_are_held_as_at_a_start(
    gated: Command, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "Other"
    other.mkdir()
    make_take(other / "old.wav", 0.5)
    write(gated, 'backend = "gated"', folder)
    with gated.daemon(existing=False) as daemon:
        write(gated, 'backend = "elevenlabs"', folder, other)
        daemon.says("elevenlabs is unavailable")
        write(gated, 'backend = "gated"', folder, other)
        # Meanwhile it waits for the backend that there was none of.
        wait_for(lambda: [job["error"] and job["error"]["code"] for job in gated.jobs()] == ["first_look"])
        make_take(other / "new.wav", 0.5, seed=1)
        wait_for(lambda: results(other) == ["new.ada.wav"])
    assert "failed" not in daemon.log()


def test_takes_wait_for_a_voice_that_exists_and_go_on_by_themselves(gated: Command, folder: Path) -> None:
    write(gated, 'backend = "gated"', folder, more='[defaults]\nvoice = "bae"')
    with gated.daemon(existing=False) as daemon:
        for n in range(3):
            make_take(folder / f"{n}.wav", 0.5, seed=n)
        wait_for(lambda: list(gated.states().values()) == ["held"] * 3)
        daemon.says('held: the backend gated has no voice "bae"; did you mean bea')
        assert daemon.log().count("has no voice") == 1
        assert {job["error"]["code"] for job in gated.jobs()} == {"unknown_voice"}
        write(gated, 'backend = "gated"', folder, more='[defaults]\nvoice = "beaa"')
        daemon.says("is read again")
        write(gated, 'backend = "gated"', folder, more='[defaults]\nvoice = "bea"')
        wait_for(lambda: sorted(path.name for path in folder.glob("*.bea.wav")) == ["0.bea.wav", "1.bea.wav", "2.bea.wav"])
    assert "failed" not in daemon.log()


def test_a_request_for_a_voice_that_does_not_exist_fails_at_once(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.5)
    write(gated, 'backend = "gated"', folder)
    said = gated("convert", "--voice", "bae", take, check=1).stderr
    assert 'has no voice "bae"; did you mean bea' in said


def test_a_take_that_waits_for_a_voice_goes_on_at_the_next_start(gated: Command, folder: Path) -> None:
    write(gated, 'backend = "gated"', folder, more='[defaults]\nvoice = "bae"')
    make_take(folder / "take.wav", 0.5)
    assert "1 file, 0 seconds, held" in gated("run", "--once", check=1).stderr
    write(gated, 'backend = "gated"', folder, more='[defaults]\nvoice = "bea"')
    gated("run", "--once")
    assert (folder / "take.bea.wav").exists()


def test_what_is_asked_for_right_after_a_change_of_the_config_is_made_with_the_new_one(gated: Command, folder: Path) -> None:
    """A script changes the cast and has takes converted again, in one go."""
    write(gated, 'backend = "gated"', folder, more='[defaults]\nvoice = "ada"')
    make_take(folder / "a.wav", 0.3)
    with gated.daemon() as daemon:
        wait_for(lambda: results(folder) == ["a.ada.wav"])
        for number, voice in enumerate(("bea", "ada", "bea", "ada"), 2):
            write(gated, 'backend = "gated"', folder, more=f'[defaults]\nvoice = "{voice}"')
            gated("retry", "1")
            wait_for(lambda number=number: [(job["state"], job["attempt"]) for job in gated.jobs()] == [("done", number)])
            assert gated.jobs()[0]["voice"] == voice
    assert "failed" not in daemon.log()
