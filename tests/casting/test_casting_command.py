"""`takevoice casting`: who speaks whom, on a sheet and in the config."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from support import BACKENDS, FAST, Command, make_take
from takevoice.audio import inspect, liveliest_start

TRACKS = """
# the cast
[[watch]]
folder = "{folder}"
track = "{{track}}_{{take}}"

[tracks."Anna"]
voice = "ada"  # warm
stability = 0.4

[tracks."Guard *"]
voice = "bea"
"""


@pytest.fixture
def cast(gated: Command, folder: Path) -> Command:
    """Three characters with takes, one of them not cast."""
    gated.config('backend = "gated"\n' + FAST.replace("scan = 0.5", "scan = 0.5") + TRACKS.format(folder=folder))
    for number, name in enumerate(("Anna_01", "Anna_02", "Guard 1_01", "Zoe_01")):
        make_take(folder / f"{name}.wav", 0.3, seed=number)
    gated("run", "--once", "--osc-port", "0")
    return gated


def config(command: Command) -> str:
    return (command.config_dir / "takevoice.toml").read_text("utf-8")


def test_characters_are_listed_with_takes_and_those_that_are_not_cast(cast: Command) -> None:
    lines = cast("casting").stdout.splitlines()
    assert lines[0].split() == ["Anna", "ada", "open", "2", "takes"]
    assert lines[1].split() == ["Guard", "*", "bea", "open", "1", "take"]
    assert lines[2].startswith("Guard 1") and "bea" in lines[2]
    assert lines[3].startswith("Zoe") and "not cast (ada)" in lines[3]
    assert lines[4] == "1 character has takes but no voice: Zoe"


def test_characters_that_follow_a_pattern_are_named_when_only_its_row_is_recast(cast: Command, tmp_path: Path) -> None:
    cast("casting", "export", tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text("utf-8")
    (tmp_path / "b.csv").write_text(text.replace("Guard *,bea,bea", "Guard *,ada,"), "utf-8")
    said = cast("casting", "import", tmp_path / "b.csv", check=2).stdout
    assert "Guard *: voice: bea -> ada; also for Guard 1, whose rows have the voice of before" in said
    (tmp_path / "c.csv").write_text("character,voice\nGUARD 1,ada\n,bea\n", "utf-8")
    said = cast("casting", "import", tmp_path / "c.csv", check=2).stdout
    assert "left out: line 3, which names a voice and no character" in said
    assert "no take is of GUARD 1 so far; do you mean Guard 1?" in said
    (tmp_path / "d.csv").write_bytes(b"")
    assert "has no column of characters" in cast("casting", "import", tmp_path / "d.csv", check=2).stderr


def test_an_export_that_is_imported_again_changes_nothing(cast: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "casting.csv"
    assert "4 characters" in cast("casting", "export", sheet).stdout
    before = config(cast)
    assert "nothing to change" in cast("casting", "import", sheet).stdout
    assert config(cast) == before
    assert "is there already" in cast("casting", "export", sheet, check=1).stderr


def test_a_sheet_shows_its_changes_first_and_writes_them_with_comments_kept(cast: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "cast.csv"
    sheet.write_bytes("Rolle;Sprecher;Stability;Status;Notiz\r\nAnna;bea;0,6;approved;wärmer\r\nZoe;ada;;;\r\n".encode("cp1252"))
    before = config(cast)
    said = cast("casting", "import", sheet, check=2).stdout
    assert "Anna: voice: ada -> bea; stability: 0.4 -> 0.6; state: (not set) -> approved; note: (not set) -> wärmer" in said
    assert "new  Zoe: voice: (not set) -> ada" in said
    assert config(cast) == before
    cast("casting", "import", sheet, "--yes")
    assert config(cast).startswith(before[: before.index("[tracks")]) and "# warm" in config(cast)
    assert tomllib.loads(config(cast))["tracks"]["Anna"] == {"voice": "bea", "stability": 0.6}
    (row,) = [row for row in json.loads(cast("casting", "--json").stdout) if row["character"] == "Anna"]
    assert (row["state"], row["note"], row["stale"]) == ("approved", "wärmer", 2)


def test_unknown_voices_are_named_before_anything_is_written(cast: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "cast.csv"
    sheet.write_text("character,voice\nAnna,adda\n")
    said = cast("casting", "import", sheet, check=2).stdout
    assert "would be held" in said and "adda" in said and "1 of them to unknown voices" in said


def test_what_is_out_of_range_is_named_by_line_and_nothing_is_written(cast: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "cast.csv"
    sheet.write_text("character,stability,state\nAnna,4,\nZoe,,great\n")
    said = cast("casting", "import", sheet, "--yes", check=2).stderr
    assert "line 2 (Anna)" in said and "at most 1" in said and "line 3 (Zoe): state = great" in said
    assert tomllib.loads(config(cast))["tracks"]["Anna"]["stability"] == 0.4


def test_candidates_of_several_voices_are_imported_and_exported(cast: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('character,candidates\nAnna,"ada,bea"\n007,3\n')
    assert "2 characters change" in cast("casting", "import", tmp_path / "a.csv", "--yes").stdout
    tracks = tomllib.loads(config(cast))["tracks"]
    assert tracks["Anna"] == {"voice": "ada", "stability": 0.4, "candidates": [{"voice": "ada"}, {"voice": "bea"}]}
    cast("casting", "export", tmp_path / "b.csv")
    exported = (tmp_path / "b.csv").read_text("utf-8-sig")
    assert '"ada,bea"' in exported and "\n'007," in exported
    assert "nothing to change" in cast("casting", "import", tmp_path / "b.csv").stdout


def test_a_dash_takes_a_setting_away(cast: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "cast.csv"
    sheet.write_text("character,stability\nAnna,-\n")
    cast("casting", "import", sheet, "--yes")
    assert tomllib.loads(config(cast))["tracks"]["Anna"] == {"voice": "ada"}


def test_results_by_another_voice_are_converted_again_after_a_question(cast: Command, folder: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "cast.csv"
    sheet.write_text("character,voice\nAnna,bea\n")
    cast("casting", "import", sheet, "--yes")
    assert "2 by another voice (ada)" in cast("casting").stdout
    said = cast("casting", "recast", check=2).stdout
    assert "Anna: 2 by ada, to be by bea" in said and "2 results to convert again, free" in said
    cast("casting", "recast", "Anna", "--yes")
    cast("run", "--once", "--osc-port", "0")
    assert (folder / "Anna_01.bea.wav").exists() and (folder / "Anna_01.ada.wav").exists()
    assert "No result is by another voice" in cast("casting", "recast").stdout


def test_candidates_in_another_voice_get_a_result_of_their_own(cast: Command, folder: Path, tmp_path: Path) -> None:
    text = config(cast)
    cast.config(text + "candidates = 2\n" if text.rstrip().endswith('voice = "bea"') else text)
    make_take(folder / "Guard 2_01.wav", 0.3, seed=9)
    cast("run", "--once", "--osc-port", "0")
    assert (folder / "Guard 2_01.bea.wav").exists()
    sheet = tmp_path / "cast.csv"
    sheet.write_text("character,voice\nGuard *,ada\n")
    cast("casting", "import", sheet, "--yes")
    cast("casting", "recast", "Guard 2", "--yes")
    cast("run", "--once", "--osc-port", "0")
    assert (folder / "Guard 2_01.ada.wav").exists() and (folder / "Guard 2_01.bea.wav").exists()
    (row,) = [row for row in json.loads(cast("casting", "--json").stdout) if row["character"] == "Guard 2"]
    assert (row["voice"], row["stale"]) == ("ada", 0)


def test_picks_among_voices_are_no_mistake(cast: Command, folder: Path) -> None:
    cast.config(config(cast).replace("stability = 0.4", 'candidates = [{voice = "ada"}, {voice = "bea"}]'))
    make_take(folder / "Anna_03.wav", 0.3, seed=8)
    cast("run", "--once", "--osc-port", "0")
    cast("pick", folder / "candidates" / "Anna_03.bea.2.wav")
    (row,) = [row for row in json.loads(cast("casting", "--json").stdout) if row["character"] == "Anna"]
    assert (row["results"], row["stale"]) == (3, 0)
    assert "[bea] -> Anna_03.ada.wav" in cast("jobs").stdout


def test_marks_are_kept(cast: Command) -> None:
    cast("casting", "mark", "Anna", "Zoe", "--status", "proposed", "--note", "try again")
    assert '"try again"' in cast("casting").stdout
    assert 'no character "Nobody"' in cast("casting", "mark", "Nobody", "--note", "x", check=2).stderr


def test_an_audition_is_a_real_line_in_each_voice(cast: Command, folder: Path) -> None:
    files = cast("casting", "audition", "Anna", "ada", "bea").stdout.splitlines()[1:]
    assert [Path(file).name for file in files] == ["Anna_ada.wav", "Anna_bea.wav"]
    assert all(Path(file).exists() for file in files)
    again = cast("casting", "audition", "Anna", "ada", "bea").stdout.splitlines()[1:]
    assert again == files  # nothing is made, or paid, twice
    (row,) = [row for row in json.loads(cast("casting", "--json").stdout) if row["character"] == "Anna"]
    assert (row["takes"], row["stale"]) == (2, 0)  # an audition is no take
    assert "no take of this character" in cast("casting", "audition", "Bert", "ada", check=1).stderr


def test_an_audition_that_costs_something_asks_first(command: Command, folder: Path, tmp_path: Path) -> None:
    command.plugin(BACKENDS / "paid.py")
    (tmp_path / "gate").touch()
    command.config(f'backend = "paid"\n[plugins.paid]\nhere = "{tmp_path}"\n' + FAST)
    command("convert", make_take(folder / "Anna.wav", 12.0, sample_rate=8000))
    said = command("casting", "audition", "Anna", "ada", check=2).stdout
    assert "1 voice, about 10 credits" in said
    assert len((tmp_path / "sent").read_text().splitlines()) == 1
    command("casting", "audition", "Anna", "ada", "--yes")
    assert len((tmp_path / "sent").read_text().splitlines()) == 2


def test_the_line_of_an_audition_is_where_most_is_said(tmp_path: Path) -> None:
    samples = np.zeros((30 * 8000, 1))
    samples[8000:8005] = 1.0  # a bang
    samples[15 * 8000 : 25 * 8000] = 0.1 * np.sin(np.arange(10 * 8000)[:, None])
    path = tmp_path / "take.wav"
    soundfile.write(path, samples, 8000)
    assert liveliest_start(inspect(path), 10.0) == pytest.approx(15.0, abs=0.1)
    assert liveliest_start(inspect(path), 60.0) == 0.0


def test_takes_that_were_not_met_yet_are_cast_and_auditioned(gated: Command, folder: Path, tmp_path: Path) -> None:
    gated.config('backend = "gated"\n' + FAST + TRACKS.format(folder=folder))
    for number, name in enumerate(("Anna_01", "Anna_02", "Guard 1_01", "Zoe_01")):
        make_take(folder / f"{name}.wav", 0.3 + number / 10, seed=number)
    lines = gated("casting").stdout.splitlines()
    assert lines[0].split()[3:] == ["2", "takes", "(2", "new)"]
    assert lines[2].endswith("1 take (1 new)  as Guard *")
    assert lines[4] == "1 character has takes but no voice: Zoe"
    said = gated("casting", "audition", "Anna", "bea", "--out", tmp_path / "tries").stdout
    assert "Anna_original.wav from " in said and "Anna_02.wav" in said  # the longest
    assert (tmp_path / "tries" / "Anna_bea.wav").exists()
    assert "takes converted" not in gated("status", check=1).stdout  # an audition is no take
    gated("run", "--once", "--osc-port", "0", "--existing")
    assert "4 takes converted" in gated("status", check=1).stdout
    assert "new)" not in gated("casting").stdout


def test_a_character_has_the_state_of_the_entry_that_casts_it(cast: Command) -> None:
    cast("casting", "mark", "Guard *", "--status", "approved")
    assert "Guard 1  bea               approved  1 take  as Guard *" in cast("casting").stdout
    cast("casting", "mark", "Guard 1", "--status", "rejected")
    assert "rejected" in next(line for line in cast("casting").stdout.splitlines() if line.startswith("Guard 1"))


def test_a_mistyped_character_is_noticed_before_anything_is_written(cast: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "cast.csv"
    sheet.write_text("character,voice\nZoee,bea\nGuard ?,ada\nLater,ada\n")
    said = cast("casting", "import", sheet, check=2).stdout
    assert "no take is of Zoee so far; do you mean Zoe?\n" in said
    assert "no take is of Later so far\n" in said and "no take is of Guard" not in said


def test_a_sheet_casts_a_character_also_in_the_default_voice(cast: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "cast.csv"
    sheet.write_text("character,voice\nZoe,ada\n")
    assert "new  Zoe: voice: (not set) -> ada" in cast("casting", "import", sheet, "--yes").stdout
    assert tomllib.loads(config(cast))["tracks"]["Zoe"] == {"voice": "ada"}
    assert "not cast" not in cast("casting").stdout
    assert "nothing to change" in cast("casting", "import", sheet).stdout


def test_what_is_converted_again_already_is_not_converted_again_twice(cast: Command, folder: Path) -> None:
    cast.config(config(cast) + 'candidates = 2\npick = "ask"\n')
    make_take(folder / "Guard 3_01.wav", 0.3, seed=21)
    cast("run", "--once", "--osc-port", "0")
    cast("pick", folder / "candidates" / "Guard 3_01.bea.2.wav")
    cast.config(config(cast).replace('voice = "bea"', 'voice = "ada"'))
    assert "Guard 3: 1 by bea" in cast("casting", "recast", "--yes").stdout
    assert "Guard 3" not in cast("casting", "recast", "--yes").stdout  # before it begins
    cast("run", "--once", "--osc-port", "0")
    assert "Guard 3" not in cast("casting", "recast", "--yes").stdout  # it waits to be picked
    cast("run", "--once", "--osc-port", "0")
    assert [job["state"] for job in cast.jobs() if "Guard 3" in job["path"] and job["state"] == "held"] == ["held"]
    cast("pick", folder / "candidates" / "Guard 3_01.ada.1.wav")
    assert (folder / "Guard 3_01.ada.wav").exists()  # named after the new voice


def test_a_character_with_brackets_in_its_name_has_its_takes(cast: Command, folder: Path, tmp_path: Path) -> None:
    make_take(folder / "Anna [phone]_01.wav", 0.3, seed=22)
    cast("run", "--once", "--osc-port", "0")
    sheet = tmp_path / "cast.csv"
    sheet.write_text("character,voice\nAnna [phone],bea\n")
    cast("casting", "import", sheet, "--yes")
    (line,) = [line for line in cast("casting").stdout.splitlines() if line.startswith("Anna [phone]")]
    assert "1 take, 1 by another voice (ada)" in line
    assert "Anna [phone]: 1 by ada, to be by bea" in cast("casting", "recast", check=2).stdout


@pytest.mark.parametrize(("heading", "state"), [("Status", "freigegeben"), ("Statut", "Approuvé"), ("Estado", "aprobado")])
def test_states_in_other_languages_and_columns_that_mean_nothing(cast: Command, tmp_path: Path, heading: str, state: str) -> None:
    sheet = tmp_path / "cast.csv"
    sheet.write_text(f"Rolle;{heading};Drehtag\nAnna;{state};3\n")
    said = cast("casting", "import", sheet, check=2).stdout
    assert "not used: Drehtag (--column NAME=HEADING" in said and "Anna: state: (not set) -> approved" in said


def test_a_space_before_the_separator_is_no_part_of_the_character(cast: Command, folder: Path, tmp_path: Path) -> None:
    """It is not seen in a file's name: the table of Anna applies, a sheet can cast it, and a table with the space still counts."""
    take = make_take(folder / "Anna _05.wav", 0.3, seed=9)
    assert "built in" not in next(line for line in cast("explain", take).stdout.splitlines() if "stability" in line)
    assert next(line for line in cast("casting").stdout.splitlines() if line.startswith("Anna")).split()[:5] == ["Anna", "ada", "open", "3", "takes"]
    make_take(folder / "Yves _01.wav", 0.3, seed=10)
    (tmp_path / "a.csv").write_text("character,voice\nYVES,bea\n", "utf-8")
    assert "no take is of YVES so far; do you mean Yves?" in cast("casting", "import", tmp_path / "a.csv", check=2).stdout
    cast.config(config(cast) + '[tracks."Yves "]\nvoice = "bea"\n')
    said = cast("explain", folder / "Yves _01.wav").stdout
    assert "bea" in next(line for line in said.splitlines() if line.strip().startswith("voice"))
    (tmp_path / "b.csv").write_text("character,voice\nYves,ada\n", "utf-8")
    cast("casting", "import", tmp_path / "b.csv", "--yes")
    tables = tomllib.loads(config(cast))["tracks"]
    assert tables["Yves "] == {"voice": "ada"} and "Yves" not in tables
