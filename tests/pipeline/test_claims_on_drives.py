"""Claims on drives with the habits of shares, by FUSE: each machine mounts the folder for itself, and keeps in mind what it has seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from drives import mounted, needs_fuse, without_habits
from pipeline.line import Line
from pipeline.test_claims import SHARED
from support import make_take
from takevoice import claim_files
from takevoice.claim_files import Note
from takevoice.jobs import State

HABITS = {
    "links": "",
    "a share": "any_case,open_is_held,others,new_inodes",
    "no links": "no_links,no_modes,two_seconds,held",
}
pytestmark = [pytest.mark.process, needs_fuse, without_habits]


@pytest.fixture(params=HABITS.values(), ids=list(HABITS))
def mounts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """One folder of a server, mounted by two machines."""
    source, a, b = (tmp_path / name for name in ("source", "a", "b"))
    for path in (source, a, b):
        path.mkdir()
    (source / "notes.txt").touch()
    with ExitStack() as stack:
        for path in (a, b):
            stack.enter_context(mounted(source, path, request.param))
        yield a, b


def note(owner: str) -> Note:
    return Note(owner * 16, f"machine {owner}", "anna", 1, 1, "take.wav", 1)


def test_one_of_two_that_try_at_the_same_time_has_it(
    mounts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without links, the drive lets both create a file."""
    monkeypatch.setattr(claim_files, "SETTLE", 0.6)
    rounds = 12
    won: dict[str, list[bool]] = {"a": [], "b": []}
    together = threading.Barrier(2)

    def compete(owner: str, mount: Path) -> None:
        for n in range(rounds):
            together.wait(30)
            won[owner].append(claim_files.create(mount / claim_files.FOLDER / f"{n}.claim", note(owner)))

    threads = [threading.Thread(target=compete, args=pair) for pair in zip("ab", mounts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [a + b for a, b in zip(won["a"], won["b"], strict=True)] == [1] * rounds
    for n in range(rounds):
        owner = "a" if won["a"][n] else "b"
        for mount in mounts:
            seen = claim_files.read(mount / claim_files.FOLDER / f"{n}.claim")
            assert seen is not None
            assert seen.note == note(owner)


def test_a_claim_is_renewed_taken_over_and_removed(mounts: tuple[Path, Path]) -> None:
    a, b = (mount / claim_files.FOLDER / "1.claim" for mount in mounts)
    assert claim_files.create(a, note("a"))
    before = claim_files.read(b)
    assert before is not None
    assert claim_files.rewrite(a, replace(note("a"), beat=1))
    assert not claim_files.displace(b, before, "b" * 16)
    seen = claim_files.read(b)
    assert seen is not None
    assert seen.note == replace(note("a"), beat=1)
    assert claim_files.displace(b, seen, "b" * 16)
    assert not claim_files.rewrite(a, replace(note("a"), beat=2))
    assert claim_files.create(b, note("b"))
    assert not claim_files.create(a, note("a"))
    assert not claim_files.rewrite(a, replace(note("a"), beat=3))
    claim_files.remove(a, "a" * 16)
    assert a.exists()
    claim_files.remove(b, "b" * 16)
    claim_files.remove_folder(b.parent, "b" * 16)
    assert [path.name for path in mounts[1].iterdir()] == ["notes.txt"]


def test_a_take_is_converted_by_one_machine(mounts: tuple[Path, Path], tmp_path: Path) -> None:
    lines = [Line(mount, tmp_path / f"state{n}") for n, mount in enumerate(mounts)]
    for line in lines:
        line.set(SHARED.format(folder=line.folder, shared="true"))
    for n in range(4):
        make_take(mounts[0] / f"{n}.wav", 0.3, seed=n)
    for line in lines:
        line.drop(*sorted(line.folder.glob("*.wav")))
    threads = [threading.Thread(target=line.work_off) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for line in lines:
        line.waits.look(line.folder)
        line.work_off()
        assert {job.state for job in line.ledger.jobs.select()} == {State.DONE}
    assert sum(len(line.backend.sent) for line in lines) == 4
    assert len(list(mounts[0].glob("*.ada*.wav"))) == 4
    for line in lines:
        line.close()


def test_a_name_that_a_killed_machine_had_reserved_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / claim_files.FOLDER / "1.sent"
    path.parent.mkdir()
    path.write_bytes(f".tv-{'a' * 16}-01234567.part".encode("ascii"))
    seen = claim_files.read(path)
    assert seen is not None
    assert (seen.is_of("a" * 16), seen.is_of("b" * 16)) == (True, False)
    assert claim_files.rewrite(path, note("a"))
    seen = claim_files.read(path)
    assert seen is not None
    assert seen.note == note("a")
