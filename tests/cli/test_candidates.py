"""`takevoice candidates` and `pick`: what a person does with the candidates of a take, without a daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import BACKENDS, FAST, Command, make_take


def made(gated: Command, folder: Path, *words: str) -> Path:
    take = make_take(folder / "Anna_03.wav", 0.3)
    gated("convert", take, "--candidates", "3", *words)
    return take


def listed(gated: Command, *words: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(gated("candidates", "--json", *words).stdout)
    return found


def test_convert_prints_the_result_and_candidates_lists_them(gated: Command, folder: Path) -> None:
    take = make_take(folder / "Anna_03.wav", 0.3)
    assert gated("convert", take, "--candidates", "3").stdout == f"{folder / 'Anna_03.ada.wav'}\n"
    lines = gated("candidates").stdout.splitlines()
    assert lines[0] == f"{take} -> Anna_03.ada.wav  (job 1, done)"
    assert lines[1] == "  *     2  1  Anna_03.ada.1.wav  [ada] seed 1"
    assert lines[3] == "        4  3  Anna_03.ada.3.wav  [ada] seed 3"
    assert gated("candidates", folder).stdout == gated("candidates", take).stdout == gated("candidates", 3).stdout


def test_the_same_command_again_makes_nothing(gated: Command, folder: Path) -> None:
    made(gated, folder)
    made(gated, folder)
    assert len(gated.jobs()) == 4


def test_voices_as_candidates(gated: Command, folder: Path) -> None:
    gated("convert", make_take(folder / "a.wav", 0.3), "--candidates", "ada,bea")
    assert sorted(path.name for path in (folder / "candidates").iterdir()) == ["a.ada.1.wav", "a.bea.2.wav"]


def test_ask_prints_the_candidates_and_pick_makes_the_result(gated: Command, folder: Path) -> None:
    take = make_take(folder / "Anna_03.wav", 0.3)
    files = gated("convert", take, "--candidates", "3", "--pick", "ask").stdout.splitlines()
    assert len(files) == 3 and not (folder / "Anna_03.ada.wav").exists()
    assert "takevoice pick" in gated("jobs", "--held").stdout
    assert gated("pick", "candidates/Anna_03.ada.2.wav", cwd=folder).stdout == f"{folder / 'Anna_03.ada.wav'}\n"
    assert (folder / "Anna_03.ada.wav").read_bytes() == Path(files[1]).read_bytes()
    assert gated.jobs()[0]["state"] == "done"


def test_a_pick_without_the_config_of_the_folder_keeps_the_name(gated: Command, folder: Path) -> None:
    config = gated.config_dir / "dub.toml"
    config.write_text(f"""backend = "gated"
