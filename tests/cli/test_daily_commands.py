"""What daily work needs: other settings at a retry, another order, results taken back, a list before it costs anything."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.some_jobs import add
from signals import make_speech
from support import FAST, Command, make_take, wait_for
from takevoice.jobs import State
from takevoice.ledger import Ledger


@pytest.fixture
def ledger(command: Command) -> Iterator[Ledger]:
    made = Ledger(command.state / "ledger.sqlite3")
    yield made
    made.close()


def claimed(ledger: Ledger) -> list[int]:
    """The queued jobs in the order in which they are begun."""
    return [job.id for job in iter(lambda: ledger.jobs.claim("daemon", newest_first=True), None) if job]


def test_what_is_put_first_is_begun_first_and_a_later_wish_comes_before_an_earlier_one(
    command: Command, ledger: Ledger, folder: Path
) -> None:
    for n in range(6):
        ledger.jobs.update(add(ledger, folder / f"{n}.wav", State.QUEUED), audio_hash=str(n))
    failed = add(ledger, folder / "failed.wav", State.FAILED)
    assert command("next", 2).stdout == "1 job put first: 2\n"
    assert command("next", folder / "3.wav", 1).stdout == "2 jobs put first: 4, 1\n"
    said = command("next", failed, 99, check=1).stdout
    assert f"job {failed} is failed and does not wait for its turn" in said
    assert "there is no job 99" in said
    assert "nothing waits there" in command("next", folder / "failed.wav", check=1).stdout
    assert claimed(ledger) == [4, 1, 2, 6, 5, 3]


def test_a_pause_is_kept_until_it_is_ended(command: Command, ledger: Ledger, folder: Path) -> None:
    add(ledger, folder / "take.wav", State.QUEUED)
    end = "; takevoice is not running, and starts paused: `takevoice resume` starts conversions again\n"
    assert command("pause").stdout == "paused" + end
    assert command("pause").stdout == "paused already" + end
    start = "; 1 take is waiting; takevoice is not running: `takevoice run` starts it\n"
    assert command("resume").stdout == "resumed" + start
    assert command("resume").stdout == "it was not paused" + start


def test_a_retry_with_another_voice_and_settings_keeps_them(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.3)
    gated("convert", take, "--voice", "ada")
    said = gated("retry", 1, "--voice", "bea", "--set", "seed=7").stdout
    assert said == "job 1 starts again (try 2)\n"
    gated("run", "--once", folder)
    (job,) = json.loads(gated("jobs", "--json").stdout)
    assert (job["state"], job["voice"], job["settings"]["seed"]) == ("done", "bea", 7)
    assert (folder / "take.ada.wav").exists()
    assert (folder / "take.bea.wav").exists()
    assert "stability" in gated("retry", 1, "--set", "stabilty=0.4", check=2).stderr
    gated("retry", 1, "--all", check=2)


def test_retry_all_takes_cancelled_jobs_too(command: Command, ledger: Ledger, folder: Path) -> None:
    for state in (State.FAILED, State.CANCELLED, State.DONE):
        add(ledger, folder / f"{state}.wav", state)
    assert command("retry", "--all").stdout.splitlines() == ["job 1 starts again (try 2)", "job 2 starts again (try 2)"]


def test_results_are_taken_back_only_where_they_are_as_takevoice_wrote_them(gated: Command, folder: Path) -> None:
    takes = [make_take(folder / f"{name}.wav", 0.3, seed=n) for n, name in enumerate(("a", "b", "touched"))]
    gated("convert", *takes, "--voice", "ada")
    touched = folder / "touched.ada.wav"
    touched.touch()
    said = gated("undo", folder, check=2).stdout.splitlines()
    assert said[0].startswith("2 results, 0.1 MB:")
    assert said[1:3] == [f"  {folder / 'a.ada.wav'}", f"  {folder / 'b.ada.wav'}"]
    assert said[3:] == ["1 other stays:", f"  {touched}: was changed since", "Nothing is deleted; --yes deletes them."]
    assert (folder / "a.ada.wav").exists()
    assert gated("undo", folder / "a.ada.wav", "--yes").stdout.splitlines()[-1] == "1 result deleted"
    assert gated("undo", "--since", "1h", "--yes").stdout.splitlines()[-1] == "1 result deleted"
    assert sorted(path.name for path in folder.iterdir()) == ["a.wav", "b.wav", "touched.ada.wav", "touched.wav"]
    assert "a.ada.wav was deleted by a person" in gated("jobs", 1).stdout
    gated.config('backend = "gated"\n' + FAST + f'[[watch]]\nfolder = "{folder}"\n')
    gated("run", "--once")  # nothing is converted again because of it
    assert not (folder / "a.ada.wav").exists()
    assert "a.wav [ada] -> a.ada.wav: it was deleted by a person" in gated("jobs").stdout
    told = gated("deliver", folder, check=1).stdout
    assert "a.wav  done, job 1: its result was deleted by a person; `takevoice retry 1` makes it again" in told
    assert f'`takevoice retry "{folder}"` makes the 2 results again that were deleted' in told
    assert gated("retry", folder).stdout.splitlines() == ["job 1 starts again (try 2)", "job 2 starts again (try 2)"]
    gated("run", "--once")
    assert (folder / "a.ada.wav").exists() and (folder / "b.ada.wav").exists()
    assert "deleted" not in gated("jobs").stdout and "3 of 3 takes are ready" in gated("deliver", folder).stdout
    gated("undo", check=2)
    assert "no take there has a result" in gated("undo", folder.parent / "none", check=1).stderr


def test_the_quote_of_a_folder_lists_what_each_take_would_become(gated: Command, folder: Path) -> None:
    config = 'backend = "gated"\n' + FAST + '[plugins.gated]\npaid = true\n[tracks.Anna]\nvoice = "bea"\n'
    gated.config(config + f'[[watch]]\nfolder = "{folder}"\ntrack = "{{track}}_{{take}}"\n')
    make_take(folder / "Anna_03.wav", 60.0, 8000)
    (folder / "in").mkdir()
    make_take(folder / "in" / "Guard_1.wav", 30.0, 8000)
    heading, anna, guard, *rest = gated("quote", "--list").stdout.splitlines()
    assert heading.split() == ["take", "track", "voice", "result", "credits"]
    assert anna.split()[:4] == ["Anna_03.wav", "Anna", "bea", "Anna_03.bea.wav"]
    assert guard.split()[:4] == [str(Path("in") / "Guard_1.wav"), "Guard", "ada", "Guard_1.ada.wav"]
    assert heading.index("credits") == anna.rindex(anna.split()[4])
    assert rest[-1].startswith("2 files, 90 seconds, ")
    takes = json.loads(gated("quote", "--list", "--json").stdout)["takes"]
    assert [(take["kind"], take["track"], Path(take["result"]).name) for take in takes] == [
        ("new", "Anna", "Anna_03.bea.wav"),
        ("new", "Guard", "Guard_1.ada.wav"),
    ]
    assert not (gated.state / "ledger.sqlite3").exists()
    (folder / "Anna_03.wav").rename(folder / f"{'long ' * 30}_03.wav")
    lengths = sorted(map(len, gated("quote", "--list").stdout.splitlines()[:3]))
    assert lengths[1] < 130 < lengths[2], "one long name makes no other line long"


def test_a_mistyped_command_or_option_is_guessed(command: Command) -> None:
    assert "did you mean convert?" in command("conver", "a.wav", check=2).stderr
    assert "did you mean --search?" in command("jobs", "--serach", "x", check=2).stderr


TYPED = {
    "rel": ["release"],
    "quote --l": ["--list"],
    "costs --by ": ["day", "character", "track", "folder", "voice"],
    "jobs --only h": ["held"],
    "convert ta": ["take.wav"],
    "voices ad": ["add"],
    "ledger back": ["backup"],
}
"""What is typed behind `takevoice `, and what completes its last word."""


def script_for(command: Command, shell: str, folder: Path) -> Path:
    """Write the script of a shell next to a take."""
    (folder / "take.wav").touch()
    path = folder / "_takevoice"
    path.write_text(command("completion", shell).stdout, "utf-8")
    return path


def lines_of(words: list[str], folder: Path) -> list[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_commands_options_choices_and_files(command: Command, tmp_path: Path) -> None:
    script_for(command, "bash", tmp_path)
    script = """
    source _takevoice
    try() { COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=(); _shtab_takevoice; echo "${COMPREPLY[*]}"; }
    """
    tries = [f"try takevoice {typed}{chr(39) * 2 if typed.endswith(' ') else ''}" for typed in TYPED]
    said = lines_of(["bash", "-c", script + "\n".join(tries)], tmp_path)
    assert dict(zip(TYPED, map(str.split, said), strict=True)) == TYPED


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes_them(command: Command, tmp_path: Path) -> None:
    script_for(command, "fish", tmp_path)
    for typed, wanted in TYPED.items():
        said = lines_of(["fish", "-c", f"source _takevoice; complete -C 'takevoice {typed}'"], tmp_path)
        assert [line.partition("\t")[0] for line in said] == wanted, typed


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_completes_them(command: Command, tmp_path: Path) -> None:
    """In a terminal, as people type: zsh completes nowhere else."""
    import pty  # no module of Windows

    script_for(command, "zsh", tmp_path)
    shell, terminal = pty.fork()
    if shell == 0:
        os.chdir(tmp_path)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "xterm"})
    seen = ""

    def shows(text: str) -> bool:
        nonlocal seen
        while select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 65_536).decode("utf-8", "replace")
        return text in seen

    try:
        os.write(terminal, f"fpath=({tmp_path} $fpath); autoload -Uz compinit; compinit -D -u; echo rea''dy\n".encode())
        wait_for(lambda: shows("ready"))
        for typed, wanted in TYPED.items():
            seen = ""
            os.write(terminal, f"\x15takevoice {typed}\t".encode())
            wait_for(lambda: all(shows(each) for each in wanted))  # noqa: B023
    finally:
        os.kill(shell, signal.SIGKILL)
        os.waitpid(shell, 0)
        os.close(terminal)


@pytest.mark.parametrize("shell", ["tcsh", "powershell"])
def test_other_shells_have_a_script_too(command: Command, shell: str) -> None:
    assert "release" in command("completion", shell).stdout


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A player that notes what it plays."""
    played = tmp_path / "played"
    program = tmp_path / "player"
    program.write_text(f'#!/bin/sh\necho "$1" >> "{played}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("TAKEVOICE_PLAYER", str(program))
    return played


@pytest.mark.skipif(shutil.which("sh") is None, reason="the stand-in is a script")
def test_results_and_originals_can_be_heard(gated: Command, folder: Path, player: Path) -> None:
    take = make_take(folder / "take.wav", 0.3)
    gated("convert", take, "--voice", "ada")
    gated("play", 1)
    gated("play", "--both", take)
    gated("play", "--original", 1)
    result = folder / "take.ada.wav"
    assert player.read_text().splitlines() == [str(path) for path in (result, take, result, take)]
    result.unlink()
    assert "take.ada.wav: is not there" in gated("play", 1, check=1).stdout
    assert "there is no job 9" in gated("play", 9, check=1).stdout


@pytest.mark.skipif(shutil.which("sh") is None, reason="the stand-in is a script")
def test_candidates_are_heard_as_loud_as_the_original(gated: Command, folder: Path, player: Path) -> None:
    """The louder one of two seems better: a person should not choose by that."""
    take = make_take(folder / "take.wav", 1.0, 48_000)
    gated("convert", take, "--candidates", "2")
    first, second = (folder / "candidates" / f"take.{number}.wav" for number in ("ada.1", "ada.2"))
    data, rate = soundfile.read(second)
    soundfile.write(second, data * 0.25, rate, "PCM_24")
    Path(os.environ["TAKEVOICE_PLAYER"]).write_text(f'#!/bin/sh\ncp "$1" "{player}.$(ls "{player.parent}" | grep -c played)"\n')
    said = gated("play", "--candidates", take).stdout.splitlines()
    assert [line.partition("  ")[0] for line in said] == [str(take), str(first), str(second)]
    assert all("12.0 dB lower" in line for line in said[:2])
    heard = [soundfile.read(f"{player}.{number}")[0] for number in range(3)]
    assert np.max(np.abs(heard[1])) == pytest.approx(np.max(np.abs(heard[2])), rel=0.02)
    assert "take has no candidates" in gated("play", "--candidates", folder / "take", check=1).stdout


@pytest.mark.process
@pytest.mark.skipif(shutil.which("sh") is None, reason="the stand-in is a script")
def test_voices_can_be_heard_before_one_is_chosen(command: Command, player: Path) -> None:
    command("voices", "--backend", "local", "--play", "george")
    (sample,) = player.read_text().splitlines()
    assert Path(sample).stat().st_size > 10_000


def test_a_retry_with_the_local_engine_makes_another_result(command: Command, folder: Path) -> None:
    command.config('backend = "local"\n')
    soundfile.write(folder / "take.wav", make_speech(1.0, 48_000), 48_000, "PCM_24")
    command("convert", folder / "take.wav", "--voice", "ada")
    command("retry", 1)
    command("run", "--once", "--osc-port", "0", folder)
    assert (folder / "take.ada.wav").read_bytes() != (folder / "take.ada.2.wav").read_bytes()
    assert not np.array_equal(soundfile.read(folder / "take.ada.wav")[0], soundfile.read(folder / "take.ada.2.wav")[0])
