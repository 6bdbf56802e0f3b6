"""Names whose bytes are no UTF-8, as old archives leave them on Linux, pass everywhere."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import soundfile

from signals import make_speech
from support import FAST, Command, make_take, wait_for

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, names are Unicode"),
]


def test_they_are_converted_copied_listed_and_asked_for(gated: Command, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"Export\xe9")
    folder.mkdir()
    gated.config(f'backend = "gated"\n{FAST}')
    name = os.fsdecode(b"M\xfcller.wav")
    take = Path(shutil.move(make_take(tmp_path / "a.wav", 0.3), folder / name))
    with gated.daemon("--osc-port", "0", folder) as daemon:
        wait_for(lambda: gated.states() == {name: "done"})
        shutil.copy(take, folder / "copy.wav")
        wait_for(lambda: gated.states().get("copy.wav") == "done")
        shutil.copy(take, folder / os.fsdecode(b"\xff copy.wav"))
        wait_for(lambda: list(gated.states().values()) == ["done"] * 3)
        said = gated.process("jobs").stdout
        assert "M\\udcfcller.wav [ada] -> M\\udcfcller.ada.wav" in said
        first = json.loads(gated.process("jobs", "--json").stdout)[0]
        assert Path(first["path"]) == take
        assert Path(first["output"]).exists()
        gated.process("jobs", first["id"])
        for words in (["explain", take], ["explain", folder], ["explain", first["output"]], ["quote", folder]):
            gated.process(*words)
            if words[1] != folder or words[0] == "quote":
                json.loads(gated.process(words[0], "--json", words[1]).stdout)
        assert "converted already" in gated.process("explain", take).stdout
        assert "quoted q " in gated.process("osc", "/takevoice/quote", "q", take).stdout
        done = gated.process("osc", "--timeout", "20", "/takevoice/convert", "r", take, "voice", "bea").stdout
        assert "/takevoice/done r" in done
        assert (folder / os.fsdecode(b"M\xfcller.bea.wav")).exists()
        result = wait_for(lambda: list((gated.state / "results").glob("r*.json")))[0]
        assert Path(json.loads(result.read_text())["output"]).exists()
        assert "fault of takevoice" not in daemon.log()
    gated.process("convert", take, "--voice", "bea", "--set", "seed=3")
    assert "0 failed" in gated.process("run", "--once", "--osc-port", "0", folder).stderr
    assert "Traceback" not in (gated.state / "logs" / "takevoice.log").read_text()


def test_the_local_engine_and_every_command_take_them(command: Command, tmp_path: Path) -> None:
    """A folder, a character and a file, as an old archive or a share of another system has them."""
    folder, character = tmp_path / "Exports" / os.fsdecode(b"B\xfccher"), os.fsdecode(b"M\xfcller")
    folder.mkdir(parents=True)
    command.config(f'backend = "local"\n{FAST}[[watch]]\nfolder = "{folder.parent}"\ntrack = "{{track}}_{{take}}"\n')
    take = folder / f"{character}_01.wav"
    soundfile.write(os.fsencode(take), make_speech(1.0, 48_000), 48_000, "PCM_24", format="WAV")
    assert "plugin" not in command("explain", take).stderr
    command("run", "--once", "--osc-port", "0", "--existing")
    result = folder / f"{character}_01.ada.wav"
    assert result.exists()
    for words in (["--search", character], ["--track", character], ["--track", f"{character[:2]}*"], [folder], [result], ["--search", folder.name]):
        assert "1 job: 1 done" in command("jobs", *words).stdout, words
    assert command("jobs", "--voice", character).stdout == command("jobs", "--search", "none").stdout == "There are no such jobs.\n"
    command("casting", "mark", character, "--status", "approved")
    assert "M\\udcfcller" in command("casting").stdout and "approved" in command("casting").stdout
    assert "No result is by another voice" in command("casting", "recast", character, check=None).stdout
    assert "M_udcfcller_george.wav" in command("casting", "audition", character, "george", "--yes", "--out", tmp_path / "heard").stdout
    command("candidates", "--more", 2, take)
    command("run", "--once", "--osc-port", "0")
    third = command("candidates", take).stdout.splitlines()[-1].split()[0]
    command("pick", third)
    command("deliver", folder.parent, tmp_path / "out", "--list", tmp_path / "list.csv")
    assert (tmp_path / "out" / folder.name / take.name).exists()
    command("costs", "--by", "folder")
    assert "1 result deleted" in command("undo", folder, "--yes").stdout
    assert "starts again" in command("retry", folder).stdout


def test_one_that_is_moved_to_the_done_folder_is_listed_and_handed_over(command: Command, tmp_path: Path) -> None:
    folder, name = tmp_path / "Exports", os.fsdecode(b"M\xfcller_1.wav")
    folder.mkdir()
    command.config(f'backend = "local"\n{FAST}[[watch]]\nfolder = "{folder}"\ndone_folder = "Done"\n')
    shutil.move(make_take(tmp_path / "a.wav", 0.5), folder / name)
    command("run", "--once", "--osc-port", "0", "--existing")
    assert (folder / "Done" / name).exists()
    assert "M\\udcfcller_1" in command("jobs").stdout
    assert "1 job: 1 done" in command("jobs", folder).stdout
    assert "1 of 1 take is ready" in command("deliver", folder, tmp_path / "out").stdout


def test_the_state_dir_and_recordings_may_have_them(cli: Command, tmp_path: Path) -> None:
    """The engines read takes from the state dir, and recordings of voices from anywhere."""
    state = tmp_path / os.fsdecode(b"st\xe4te")
    take = make_take(tmp_path / "take.wav", 0.5)
    cli.config('backend = "local"\n')
    cli.process("convert", take, "--state", state)
    assert (tmp_path / "take.ada.wav").exists()
    recording = make_take(tmp_path / "recording.wav", 1.0)
    said = cli.process("voices", "add", "anna", "--consent", recording.rename(tmp_path / os.fsdecode(b"V\xfc.wav")), check=1)
    assert "too little" in said.stderr


def test_init_says_that_a_config_cannot_hold_them(cli: Command, tmp_path: Path) -> None:
    said = cli.process("init", tmp_path / os.fsdecode(b"Export\xe9"), "--config", tmp_path / "new.toml", check=2)
    assert "no UTF-8, which a config cannot hold" in said.stderr
    assert not (tmp_path / "new.toml").exists()
