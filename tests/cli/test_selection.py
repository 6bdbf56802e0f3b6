"""Jobs by number, by folder, or all: cancel, retry, forget, release and drop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.some_jobs import add, hold
from support import FAST, Command, make_take
from takevoice.errors import UnknownJob
from takevoice.holds import HoldReason
from takevoice.jobs import Disposition, State
from takevoice.ledger import Ledger
from takevoice.ledger.charges import Budget, Charge
from takevoice.pipeline import decisions
from takevoice.system.fileid import version_of


@pytest.fixture
def ledger(command: Command) -> Iterator[Ledger]:
    made = Ledger(command.state / "ledger.sqlite3")
    yield made
    made.close()


def states(ledger: Ledger) -> list[str]:
    return [job.state.value for job in ledger.jobs.select()]


def test_a_folder_is_called_off_in_one_command(command: Command, ledger: Ledger, folder: Path) -> None:
    for n in range(3):
        add(ledger, folder / f"{n}.wav", State.QUEUED)
    busy = add(ledger, folder / "busy.wav", State.CONVERTING)
    add(ledger, folder / "held.wav", State.HELD)
    add(ledger, folder.parent / "Other" / "a.wav", State.QUEUED)
    assert command("cancel", folder).stdout == "3 jobs cancelled, 1 asked to stop\n"
    assert states(ledger) == ["cancelled"] * 3 + ["converting", "held", "queued"]
    assert ledger.jobs.stop_requested() == {busy}
    ledger.jobs.change(busy, State.CANCELLED)
    said = command("cancel", folder, check=1).stdout
    assert f'nothing is on its way there; there is 1 held (`takevoice release "{folder}"` or `drop`)' in said
    assert command("cancel", "--all").stdout == "1 job cancelled\n"
    command("cancel", check=2)


def test_several_numbers_and_folders_at_once(command: Command, ledger: Ledger, folder: Path) -> None:
    one, two = (add(ledger, folder / f"{n}.wav", State.QUEUED) for n in range(2))
    add(ledger, folder / "inside" / "a.wav", State.QUEUED)
    said = command("cancel", one, folder / "inside", 99, two, check=1).stdout.splitlines()
    assert said[:2] == ["job 1 is cancelled", "1 job cancelled"]
    assert "there is no job 99" in said[2]
    assert said[3] == "job 2 is cancelled"


def test_what_failed_in_a_folder_is_retried_but_not_what_is_gone_or_rendered_again(
    command: Command, ledger: Ledger, folder: Path
) -> None:
    for name in ("there", "gone", "again"):
        add(ledger, folder / f"{name}.wav", State.FAILED)
    add(ledger, folder / "again.wav", State.QUEUED)
    add(ledger, folder.parent / "Other" / "a.wav", State.FAILED)
    (folder / "gone.wav").unlink()
    assert command("retry", folder).stdout.splitlines() == [
        "job 1 starts again (try 2)",
        "1 take is not there any more: `takevoice forget --failed` takes failed jobs off the list",
    ]
    assert states(ledger) == ["found", "failed", "failed", "queued", "failed"]
    assert command("retry", folder / "again.wav").stdout == (
        f'again.wav has a later job: `takevoice explain "{folder / "again.wav"}"` says what became of it\n'
    )
    assert command("retry", "--failed").stdout.startswith("job 5 starts again (try 2)\n")


def test_forgotten_jobs_are_off_the_list_and_their_files_are_not_converted_because_of_it(
    command: Command, ledger: Ledger, folder: Path
) -> None:
    dropped = add(ledger, folder / "dropped.wav", State.HELD)
    add(ledger, folder / "failed.wav", State.FAILED)
    done = add(ledger, folder / "waits.wav", State.QUEUED)
    command("drop", dropped)
    assert command("forget", "--failed").stdout == "1 job forgotten\n"
    assert command("forget", folder).stdout == "1 job forgotten\n"
    assert states(ledger) == ["queued"]
    known = ledger.files.known(folder / "dropped.wav")
    assert known is not None
    assert known.version.is_same(version_of(folder / "dropped.wav"))
    assert (known.disposition, known.job) == (Disposition.JOB, None)
    assert "only a failed or cancelled job is forgotten" in command("forget", done, check=1).stdout
    assert "nothing has failed or is cancelled there" in command("forget", folder, check=1).stdout
    command("forget", "--all", folder, check=2)


def test_what_may_be_paid_for_is_not_forgotten(command: Command, ledger: Ledger, folder: Path) -> None:
    job = add(ledger, folder / "paid.wav", State.QUEUED)
    ledger.charges.reserve(
        job, "key", [Charge("all", 1.0, 10.0)], Budget(0.0, "run", ""), lambda *_: None, send=True
    )
    ledger.jobs.change(job, State.FAILED)
    assert command("forget", "--all").stdout == "0 jobs forgotten, 1 kept: something was sent for it\n"
    with pytest.raises(UnknownJob, match="may be paid for"):
        decisions.forget(ledger, job)
    assert states(ledger) == ["failed"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("watched", ["the link", "what the link leads to"])
def test_a_watched_folder_is_the_same_by_every_name(gated: Command, tmp_path: Path, watched: str) -> None:
    """A shell that was taken through a link starts commands in the folder behind it."""
    disk, link = tmp_path / "disk" / "Exports", tmp_path / "Exports"
    disk.mkdir(parents=True)
    link.symlink_to(disk, target_is_directory=True)
    folder, other = (link, disk) if watched == "the link" else (disk, link)
    for seed, name in enumerate(("Anna_01", "Anna_02")):
        make_take(folder / f"{name}.wav", 0.3, seed=seed)
    gated.config(f'backend = "gated"\n{FAST}[[watch]]\nfolder = "{folder}"\ntrack = "{{track}}_{{take}}"\n')
    with closing(Ledger(gated.state / "ledger.sqlite3")) as made:
        made.roots.record_look(folder, "", 1.0, (), ())
        for name in ("Anna_01", "Anna_02"):
            hold(made, folder / f"{name}.wav", HoldReason.OLDER)
    take = other / "Anna_01.wav"
    assert "held: 2 files" in gated("quote", other).stdout
    assert "2 jobs: 2 held" in gated("jobs", other).stdout and "1 job: 1 held" in gated("jobs", take).stdout
    assert [job["id"] for job in gated.jobs(str(take))] == [1]
    assert "track    Anna\n" in gated("explain", take).stdout and "held since" in gated("explain", take).stdout
    assert gated("release", take).stdout.startswith("1 job released")
    assert gated("drop", other).stdout == "1 job dropped\n"
    assert gated("retry", "2").stdout.startswith("job 2 starts again")
    assert "2 jobs put first" in gated("next", other).stdout
    gated("run", "--once", "--osc-port", "0")
    assert gated("convert", take).stdout == f"{folder / 'Anna_01.ada.wav'}\n"
    assert "2 of 2 takes are ready" in gated("deliver", other, tmp_path / "out").stdout
    gated("candidates", "--more", "2", take)
    gated("run", "--once", "--osc-port", "0")
    assert gated("pick", other / "candidates" / "Anna_01.ada.2.wav").stdout == f"{folder / 'Anna_01.ada.wav'}\n"
    assert "Anna_01.ada.2.wav" in gated("candidates", other).stdout
    assert "2 results deleted" in gated("undo", other, "--yes").stdout
    assert "starts again" in gated("retry", take).stdout
    assert {Path(job["path"]).parent for job in gated.jobs()} == {folder}
