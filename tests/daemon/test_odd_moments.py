"""Changes at the wrong moment, folders inside folders, plugins that overstep: the take and its result stay right."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from support import FAST, Command, make_take, wait_for

pytestmark = pytest.mark.process

SLOW_RESTORE = """
import pathlib, time
from takevoice import hookimpl

@hookimpl
def restore_audio(job, take, converted):
    pathlib.Path({here!r}).touch()
    while pathlib.Path({here!r}).exists():
        time.sleep(0.02)
"""


@pytest.fixture
def restoring(gated: Command, tmp_path: Path) -> Path:
    """Restoring makes this file and waits for its end."""
    path = tmp_path / "restoring"
    gated.config(f'backend = "gated"\n{FAST}\n[defaults]\nlevel = "off"\n')
    gated.plugin("slow", SLOW_RESTORE.format(here=str(path)))
    return path


def is_turned(result: Path, take: Path) -> bool:
    """True when the result is what the backend makes of the take."""
    return np.allclose(soundfile.read(result)[0], soundfile.read(take)[0] * -0.5, atol=1e-5)


def test_a_take_rendered_again_while_it_is_restored(gated: Command, restoring: Path, folder: Path) -> None:
    """The result of the first render is not published beside the second one, as if it were its."""
    with gated.daemon(folder) as daemon:
        make_take(folder / "take.wav", seed=1)
        wait_for(restoring.exists)
        make_take(folder.parent / "new.wav", seed=2).replace(folder / "take.wav")
        restoring.unlink()
        wait_for(lambda: restoring.exists())
        restoring.unlink()
        wait_for((folder / "take.ada.wav").exists)
        wait_for(lambda: gated.states() == {"take.wav": "done"})
    assert is_turned(folder / "take.ada.wav", folder / "take.wav")
    assert sorted(os.listdir(folder)) == ["take.ada.wav", "take.wav"]
    daemon.says("rendered again before it was converted; the new version has a job of its own")


def test_a_retry_killed_while_restoring_is_not_done_with_the_old_result(
    gated: Command, restoring: Path, folder: Path
) -> None:
    slow = gated.config_dir / "plugins" / "slow.py"
    text = slow.read_text()
    slow.unlink()
    make_take(folder / "take.wav")
    gated("run", "--once", folder)
    gated("retry", "1")
    slow.write_text(text)
    with gated.daemon(folder) as daemon:
        wait_for(restoring.exists)
        daemon.kill()
    assert gated.states() == {"take.wav": "restoring"}
    slow.unlink()
    gated("run", "--once", folder)
    assert sorted(os.listdir(folder)) == ["take.ada.2.wav", "take.ada.wav", "take.wav"]


def test_answers_that_are_gone_are_not_replaced_by_the_original(
    gated: Command, restoring: Path, folder: Path
) -> None:
    with gated.daemon(folder) as daemon:
        make_take(folder / "take.wav")
        wait_for(restoring.exists)
        daemon.kill()
    subprocess.run(["rm", "-r", gated.state / "work"], check=True)
    (gated.config_dir / "plugins" / "slow.py").unlink()
    gated("run", "--once", folder)
    assert is_turned(folder / "take.ada.wav", folder / "take.wav")


def test_a_plugin_that_works_in_place_does_not_touch_the_original(gated: Command, folder: Path) -> None:
    gated.plugin(
        "inplace",
        """
from takevoice import hookimpl

@hookimpl
def prepare_audio(job, take):
    with take.path.open("r+b") as file:
        file.seek(-400, 2)
        file.write(bytes(400))
