"""The main job, from the outside: a take goes in, the converted take lies next to it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from support import FAST, Command, make_take, wait_for

pytestmark = pytest.mark.process


def test_once_converts_everything_and_a_second_run_nothing(gated: Command, folder: Path) -> None:
    takes = [
        make_take(folder / "mono.wav", 0.5),
        make_take(folder / "stereo.flac", 0.4, 44_100, 2, "PCM_16"),
        make_take(folder / "float.aiff", 0.3, 96_000, 1, "FLOAT"),
        make_take(folder / "lossy.ogg", 0.5, 44_100, 1, "VORBIS"),
        make_take(folder / "eight.wav", 0.3, 48_000, 8),
    ]
    before = {take: take.read_bytes() for take in takes}
    said = gated("run", "--once", folder).stderr
    assert f"5 takes in {folder} are not converted yet" in said
    assert "5 converted, 0 failed" in said
    for take in takes:
        result = take.with_name(f"{take.stem}.ada{take.suffix}")
        was, now = soundfile.info(take), soundfile.info(result)
        for name in ("frames", "samplerate", "channels", "subtype", "format"):
            assert getattr(was, name) == getattr(now, name), (take.name, name)
        assert take.read_bytes() == before[take]
    names = sorted(os.listdir(folder))
    assert len(names) == 10
    assert "0 converted, 0 failed" in gated("run", "--once", folder).stderr
    assert sorted(os.listdir(folder)) == names


def test_what_is_converted_is_the_take(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.5)
    gated.config(f'backend = "gated"\n{FAST}[defaults]\nlevel = "off"\n')
    gated("run", "--once", folder)
    was, now = soundfile.read(take)[0], soundfile.read(folder / "take.ada.wav")[0]
    assert np.abs(now - was * -0.5).max() < 1e-5


def test_a_take_dropped_while_it_runs_is_converted(gated: Command, folder: Path) -> None:
    with gated.daemon(folder) as daemon:
        make_take(folder / "take.wav")
        wait_for((folder / "take.ada.wav").exists)
        (folder / "new folder").mkdir()
        make_take(folder / "new folder" / "deep.wav", seed=1)
        wait_for((folder / "new folder" / "deep.ada.wav").exists)
        wait_for(lambda: daemon.log().count(" -> ") == 2)
    assert gated.states() == {"take.wav": "done", "deep.wav": "done"}


def test_jobs_tell_states_paths_settings_and_times(gated: Command, folder: Path) -> None:
    take = make_take(folder / "Lead Vox_03.wav")
    gated.config(
        gated.config_dir.joinpath("takevoice.toml").read_text()
        + f'[[watch]]\nfolder = "{folder}"\ntrack = "{{track}}_{{take}}"\n[tracks."Lead Vox"]\nvoice = "bea"\nstability = 0.4\nseed = 7\n'
    )
    gated("run", "--once")
    (job,) = gated.jobs()
    assert (job["state"], job["path"], job["output"]) == (
        "done",
        str(take),
        str(folder / "Lead Vox_03.bea.wav"),
    )
    assert (job["track"], job["voice"], job["backend"], job["seconds"]) == ("Lead Vox", "bea", "gated", 1.0)
    assert job["settings"]["stability"] == 0.4
    assert job["settings"]["seed"] == 7
    assert [step["state"] for step in job["history"]] == [
        "found",
        "settling",
        "queued",
        "converting",
        "restoring",
        "done",
    ]
    times = [step["at"] for step in job["history"]]
    assert times == sorted(times)
    assert "Lead Vox_03.wav" in gated("jobs").stdout
    assert "seed = 7" in gated("jobs", str(job["id"])).stdout


def test_a_take_rendered_again_is_converted_again_and_a_touched_one_is_not(
    gated: Command, folder: Path
) -> None:
    with gated.daemon(folder):
        take = make_take(folder / "take.wav", seed=1)
        wait_for((folder / "take.ada.wav").exists)
        wait_for(lambda: gated.states() == {"take.wav": "done"})
        os.utime(take)
        wait_for(lambda: "converted already" in gated.home.joinpath("state/logs/takevoice.log").read_text())
        make_take(take, seed=2)
        wait_for((folder / "take.ada.2.wav").exists)
    assert sorted(os.listdir(folder)) == ["take.ada.2.wav", "take.ada.wav", "take.wav"]


def test_our_own_results_are_never_taken_up_again(gated: Command, folder: Path) -> None:
    """Not under their own name, not renamed, not copied, not written by another program, not without our ledger."""
    make_take(folder / "take.wav")
    gated("run", "--once", folder)
    result = folder / "take.ada.wav"
    shutil.copyfile(result, folder / "copied.wav")
    # The same audio written by another program: the mark is gone, the ledger still knows the sound.
    samples, rate = soundfile.read(result, dtype="int32")
    soundfile.write(folder / "rewritten.wav", samples, rate, "PCM_24")
    result.rename(folder / "renamed.wav")
    assert "0 converted, 0 failed" in gated("run", "--once", folder).stderr
    shutil.rmtree(gated.state)
    # Without a ledger: the mark tells the copies, and the name tells one whose mark is gone.
    (folder / "rewritten.wav").rename(folder / "take.ada.wav")
    said = gated("run", "--once", folder).stderr
    assert "1 converted, 0 failed" in said
    assert sorted(os.listdir(folder)) == [
        "copied.wav",
        "renamed.wav",
        "take.ada.2.wav",
        "take.ada.wav",
        "take.wav",
    ]


def test_the_same_audio_elsewhere_is_not_converted_twice(gated: Command, gate: Path, folder: Path) -> None:
    gate.touch()
    take = make_take(folder / "take.wav", channels=2)
    for n in range(4):
        shutil.copyfile(take, folder / f"copy {n}.wav")
    gated("run", "--once", folder)
    results = {
        (folder / f"{name}.ada.wav").read_bytes()[-200_000:]
        for name in ("take", *(f"copy {n}" for n in range(4)))
    }
    assert len(results) == 1
    assert len((gate.parent / "sent").read_text().splitlines()) == 1


def test_what_is_there_is_never_overwritten(gated: Command, folder: Path) -> None:
    make_take(folder / "take.wav")
    (folder / "take.ada.wav").write_bytes(b"somebody's")
    gated("run", "--once", folder, check=1)  # that file is no audio, and is told
    assert (folder / "take.ada.wav").read_bytes() == b"somebody's"
    assert (folder / "take.ada.2.wav").exists()


def test_two_daemons_on_one_state_dir_are_refused(gated: Command, folder: Path) -> None:
    with gated.daemon(folder):
        said = gated("run", folder, check=2).stderr
    assert "another takevoice is using this state dir" in said
    assert "[[watch]]" in said


def test_disabled_tracks_are_left_alone(gated: Command, folder: Path) -> None:
    make_take(folder / "Music.wav")
    make_take(folder / "Voice.wav", seed=1)
    gated.config(f'backend = "gated"\n{FAST}[tracks."Music*"]\nenabled = false\n')
    assert "1 converted, 0 failed" in gated("run", "--once", folder).stderr
    assert gated.states() == {"Voice.wav": "done"}


def test_the_config_is_read_again_when_it_changes_and_a_broken_one_is_not_used(
    gated: Command, folder: Path
) -> None:
    path = gated.config_dir / "takevoice.toml"
    good = path.read_text()
    with gated.daemon(folder) as daemon:
        path.write_text(good + '[defaults]\nvoice = "bea"\n')
        wait_for(lambda: "is read again" in daemon.log())
        make_take(folder / "one.wav", seed=1)
        wait_for((folder / "one.bea.wav").exists)
        path.write_text(good + '[defaults]\nvoise = "ada"\n')
        wait_for(lambda: "did you mean voice?" in daemon.log())
        make_take(folder / "two.wav", seed=2)
        wait_for((folder / "two.bea.wav").exists)


def test_a_config_that_appears_while_it_runs_is_used(command: Command, folder: Path) -> None:
    """As the first steps go: run, then init."""
    with command.daemon(folder) as daemon:
        command.config(f'{FAST}[[watch]]\nfolder = "{folder}"\nvoice = "george"\n')
        wait_for(lambda: "takevoice.toml is used from now on" in daemon.log())
        make_take(folder / "take.wav")
        wait_for((folder / "take.george.wav").exists)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_take_rendered_now_does_not_wait_behind_old_ones(gated: Command, folder: Path, tmp_path: Path, order: str) -> None:
    gate, sent = tmp_path / "gate", tmp_path / "sent"
    gated.config(
        f'backend = "gated"\nconversions = 1\norder = "{order}"\n{FAST}\n[plugins.gated]\ngate = {json.dumps(str(gate))}\nsent = {json.dumps(str(sent))}\n'
    )
    for n in range(5):
        take = make_take(folder / f"old {n}.wav", 0.2, seed=n)
        os.utime(take, (1_700_000_000 + n, 1_700_000_000 + n))
    with gated.daemon(folder):
        wait_for(lambda: sorted(gated.states().values()) == ["converting"] + ["queued"] * 4)
        make_take(folder / "new.wav", 0.2, seed=9)
        wait_for(lambda: gated.states().get("new.wav") == "queued")
        gate.touch()
        wait_for(lambda: set(gated.states().values()) == {"done"})
    begun = [line.split(" ", 1)[1] for line in sent.read_text().splitlines()]
    # The one that was begun already is the first that was taken up.
    rest = [name for name in ("old 4.wav", "old 3.wav", "old 2.wav", "old 1.wav", "old 0.wav") if name != begun[0]]
    assert begun[1:] == (["new.wav", *rest] if order == "newest" else [*rest[::-1], "new.wav"])
