"""Wrong usage: one line says what is wrong and what to do, and the exit code is 2, or 1 where the system refuses."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from support import Command, make_take

# Windows has no error of its own for a long name: there is no such file.
TOO_LONG = "" if sys.platform == "win32" else "too long"


def test_an_unknown_command_is_a_usage_error(command: Command) -> None:
    assert "did you mean convert?" in command("convrt", check=2).stderr
    assert command("--version").stdout.startswith("takevoice ")
    assert "commands:" in command(check=2).stdout


def test_no_folder_is_a_usage_error_that_says_what_to_do(command: Command) -> None:
    said = command("run", check=2).stderr
    assert "takevoice run FOLDER" in said
    assert "takevoice init" in said


def test_a_faulty_config_is_told_line_by_line(command: Command, folder: Path) -> None:
    command.config("backend = 1\nscam = 2\n")
    said = command("run", folder, check=2).stderr.splitlines()
    assert len(said) == 2
    assert "did you mean scan?" in said[1]


@pytest.mark.parametrize("words", [("jobs",), ("jobs", "--json")])
def test_without_any_job_the_list_is_empty(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words).stdout
    assert json.loads(said) == [] if "--json" in words else "no jobs yet" in said


@pytest.mark.parametrize(
    ("pair", "advice"),
    [
        ("stability=2", "must be at most 1"),
        ("sed=1", "did you mean seed?"),
        ("seed", "--set stability=0.4"),
        ("output_format=mp3", "is not an output format"),
    ],
)
def test_wrong_settings_are_usage_errors(gated: Command, folder: Path, pair: str, advice: str) -> None:
    take = make_take(folder / "take.wav", 0.2)
    assert advice in gated("convert", take, "--set", pair, check=2).stderr
    assert os.listdir(folder) == ["take.wav"]


def test_a_backend_that_is_not_there_stops_the_start(command: Command, folder: Path) -> None:
    command.config('backend = "elevenlab"\n')
    assert "did you mean elevenlabs?" in command("run", folder, check=1).stderr


def test_a_backend_without_its_key_says_where_it_belongs(command: Command, folder: Path) -> None:
    command.config('backend = "elevenlabs"\n')
    assert "ELEVENLABS_API_KEY" in command("run", folder, check=1).stderr


def test_an_address_without_its_slash_is_told(command: Command) -> None:
    assert "an OSC address begins with /" in command("osc", "convert", check=2).stderr


def test_a_state_dir_that_cannot_be_written_is_told(command: Command, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = command("run", folder, "--state", tmp_path / "file" / "state", check=1).stderr
    assert "--state" in said


@pytest.mark.parametrize("word", ["jobs", "explain", "release"])
def test_a_state_dir_that_is_a_file_is_told(command: Command, tmp_path: Path, word: str) -> None:
    (tmp_path / "backup.sqlite3").touch()
    said = command(word, "1", "--state", tmp_path / "backup.sqlite3", check=None)
    assert said.returncode == 2
    assert "in which it is called ledger.sqlite3" in said.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("convert", "x" * 300 + ".wav"), TOO_LONG),
        (("convert", "~nosuchuser/take.wav"), "nosuchuser"),
        (("run", "--once", "~nosuchuser/Exports"), "nosuchuser"),
        (("cancel", "9" * 30), "9" * 30),
        (("retry", "9" * 30), "9" * 30),
        (("jobs", "9" * 30), "9" * 30),
        (("release", "9" * 30), "9" * 30),
        (("drop", "9" * 30), "9" * 30),
        (("quote", "x" * 300), TOO_LONG),
        (("explain", "x" * 300 + ".wav"), TOO_LONG),
        (("costs", "--since", "2026-03-30", "--until", "2026-03-29"), "--since is later than --until"),
        (("bogus",), "invalid choice: 'bogus'"),
    ],
)
def test_odd_arguments_get_one_line(command: Command, words: tuple[str, ...], text: str) -> None:
    done = command(*words, check=None)
    said = (done.stdout + done.stderr).strip().splitlines()
    assert done.returncode in (1, 2)
    assert text in said[-1]
    assert len(said) <= 2


def test_behind_two_dashes_a_name_may_begin_with_a_dash(gated: Command, folder: Path) -> None:
    make_take(folder / "-rf_01.wav", 0.3)
    make_take(folder / "--voice.wav", 0.3)
    assert gated("explain", "--", "-rf_01.wav", cwd=folder).stdout.startswith(str(folder / "-rf_01.wav"))
    assert gated("quote", "--", "--voice.wav", cwd=folder).stdout.startswith("1 file")
    out = gated("convert", "--voice", "bea", "--", "-rf_01.wav", "--voice.wav", cwd=folder).stdout.split()
    assert out == [str(folder / "-rf_01.bea.wav"), str(folder / "--voice.bea.wav")]
    (folder / "-Scene").mkdir()
    make_take(folder / "-Scene" / "a.wav", 0.3)
    assert "1 missing" in gated("deliver", "--", "-Scene", cwd=folder, check=1).stdout
    assert "/-3: is no candidate" in gated("pick", "--", "-3", cwd=folder, check=1).stdout
    assert "\0" not in gated("casting", "--", "-x", check=2).stderr
    assert "/-s.csv: there is no such file" in gated("casting", "import", "--", "-s.csv", cwd=folder, check=1).stderr


def test_a_name_that_begins_with_a_dash_is_told_how_to_be_given(gated: Command, folder: Path) -> None:
    """As where a shell has written `*.wav` out."""
    for name in ("-rf_01.wav", "a.wav"):
        make_take(folder / name, 0.3)
    hint = "put -- before names that begin with a dash, such as -rf_01.wav"
    for command in ("convert", "explain", "play"):
        assert hint in gated(command, "-rf_01.wav", *(["a.wav"] if command == "convert" else []), cwd=folder, check=2).stderr
    assert "put --" not in gated("explain", "--bogus", "a.wav", cwd=folder, check=2).stderr


def test_convert_makes_no_folder_for_files_that_are_not_there(command: Command, folder: Path) -> None:
    command("convert", folder / "none.wav", "--out", f"{folder / 'new'}/", check=1)
    assert not (folder / "new").exists()


@pytest.mark.parametrize("word", ["-1", "1.5", "all"])
def test_a_count_of_jobs_that_is_none_is_refused(command: Command, word: str) -> None:
    assert f"--last: {word} is no count: a whole number from 0 on" in command("jobs", "--last", word, check=2).stderr


@pytest.mark.parametrize(("word", "meant"), [("bogus", ""), ("qoute", "quote"), ("stauts", "status"), ("jbos", "jobs"), ("pik", "pick"), ("udno", "undo")])
def test_only_a_command_that_is_alike_is_proposed(command: Command, word: str, meant: str) -> None:
    said = command(word, check=2).stderr
    assert f"did you mean {meant}?" in said if meant else "did you mean" not in said