""",
    )
    take = make_take(folder / "take.wav")
    before = take.read_bytes()
    gated("run", "--once", folder)
    assert take.read_bytes() == before
    assert (folder / "take.ada.wav").exists()


@pytest.mark.parametrize("body", ["return 5", "return ['gated']", "return None", "raise SystemExit(3)"])
def test_a_plugin_with_nonsense_for_backends_is_one_line(gated: Command, folder: Path, body: str) -> None:
    gated.plugin("odd", f"from takevoice import hookimpl\n\n@hookimpl\ndef backends():\n    {body}\n")
    make_take(folder / "take.wav")
    done = gated("run", "--once", folder, check=None)
    if body == "return None":
        assert done.returncode == 0
    else:
        assert "odd" in done.stderr
        assert (folder / "take.ada.wav").exists() or done.returncode in (1, 2)


def test_a_cancelled_half_written_file_does_not_stop_the_others(gated: Command, folder: Path) -> None:
    whole = make_take(folder.parent / "whole.wav", 5.0).read_bytes()
    with gated.daemon(folder) as daemon:
        (folder / "a_half.wav").write_bytes(whole[: len(whole) // 2])
        wait_for(lambda: gated.states().get("a_half.wav") == "settling")
        gated("cancel", "1")
        time.sleep(2)  # beyond give_up
        make_take(folder / "b_new.wav", seed=5)
        wait_for((folder / "b_new.ada.wav").exists)
        assert gated.states()["a_half.wav"] == "cancelled"
    assert "went wrong" not in daemon.log()


def test_a_cancelled_take_that_still_settles_stays_cancelled(gated: Command, folder: Path) -> None:
    gated.config('backend = "gated"\nscan = 0.5\n[settle]\nquiet = 3.0\n')
    with gated.daemon(folder):
        make_take(folder / "take.wav")
        job = wait_for(gated.jobs)[0]
        gated("cancel", str(job["id"]))
        make_take(folder / "other.wav", seed=1)
        wait_for((folder / "other.ada.wav").exists)
        assert gated.states()["take.wav"] == "cancelled"
    gated("run", "--once", folder)
    assert gated.states()["take.wav"] == "cancelled"
    assert not (folder / "take.ada.wav").exists()


def test_a_track_that_is_enabled_again_gets_its_takes(gated: Command, folder: Path) -> None:
    off = f'backend = "gated"\n{FAST}\n[tracks.take]\nenabled = false\n'
    gated.config(off)
    with gated.daemon(folder):
        make_take(folder / "take.wav")
        make_take(folder / "other.wav", seed=1)
        wait_for((folder / "other.ada.wav").exists)
        assert not (folder / "take.ada.wav").exists()
        gated.config(off.replace("false", "true"))
        wait_for((folder / "take.ada.wav").exists)


def test_the_state_dir_in_a_watched_folder_is_left_alone(gated: Command, folder: Path) -> None:
    state = folder / "state"
    make_take(folder / "take.wav", channels=2)
    gated("run", "--once", folder, "--state", state)
    make_take(folder / "more.wav", channels=2, seed=1)
    gated("run", "--once", folder, "--state", state)
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    assert names == ["more.ada.wav", "more.wav", "take.ada.wav", "take.wav"]
    assert not [path for path in state.rglob("*") if ".ada" in path.name]


def test_hidden_folders_are_left_alone(gated: Command, folder: Path) -> None:
    for name in (".hidden", ".Trash-1000/files"):
        (folder / name).mkdir(parents=True)
        make_take(folder / name / "old.wav")
    make_take(folder / "take.wav")
    gated("run", "--once", folder)
    assert gated.states() == {"take.wav": "done"}


def test_the_inner_one_of_two_watched_folders_rules(gated: Command, folder: Path) -> None:
    inner = folder / "Radio"
    inner.mkdir()
    gated.config(
        f'backend = "gated"\n{FAST}\n[[watch]]\nfolder = "{folder}"\n'
        f'[[watch]]\nfolder = "{inner}"\nvoice = "bea"\nignore = ["*_music*"]\n'
    )
    make_take(folder / "a_music.wav")
    make_take(inner / "b_music.wav", seed=1)
    make_take(inner / "b.wav", seed=2)
    gated("run", "--once")
    assert gated.states() == {"a_music.wav": "done", "b.wav": "done"}
    assert (inner / "b.bea.wav").exists()


def test_once_ends_with_a_word_where_a_folder_is_not_there(gated: Command, folder: Path) -> None:
    make_take(folder / "take.wav")
    done = gated("run", "--once", folder, folder.parent / "nowhere", check=1)
    assert "nowhere" in done.stderr
    assert (folder / "take.ada.wav").exists()


def test_two_daemons_on_one_state_dir_are_refused_in_a_line(gated: Command, folder: Path) -> None:
    with gated.daemon(folder):
        done = gated("run", folder, check=2)
        assert len(done.stderr.strip().splitlines()) == 1
        assert "state" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="Windows does not tell it in this way")
def test_a_config_that_anybody_can_write_is_not_used(gated: Command, folder: Path) -> None:
    """It could send the audio, and the key, to anybody."""
    config = folder / "takevoice.toml"
    config.write_text('[defaults]\nvoice = "bea"\n')
    config.chmod(0o666)
    make_take(folder / "take.wav")
    said = gated("run", "--once", folder).stderr
    assert "takevoice.toml is ignored: it belongs to another user, every user can write to it, or it is on a share" in said
    assert (folder / "take.ada.wav").exists()
    config.chmod(0o644)
    make_take(folder / "other.wav", seed=1)
    config.write_text('backend = "gated"\n[defaults]\nvoice = "bea"\n')
    gated("run", "--once", folder)
    assert (folder / "other.bea.wav").exists()
