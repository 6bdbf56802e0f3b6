from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from support import BACKENDS, FAST, Command, make_take

# convert


@pytest.mark.process
def test_convert_prints_the_result_and_does_not_convert_twice(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.3)
    first = gated.process("convert", take, "--voice", "bea")
    assert first.stdout == f"{folder / 'take.bea.wav'}\n"
    again = gated("convert", take, "--voice", "bea")
    assert again.stdout == first.stdout
    assert "converted already" in again.stderr
    assert sorted(os.listdir(folder)) == ["take.bea.wav", "take.wav"]
    # Another seed is another conversion; a result that was deleted is made again.
    assert (
        gated("convert", take, "--voice", "bea", "--set", "seed=1").stdout == f"{folder / 'take.bea.2.wav'}\n"
    )
    (folder / "take.bea.wav").unlink()
    assert gated("convert", take, "--voice", "bea").stdout == first.stdout


def test_convert_takes_many_files_and_a_folder_for_them(gated: Command, folder: Path, tmp_path: Path) -> None:
    takes = [make_take(folder / f"{n}.wav", 0.2, seed=n) for n in range(3)]
    (tmp_path / "out").mkdir()
    gated("convert", *takes, "--out", tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["0.ada.wav", "1.ada.wav", "2.ada.wav"]
    assert (
        "several files need a folder" in gated("convert", *takes, "--out", tmp_path / "x.wav", check=2).stderr
    )


def test_convert_out_never_overwrites(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.2)
    (folder / "hero.wav").write_text("mine")
    assert gated("convert", take, "--out", folder / "hero.wav").stdout == f"{folder / 'hero.2.wav'}\n"
    assert (folder / "hero.wav").read_text() == "mine"


def test_a_job_lists_the_results_of_all_its_tries(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.2)
    gated("convert", take)
    assert "results:" not in gated("jobs", "1").stdout
    gated("retry", "1")
    gated.config(FAST)
    gated("run", "--once", "--osc-port", "0", folder)
    assert f"results: {folder / 'take.ada.2.wav'}, {folder / 'take.ada.wav'}\n" in gated("jobs", "1").stdout


def test_convert_out_does_not_convert_twice(gated: Command, folder: Path) -> None:
    take, hero = make_take(folder / "take.wav", 0.2), folder / "hero.wav"
    gated("convert", take)
    assert gated("convert", take, "--out", hero).stdout == f"{hero}\n"
    again = gated("convert", take, "--out", hero)
    assert again.stdout == f"{hero}\n"
    assert "take.wav is converted already" in again.stderr
    assert not (folder / "hero.2.wav").exists()
    assert gated("convert", take, "--out", hero, "--set", "seed=3").stdout == f"{folder / 'hero.2.wav'}\n"


def test_convert_says_what_is_wrong_and_fails(gated: Command, folder: Path) -> None:
    good = make_take(folder / "good.wav", 0.2)
    (folder / "bad.wav").write_text("no audio")
    done = gated("convert", good, folder / "bad.wav", folder / "none.wav", folder, check=1)
    assert done.stdout == f"{folder / 'good.ada.wav'}\n"
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 3
    assert "there is no such file" in done.stderr
    assert "is a folder" in done.stderr
    assert gated.states() == {"good.wav": "done"}, "what is no take leaves no job that has failed"


def test_a_file_whose_name_begins_with_a_dash_is_named_after_two_dashes(gated: Command, folder: Path) -> None:
    make_take(folder / "-rf.wav", 0.2)
    assert gated("convert", "--voice", "bea", "--", "-rf.wav", cwd=folder).stdout == f"{folder / '-rf.bea.wav'}\n"
    assert "job      1, done" in gated("explain", "--", "-rf.wav", cwd=folder).stdout
    assert "1 job: 1 done" in gated("jobs", "--", "-rf.wav", cwd=folder).stdout


def test_convert_leaves_results_out_of_several_files(gated: Command, folder: Path) -> None:
    for _ in range(2):
        make_take(folder / "a.wav")
        make_take(folder / "b.wav", seed=1)
        gated("convert", *sorted(folder.glob("*.wav")))
    assert not [name for name in os.listdir(folder) if name.count("ada") > 1]


# explain


def test_explain_tells_each_setting_and_its_source(gated: Command, folder: Path) -> None:
    take = make_take(folder / "Lead Vox_03.wav", 0.2)
    gated.config(
        f'backend = "gated"\n{FAST}[[watch]]\nfolder = {json.dumps(str(folder))}\ntrack = "{{track}}_{{take}}"\n[defaults]\nseed = 5\n[tracks."Lead*"]\nstability = 0.3\n'
    )
    said = gated("explain", take, "--voice", "bea").stdout
    assert str(folder / "Lead Vox_03.bea.wav") in said
    rows = {line.split()[0]: line for line in said.splitlines() if line.startswith("  ")}
    assert "Lead Vox" in rows["track"]
    assert 'takevoice.toml [tracks."Lead*"]' in rows["stability"]
    assert "takevoice.toml [defaults]" in rows["seed"]
    assert "built in" in rows["model"]
    told = json.loads(gated("explain", take, "--json").stdout)
    assert told["settings"]["seed"] == {"value": 5, "source": "takevoice.toml [defaults]"}
    assert told["take"]["frames"] == soundfile.info(take).frames
    assert os.listdir(folder) == ["Lead Vox_03.wav"]


def test_explain_tells_which_tones_would_be_kept(gated: Command, folder: Path) -> None:
    take = folder / "take.wav"
    samples, rate = soundfile.read(make_take(take, 2.0))
    pop = np.pad(0.1 * np.sin(2 * np.pi * 1000 * np.arange(2000) / rate), (0, rate))
    soundfile.write(take, np.repeat(np.concatenate((pop, samples))[:, None], 2, axis=1), rate)
    assert "  tones kept 1 kHz at 0:00.000-0:00.042\n" in gated("explain", take).stdout
    assert "tones kept" not in gated("explain", take, "--set", "keep_tones=false").stdout


def test_explain_of_a_file_that_cannot_be_converted(command: Command, folder: Path) -> None:
    assert "there is no such file" in command("explain", folder / "none.wav", check=1).stderr


def test_a_result_tells_how_it_was_made(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav")
    gated("convert", take, "--voice", "bea", "--set", "seed=7")
    (job,) = gated.jobs()
    told = json.loads(gated("explain", "--json", job["output"]).stdout)["made_by"]
    assert (told["backend"], told["voice"], told["seed"]) == ("gated", "bea", 7)
    assert told["source"] == job["audio_hash"]
    assert "voice bea" in gated("explain", job["output"]).stdout
    assert json.loads(gated("explain", "--json", take).stdout)["made_by"] is None


# voices, init, doctor, help


def test_voices_lists_those_of_the_local_engine(command: Command) -> None:
    voices = json.loads(command("voices", "--json").stdout)
    assert len(voices) >= 6
    assert voices[0]["name"] == "ada"
    genders = {voice["labels"].get("gender") for voice in voices}
    assert {"female", "male"} <= genders
    assert "george" in command("voices").stdout
    assert "no voice fits" in command("voices", "nobody of that kind").stdout


@pytest.mark.process
def test_init_writes_a_config_that_run_understands(command: Command, folder: Path) -> None:
    said = command("init", folder).stdout
    path = command.config_dir / "takevoice.toml"
    assert str(path) in said
    assert f'folder = "{folder}"' in path.read_text()
    assert "stays as it is" in command("init", folder, check=1).stdout
    assert "0 converted, 0 failed" in command("run", "--once").stderr
    elsewhere = folder / "other.toml"
    command("init", "--config", elsewhere)
    assert "~/Exports" in elsewhere.read_text()


def test_doctor_is_content_with_a_working_setup(gated: Command, folder: Path) -> None:
    said = gated("doctor", folder).stdout
    assert "FAIL" not in said
    for word in ("config", "state dir", "folder", "port", "backend", "voices", "engine"):
        assert word in said


def test_doctor_says_what_to_do(command: Command, folder: Path) -> None:
    command.config('backend = "elevenlabs"\n')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        try:
            taken.bind(("127.0.0.1", 9870))
        except OSError:
            pass  # somebody has it already, which is what is to be told
        said = command("doctor", folder / "none", check=1).stdout
    assert "is not there" in said
    assert "make it, or correct the config" in said
    assert "9870" in said
    assert "ELEVENLABS_API_KEY" in said
    command.config("[defaults]\nvoise = 1\n")
    assert "did you mean voice?" in command("doctor", check=1).stdout


def test_doctor_run_and_convert_pass_on_what_a_backend_warns_of(command: Command, folder: Path) -> None:
    command.plugin(BACKENDS / "gated.py")
    command.config('backend = "gated"\n[plugins.gated]\nwarning = "the wire is bare"\n')
    assert "FAIL  backend    gated: the wire is bare" in command("doctor", folder, check=1).stdout
    assert "gated: the wire is bare" in command("run", "--once", "--osc-port", "0", folder).stderr
    assert command("convert", make_take(folder / "take.wav")).stderr.count("gated: the wire is bare") == 1


def test_doctor_finds_a_broken_ledger(gated: Command, folder: Path) -> None:
    gated.state.mkdir(parents=True)
    (gated.state / "ledger.sqlite3").write_bytes(b"not a ledger" * 500)
    said = gated("doctor", folder, check=1).stdout
    assert "takevoice ledger recover" in said


@pytest.mark.parametrize(
    "name",
    ["run", "convert", "demo", "explain", "voices", "jobs", "retry", "cancel", "init", "doctor", "plugins"],
)
def test_every_command_helps(command: Command, name: str) -> None:
    said = command(name, "--help").stdout
    assert said.startswith(f"usage: takevoice {name}")
    assert "--state" in said


@pytest.mark.quality
def test_the_demo_gives_something_to_hear(command: Command, tmp_path: Path) -> None:
    said = command("demo", tmp_path / "demo").stdout
    results = [Path(line.split(maxsplit=1)[1]) for line in said.splitlines() if line.startswith("  ")]
    assert len(results) == 6
    for path in results:
        samples, rate = soundfile.read(path)
        assert abs(samples).max() > 0.05
        assert len(samples) > rate
    # Once more: nothing is made twice.
    command("demo", tmp_path / "demo")
    assert len(os.listdir(tmp_path / "demo")) == 8


def test_explain_asks_the_plugins_and_tells_what_is_left_alone(gated: Command, folder: Path) -> None:
    gated.plugin(
        "house",
        """
from takevoice import hookimpl

@hookimpl
def accept_file(path):
    return None if "music" not in path.name else False

@hookimpl
def output_path(job):
    return job.path.parent / "converted" / job.path.name
""",
    )
    assert str(folder / "converted" / "take.wav") in gated("explain", make_take(folder / "take.wav")).stdout
    assert "skipped: a plugin rejects it" in gated("explain", make_take(folder / "music.wav")).stdout
    result = gated("convert", folder / "take.wav").stdout.strip()
    assert "skipped: it is a result of takevoice" in gated("explain", result).stdout


def test_doctor_finds_a_voice_that_is_not_there(command: Command, folder: Path) -> None:
    command.config(f'[[watch]]\nfolder = {json.dumps(str(folder))}\n[tracks."Bob"]\nvoice = "oskar"\n')
    said = command("doctor", check=1).stdout
    assert 'tracks."Bob"' in said
    assert "did you mean oscar?" in said


def test_a_file_that_is_not_there_makes_no_job(command: Command, folder: Path) -> None:
    done = command("convert", folder / "nope.wav", check=1)
    assert done.stderr.strip() == f"error: {folder / 'nope.wav'}: there is no such file"
    assert command.jobs() == []


def test_a_dry_run_does_not_say_that_it_wrote(command: Command, tmp_path: Path) -> None:
    said = command("install", "ardour", "--dry-run", "--into", tmp_path).stdout
    assert "would be written" in said
    assert not any(tmp_path.iterdir())


# Slips


def test_out_makes_a_folder_that_ends_with_a_slash(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.2)
    new = folder / "new"
    assert gated("convert", take, "--out", f"{new}/").stdout == f"{new / 'take.ada.wav'}\n"
    other = make_take(folder / "other.wav", 0.2, seed=1)
    assert len(gated("convert", take, other, "--out", f"{folder}/both/").stdout.splitlines()) == 2
    said = gated("convert", take, "--out", f"{folder}/no/such/", check=2).stderr
    assert f"{folder / 'no'} does not exist; make that folder first" in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("there.mp3", "would be WAV, and its name says mp3; name it there.wav"),
        ("there", "would be WAV, and its name says nothing about it; name it there.wav"),
        ("no folder/there.wav", "no folder: does not exist; make the folder"),
    ],
)
def test_out_that_cannot_be_is_refused_before_anything_is_sent(
    gated: Command, folder: Path, tmp_path: Path, name: str, words: str
) -> None:
    gated.config(f'backend = "gated"\n[plugins.gated]\nsent = {json.dumps(str(tmp_path / "sent"))}\n')
    take = make_take(folder / "take.wav", 0.2)
    assert words in gated("convert", take, "--out", tmp_path / name, check=1).stderr
    assert not (tmp_path / "sent").exists()
    assert not (tmp_path / name).exists()
    assert gated.states() == ({"take.wav": "failed"} if "folder" in name else {}), "only what `retry` can make leaves a job"


