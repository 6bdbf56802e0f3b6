"""`takevoice deliver`: what is handed over of a folder, and what is missing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from support import FAST, Command, make_take

CONFIG = """
[[watch]]
folder = "{folder}"
track = "{{track}}_{{take}}"
[tracks."Anna"]
voice = "ada"
[tracks."=Guard"]
voice = "bea"
"""


@pytest.fixture
def dub(gated: Command, folder: Path) -> Command:
    """Three takes that are converted, one of them in a subfolder."""
    gated.config('backend = "gated"\n' + FAST + CONFIG.format(folder=folder))
    (folder / "act 2").mkdir()
    for seed, name in enumerate(("Anna_01", "Anna_02", "act 2/=Guard_01")):
        make_take(folder / f"{name}.wav", 0.3, seed=seed)
    gated("run", "--once", "--osc-port", "0", "--existing")
    return gated


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_results_get_the_names_of_their_originals(dub: Command, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "final"
    assert "3 of 3 takes are ready; name a second folder" in dub("deliver", folder).stdout
    assert not out.exists()
    said = dub("deliver", folder, out, "--list", tmp_path / "list.csv").stdout
    assert f"{out}: 3 copied" in said and "3 of 3 takes are ready\n" in said
    assert files(out) == ["Anna_01.wav", "Anna_02.wav", "act 2/=Guard_01.wav"]
    assert (out / "Anna_01.wav").read_bytes() == (folder / "Anna_01.ada.wav").read_bytes()
    guard = next(row for row in rows(tmp_path / "list.csv") if "Guard" in row["take"])
    assert (guard["file"], guard["take"]) == ("act 2/=Guard_01.wav", "'=Guard_01.wav")  # no formula
    assert (guard["character"], guard["voice"], guard["seconds"], guard["remark"]) == ("'=Guard", "bea", "0.3", "")
    assert ": 0 copied, 3 there already" in dub("deliver", folder, out).stdout
    assert "is there already" in dub("deliver", folder, "--list", tmp_path / "list.csv", check=1).stderr


def test_a_retake_replaces_what_was_delivered_of_it(dub: Command, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "final"
    dub("deliver", folder, out)
    make_take(folder / "Anna_01.wav", 0.4, seed=9)
    said = dub("deliver", folder, out, check=1).stdout
    assert "2 of 3 takes are ready" in said and "1 missing:\n  Anna_01.wav  done, job " in said and "written again since" in said
    dub("run", "--once", "--osc-port", "0")
    assert ": 1 copied, 2 there already" in dub("deliver", folder, out).stdout
    assert (out / "Anna_01.wav").read_bytes() == (folder / "Anna_01.ada.2.wav").read_bytes()
    assert files(out)[:2] == ["Anna_01.wav", "Anna_02.wav"]


def test_the_candidate_that_was_picked_is_handed_over(dub: Command, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "final"
    dub("deliver", folder, out)
    dub("candidates", "--more", "2", folder / "Anna_02.wav")
    assert "job 4 is found; `takevoice run` makes them" in dub("candidates", folder / "Anna_02.wav", check=1).stderr
    dub("run", "--once", "--osc-port", "0")
    said = dub("deliver", folder, out).stdout
    assert "3 there already" in said and "3 of 3 takes are ready" in said, "the result stays until another is picked"
    assert "Anna_02.wav  has further candidates: held, job 4: 2 candidates are there: `takevoice pick JOB`" in said
    second = folder / "candidates" / "Anna_02.ada.2.wav"
    dub("pick", second)
    dub("deliver", folder, out, "--list", tmp_path / "list.csv")
    assert (out / "Anna_02.wav").read_bytes() == second.read_bytes()
    assert next(row for row in rows(tmp_path / "list.csv") if row["take"] == "Anna_02.wav")["seed"] == "2"

    # Still further ones: the pick stays meanwhile, but not for a take that is rendered again.
    assert "job 4: 1 more of Anna_02.wav" in dub("candidates", "--more", "1", second).stdout
    said = dub("deliver", folder, out, "--list", tmp_path / "list2.csv").stdout
    assert "3 there already" in said and "Anna_02.wav  has further candidates: found, job 4" in said
    assert next(row for row in rows(tmp_path / "list2.csv") if row["take"] == "Anna_02.wav")["seed"] == "2"
    make_take(folder / "Anna_02.wav", 0.4, seed=9)
    assert "2 of 3 takes are ready" in dub("deliver", folder, out, check=1).stdout


def test_another_station_delivers_what_was_picked_on_this_one(dub: Command, folder: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "final", ("--state", tmp_path / "other")
    assert "3 copied" in dub("deliver", folder, out, *other).stdout
    dub("candidates", "--more", "2", folder / "Anna_02.wav")
    dub("run", "--once", "--osc-port", "0")
    dub("pick", folder / "candidates" / "Anna_02.ada.2.wav")
    assert ": 1 copied, 2 there already" in dub("deliver", folder, out, *other).stdout
    assert (out / "Anna_02.wav").read_bytes() == (folder / "candidates" / "Anna_02.ada.2.wav").read_bytes()
    (out / "Anna_02.wav").write_bytes((folder / "candidates" / "Anna_02.ada.1.wav").read_bytes() + b"edited")
    assert "is no result of this take: it stays" in dub("deliver", folder, out, *other, check=1).stdout


def test_a_take_whose_first_result_waits_for_a_pick_is_missing(dub: Command, folder: Path) -> None:
    make_take(folder / "Anna_04.wav", 0.3, seed=7)
    dub("convert", folder / "Anna_04.wav", "--candidates", "2", "--pick", "ask")
    assert "Anna_04.wav  held, job " in dub("deliver", folder, check=1).stdout


def test_files_of_others_stay(dub: Command, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "final"
    out.mkdir()
    (out / "Anna_01.wav").write_bytes(b"mine")
    said = dub("deliver", folder, out, check=1).stdout
    assert "1 not copied:\n  Anna_01.wav  " in said and "it stays" in said
    assert (out / "Anna_01.wav").read_bytes() == b"mine"
    dub("deliver", folder, out, "--name", "{take}_{voice}", check=0)
    assert "01_ada.wav" in files(out)
    assert "unknown field {wow}" in dub("deliver", folder, out, "--name", "{wow}", check=2).stderr


def test_what_is_not_ready_is_named_with_what_helps(dub: Command, folder: Path, tmp_path: Path) -> None:
    make_take(folder / "Zoe_01.wav", 0.3, seed=8)
    (folder / "Anna_02.ada.wav").unlink()
    said = dub("deliver", folder, tmp_path / "final", check=1).stdout
    assert "Zoe_01.wav  is not converted yet" in said
    assert "Anna_02.wav  done, job 2: its result is not there any more; `takevoice convert" in said or "result is not there any more" in said
    assert files(tmp_path / "final") == ["Anna_01.wav", "act 2/=Guard_01.wav"]


def test_old_voices_and_edits_are_handed_over_and_named(dub: Command, folder: Path, tmp_path: Path) -> None:
    config = dub.config_dir / "takevoice.toml"
    config.write_text(config.read_text("utf-8").replace('voice = "ada"', 'voice = "bea"'), "utf-8")
    result = folder / "act 2" / "=Guard_01.bea.wav"
    result.write_bytes(result.read_bytes() + b"edit")
    said = dub("deliver", folder, tmp_path / "final").stdout
    assert "3 to be checked:" in said and "is by ada, and bea is cast: `takevoice casting recast \"Anna\"`" in said
    assert "was edited after takevoice wrote it" in said
    dub("casting", "recast", "--yes")
    dub("run", "--once", "--osc-port", "0")
    again = dub("deliver", folder, tmp_path / "final").stdout
    assert "2 copied, 1 there already" in again and "is by ada" not in again


def test_the_suggested_command_works_for_a_track_that_begins_with_a_dash(dub: Command, folder: Path) -> None:
    make_take(folder / "-Zoe_01.wav", 0.3, seed=7)
    dub("run", "--once", "--osc-port", "0")
    config = dub.config_dir / "takevoice.toml"
    config.write_text(config.read_text("utf-8") + '[tracks."-Zoe"]\nvoice = "bea"\n', "utf-8")
    assert '`takevoice casting recast -- "-Zoe"`' in dub("deliver", folder).stdout
    assert "1 result to convert again" in dub("casting", "recast", "--", "-Zoe", check=2).stdout


def test_a_voice_that_was_asked_for_by_itself_is_named_where_another_is_cast(dub: Command, folder: Path) -> None:
    dub("convert", folder / "Anna_01.wav", "--voice", "bea")
    assert "Anna_01.wav  is by bea, and ada is cast, asked for by itself" in dub("deliver", folder).stdout
    assert "1 by bea (asked for by itself), to be by ada" in dub("casting", "recast", check=2).stdout


def test_a_delivery_inside_of_the_watched_folder_is_not_converted(dub: Command, folder: Path) -> None:
    before = len(dub.jobs())
    dub("deliver", folder, folder / "final")
    assert "new" not in dub("casting").stdout, "a copy is no new take"
    make_take(folder / "Anna_03.wav", 0.3, seed=9)
    assert "(1 new)" in dub("casting").stdout
    (folder / "Anna_03.wav").unlink()
    dub("run", "--once", "--osc-port", "0")
    assert len(dub.jobs()) == before
    assert "3 of 3 takes are ready" in dub("deliver", folder, folder / "final").stdout
    assert "a folder of their own" in dub("deliver", folder, folder, check=2).stderr
    assert "has no takes" in dub("deliver", folder / "final", check=1).stderr


def test_a_name_that_cannot_be_leaves_no_folder(dub: Command, folder: Path, tmp_path: Path) -> None:
    assert "without folders" in dub("deliver", folder, tmp_path / "out", "--name", "../{stem}", check=2).stderr
    assert "must contain {stem}" in dub("deliver", folder, tmp_path / "out", "--name", "{track}", check=2).stderr
    assert not (tmp_path / "out").exists()


def test_a_take_that_is_done_is_converted_again_by_the_number_that_is_named(dub: Command, folder: Path) -> None:
    said = dub("retry", folder / "Anna_01.wav", "--voice", "bea", check=1).stdout
    assert "nothing has failed there; there is 1 done (`takevoice retry 1` converts it again)" in said


def test_places_that_cannot_be_used_are_named_before_anything_is_copied(dub: Command, folder: Path, tmp_path: Path) -> None:
    take, out = folder / "Anna_01.wav", tmp_path / "out"
    assert f"{take}: is a file" in dub("deliver", take, check=2).stderr
    assert "does not exist" in dub("deliver", folder / "nothing", check=2).stderr
    assert "its folder does not exist" in dub("deliver", folder, out, "--list", tmp_path / "no" / "list.csv", check=2).stderr
    assert str(take) in dub("deliver", folder, take, check=1).stderr
    assert not out.exists()


def test_what_is_refused_leaves_no_folder(dub: Command, folder: Path, tmp_path: Path) -> None:
    out, empty = tmp_path / "final", tmp_path / "Empty"
    empty.mkdir()
    assert "must be a name without folders" in dub("deliver", folder, out, "--name", "../../{track}", check=2).stderr
    assert "has no takes" in dub("deliver", empty, out, check=1).stderr
    assert not out.exists()


def test_a_request_that_came_to_nothing_hides_no_result_of_the_same_audio(dub: Command, folder: Path, tmp_path: Path) -> None:
    take = folder / "Anna_01.wav"
    dub("convert", take, "--voice", "bea", "--out", tmp_path / "none" / "x.wav", check=1)
    assert [job["state"] for job in dub.jobs()].count("failed") == 1
    assert "3 of 3 takes are ready" in dub("deliver", folder, tmp_path / "final").stdout
    assert (tmp_path / "final" / "Anna_01.wav").read_bytes() == (folder / "Anna_01.ada.wav").read_bytes()
    dub("undo", take, "--yes")
    assert "done, job 1: its result was deleted by a person" in dub("deliver", folder, check=1).stdout
    assert dub("retry", take).stdout.splitlines() == ["job 1 starts again (try 2)"]
    dub("run", "--once", "--osc-port", "0")
    assert "3 of 3 takes are ready" in dub("deliver", folder).stdout
    make_take(take, 0.4, seed=9)
    dub("convert", take, "--voice", "bea", "--out", tmp_path / "none" / "x.wav", check=1)
    assert "2 of 3 takes are ready" in dub("deliver", folder, check=1).stdout, "the result is of other audio"


def test_results_are_handed_over_also_when_the_ledger_was_lost(dub: Command, folder: Path, tmp_path: Path) -> None:
    for each in dub.state.glob("ledger.sqlite3*"):
        each.unlink()
    dub("run", "--once", "--osc-port", "0")
    assert dub.jobs() == []
    said = dub("deliver", folder, tmp_path / "final", "--list", tmp_path / "list.csv").stdout
    assert "3 copied\n3 of 3 takes are ready\n3 to be checked:\n" in said and "its result is known by its metadata" in said
    assert (tmp_path / "final" / "Anna_01.wav").read_bytes() == (folder / "Anna_01.ada.wav").read_bytes()
    first = next(row for row in rows(tmp_path / "list.csv") if row["take"] == "Anna_01.wav")
    assert (first["character"], first["voice"], first["seconds"], first["job"]) == ("Anna", "ada", "0.3", "")


@pytest.mark.parametrize("done", ["Done", "../Done", "{folder}/done"])
def test_takes_that_were_moved_once_they_were_done_count_where_they_were(gated: Command, folder: Path, tmp_path: Path, done: str) -> None:
    gated.config('backend = "gated"\n' + FAST + f'[[watch]]\nfolder = "{folder}"\ndone_folder = "{done}"\n')
    (folder / "ep1").mkdir()
    for seed, name in enumerate(("Anna_01", "ep1/Anna_01", "ep1/Bob_01")):
        make_take(folder / f"{name}.wav", 0.3, seed=seed)
    gated("run", "--once", "--osc-port", "0", "--existing")
    assert not (folder / "ep1" / "Anna_01.wav").exists()
    out, wanted = tmp_path / "final", ["Anna_01.wav", "ep1/Anna_01.wav", "ep1/Bob_01.wav"]
    assert "3 of 3 takes are ready\n" in gated("deliver", folder, out, "--list", tmp_path / "list.csv").stdout
    assert files(out) == wanted
    assert [row["take"] for row in rows(tmp_path / "list.csv")] == ["Anna_01.wav", "Anna_01.wav", "Bob_01.wav"]
    assert "2 of 2 takes are ready" in gated("deliver", folder / "ep1").stdout
    assert ": 0 copied, 3 there already" in gated("deliver", folder, out).stdout

    # A retake, which is moved in its turn, replaces what was delivered; while it has no result, it is what is missing.
    first = (out / "ep1" / "Anna_01.wav").read_bytes()
    make_take(folder / "ep1" / "Anna_01.wav", 0.4, seed=7)
    assert "ep1/Anna_01.wav  is not converted yet" in gated("deliver", folder, out, check=1).stdout
    gated("run", "--once", "--osc-port", "0")
    assert "3 of 3 takes are ready\n" in gated("deliver", folder, out).stdout
    assert files(out) == wanted
    assert (out / "ep1" / "Anna_01.wav").read_bytes() != first

    # The folder of the takes means them in other commands, too.
    assert "4 jobs: 4 done" in gated("jobs", folder).stdout
    assert "1 result deleted" in gated("undo", folder / "Anna_01.ada.wav", "--yes").stdout
    assert "Anna_01.wav  done, job 1: its result was deleted" in gated("deliver", folder, check=1).stdout
    assert "job 1 starts again" in gated("retry", folder).stdout
    gated("run", "--once", "--osc-port", "0")
    assert "3 of 3 takes are ready" in gated("deliver", folder).stdout
    assert "4 results deleted" in gated("undo", folder, "--yes").stdout