[settle]
quiet = 0.2
[[watch]]
folder = "{folder}"
track = "{{track}}_{{take}}"
output_folder = "../Made/{{voice}}"
output_name = "{{track}}_T{{take}}"
candidates = 2
pick = "ask"
""")
    (folder / "ep1").mkdir()
    make_take(folder / "ep1" / "Anna_03.wav", 0.3)
    gated("run", "--once", "--osc-port", "0", "--existing", "--config", config)
    made = folder.parent / "Made" / "ada" / "ep1"
    assert gated("pick", made / "candidates" / "Anna_T03.2.wav").stdout == f"{made / 'Anna_T03.wav'}\n"


def test_an_edited_result_is_named_and_stays(gated: Command, folder: Path) -> None:
    made(gated, folder)
    result = folder / "Anna_03.ada.wav"
    result.write_bytes(result.read_bytes() + b"edit")
    said = gated("pick", 3).stdout
    assert said == f"{folder / 'Anna_03.ada.2.wav'}; Anna_03.ada.wav stays\n"


def test_stars_notes_and_rejections_are_shown(gated: Command, folder: Path) -> None:
    made(gated, folder)
    gated("candidates", 3, "--stars", "4", "--note", "warmer")
    gated("pick", "--reject", 4)
    lines = gated("candidates").stdout.splitlines()
    assert lines[2].endswith('seed 2  ★★★★  "warmer"') and lines[3].lstrip().startswith("x")
    assert (folder / "candidates" / "Anna_03.ada.3.wav").exists()
    gated("pick", 4)  # takes the rejection back
    assert listed(gated)[0]["candidates"][2] | {"path": ""} == {  # type: ignore[index]
        "job": 4, "number": 3, "path": "", "state": "done", "picked": 1, "stars": 0, "rejected": 0, "note": "",
        "voice": "ada", "seed": 3,
    }


def test_what_cannot_be_picked_is_refused_in_one_line(gated: Command, folder: Path) -> None:
    take = made(gated, folder)
    assert "no candidate" in gated("pick", 1, check=1).stdout
    assert "no job 99" in gated("pick", 99, check=1).stdout
    assert "is no candidate" in gated("pick", take, check=1).stdout
    assert "one at a time" in gated("candidates", 1, "--more", "3", "--stars", "2", check=2).stderr
    assert "no number" in gated("candidates", 1, "--stars", "9", check=2).stderr


def test_only_the_explicit_command_deletes_and_only_what_is_spare(gated: Command, folder: Path) -> None:
    made(gated, folder)
    gated("convert", make_take(folder / "b.wav", 0.3, seed=1), "--candidates", "3", "--pick", "ask")
    gated("candidates", 3, "--stars", "1")
    files = {path.name for path in (folder / "candidates").iterdir()}
    said = gated("candidates", "--remove-unpicked", folder, check=2).stdout
    assert "1 file, " in said and "Anna_03.ada.3.wav" in said and "--yes" in said
    assert {path.name for path in (folder / "candidates").iterdir()} == files
    gated("candidates", "--remove-unpicked", folder, "--yes")
    # The picked one, the one with a star, and those of a take without a pick stay.
    assert files - {path.name for path in (folder / "candidates").iterdir()} == {"Anna_03.ada.3.wav"}
    assert "nothing to remove" in gated("candidates", "--remove-unpicked", folder, "--yes").stdout


def test_an_edited_candidate_is_never_deleted(gated: Command, folder: Path) -> None:
    made(gated, folder)
    for number in (2, 3):
        path = folder / "candidates" / f"Anna_03.ada.{number}.wav"
        path.write_bytes(path.read_bytes() + b"edit")
    assert "nothing to remove" in gated("candidates", "--remove-unpicked", folder, "--yes").stdout


def test_more_candidates_of_a_take_with_one_result(gated: Command, folder: Path) -> None:
    take = make_take(folder / "Anna_03.wav", 0.3)
    gated("convert", take)
    before = (folder / "Anna_03.ada.wav").read_bytes()
    gated("candidates", "--more", "3", take)
    gated("run", "--once", "--osc-port", "0", folder)
    assert (folder / "Anna_03.ada.wav").read_bytes() == before
    (family,) = listed(gated, take)
    assert family["state"] == "held" and len(family["candidates"]) == 3  # type: ignore[arg-type]
    gated("pick", "candidates/Anna_03.ada.3.wav", cwd=folder)
    assert (folder / "candidates" / "Anna_03.ada.4.wav").read_bytes() == before  # the older result is one of them now
    gated("candidates", "--more", "2", take)
    gated("run", "--once", "--osc-port", "0", folder)
    assert [row["seed"] for row in listed(gated, take)[0]["candidates"]][-2:] == [5, 6]  # type: ignore[index, attr-defined]


def test_more_candidates_named_by_a_result_are_of_its_take(gated: Command, folder: Path) -> None:
    gated("convert", make_take(folder / "Anna_03.wav", 0.3))
    result = folder / "Anna_03.ada.wav"
    assert "job 2: 2 more of Anna_03.wav" in gated("candidates", "--more", "2", result).stdout
    gated("run", "--once", "--osc-port", "0", folder)
    assert "job 2: 1 more of Anna_03.wav" in gated("candidates", "--more", "1", folder / "candidates" / "Anna_03.ada.2.wav").stdout
    for file in gated.state.glob("ledger.sqlite3*"):
        file.unlink()
    gated("run", "--once", "--osc-port", "0", folder)
    assert "is a result of takevoice; name its take" in gated("candidates", "--more", "1", result, check=1).stderr
    make_take(result, 0.3, seed=1)  # another program has written there
    assert "2 more of Anna_03.ada.wav" in gated("candidates", "--more", "2", result).stdout


@pytest.fixture
def paid(command: Command, tmp_path: Path) -> Command:
    """A command line whose backend takes a credit a second."""
    command.plugin(BACKENDS / "paid.py")
    (tmp_path / "gate").touch()
    command.config(f'backend = "paid"\n[plugins.paid]\nhere = "{tmp_path}"\n' + FAST)
    return command


def test_prices_are_those_of_all_candidates(paid: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 60.0, sample_rate=8000)
    assert "3 candidates, about 180 credits" in paid("explain", take, "--candidates", "3").stdout
    assert "  about 60 credits" in paid("explain", take).stdout
    paid.config(paid.config_dir.joinpath("takevoice.toml").read_text() + "[defaults]\ncandidates = 3\n")
    assert "about 180 credits" in paid("quote", folder).stdout
    assert "3 candidates, about 180 credits" in paid("explain", take).stdout


def test_steps_that_cost_something_say_how_much(paid: Command, folder: Path) -> None:
    take = make_take(folder / "Anna_03.wav", 2.0, sample_rate=8000)
    assert "Anna_03.wav: 3 candidates, about 6 credits with paid" in paid("convert", take, "--candidates", "3").stderr
    assert "credits" not in paid("convert", take, "--candidates", "3").stderr  # they are there
    assert "job 3 starts again (try 2): about 2 credits" in paid("retry", 3).stdout
    paid("cancel", 3)
    assert "job 1 starts again (try 2): 1 candidate, at most about 2 credits" in paid("retry", 1).stdout
    paid("cancel", 1)
    other = make_take(folder / "b.wav", 2.0, sample_rate=8000, seed=1)
    assert "about 6 credits with paid" in paid("candidates", "--more", "3", other).stdout


def test_a_folder_means_its_takes_and_not_each_of_their_candidates(paid: Command, folder: Path) -> None:
    config = paid.config_dir.joinpath("takevoice.toml").read_text() + "[money]\nper_day = {}\n"
    paid.config(config.format(0))
    take = make_take(folder / "Anna_03.wav", 2.0, sample_rate=8000)
    paid("convert", take, "--candidates", "3", check=1)
    assert [job["state"] for job in paid.jobs()] == ["held"] * 4
    assert paid("release", folder).stdout == "1 job released: at most about 6 credits with paid\n"
    paid.config(config.format(100))
    paid("run", "--once", "--osc-port", "0", folder)
    assert [job["state"] for job in paid.jobs()] == ["done"] * 4
    other = make_take(folder / "b.wav", 2.0, sample_rate=8000, seed=1)
    paid("convert", other, "--candidates", "2", "--pick", "ask")
    assert "1 take waits for your pick" in paid("release", folder).stdout
    assert paid.jobs()[4]["state"] == "held"
    assert "nothing new to convert" in paid("quote", folder).stdout and "held" not in paid("quote", folder).stdout


def test_a_job_says_that_it_is_a_candidate(gated: Command, folder: Path) -> None:
    made(gated, folder)
    assert "candidate 2 of job 1" in gated("jobs", 3).stdout
    assert [(job["family"], job["candidate"]) for job in gated.jobs()] == [(1, 0), (1, 1), (1, 2), (1, 3)]


def test_a_wrong_number_is_explained(gated: Command, folder: Path) -> None:
    take = make_take(folder / "a.wav", 0.3)
    assert "from 1 to 9" in gated("convert", take, "--candidates", "10", check=2).stderr
    said = gated("convert", take, "--set", 'candidates=[{voice="ada"},{stabilty=1}]', check=2).stderr
    assert "did you mean stability" in said


PICKED = '''
from pathlib import Path
from takevoice import hookimpl

@hookimpl
def picked(job, before):
    with (Path(job.path).parent / "picks.txt").open("a") as file:
        file.write(f"{job.id} {Path(job.output).name} {before and before.name}\\n")
    if job.id == 1:
        raise RuntimeError("broken")
'''


def test_plugins_are_notified_of_what_a_person_picks(gated: Command, folder: Path) -> None:
    gated.plugin("watching", PICKED)
    take = make_take(folder / "Anna_03.wav", 0.3)
    gated("convert", take, "--candidates", "3", "--pick", "ask")
    assert not (folder / "picks.txt").exists()
    assert "plugin watching failed in picked (details in the log)" in gated("pick", 3).stderr
    gated("pick", 4)
    assert (folder / "picks.txt").read_text().splitlines() == ["1 Anna_03.ada.wav None", "1 Anna_03.ada.wav Anna_03.ada.wav"]
    gated.config("backend = ")
    gated("pick", 2)
    assert (folder / "Anna_03.ada.wav").read_bytes() == (folder / "candidates" / "Anna_03.ada.1.wav").read_bytes()