def test_out_goes_before_a_plugin_that_names_results(gated: Command, folder: Path, tmp_path: Path) -> None:
    gated.plugin(
        "house",
        "from takevoice import hookimpl\n@hookimpl\ndef output_path(job):\n    return job.path.parent / 'converted' / job.path.name\n",
    )
    take = make_take(folder / "take.wav", 0.2)
    assert gated("convert", take).stdout == f"{folder / 'converted' / 'take.wav'}\n"
    out = tmp_path / "asked.wav"
    assert gated("convert", take, "--out", out).stdout == f"{out}\n"
    assert gated("convert", take, "--out", tmp_path).stdout == f"{tmp_path / 'take.wav'}\n"


def test_run_watches_folders_and_says_so(gated: Command, folder: Path) -> None:
    said = gated("run", make_take(folder / "take.wav", 0.1), check=2).stderr
    assert "take.wav: is a file, and run watches folders; `takevoice convert` converts a file" in said


def test_a_command_that_is_misspelt(command: Command) -> None:
    said = command("conver", "take.wav", check=2).stderr
    assert said == "takevoice: there is no command conver; did you mean convert?\n"


@pytest.mark.skipif(sys.platform == "win32", reason="paths of Windows are shorter")
def test_a_path_that_is_too_long_for_the_audio_library_says_so(gated: Command, folder: Path) -> None:
    deep = folder.joinpath(*["x" * 200] * 6)
    deep.mkdir(parents=True)
    take = make_take(folder / "take.wav", 0.2)
    said = gated("convert", take.rename(deep / "take.wav"), check=1).stderr
    assert "bytes, and about 1,000 can be read; give its folders shorter names, or move it up" in said
