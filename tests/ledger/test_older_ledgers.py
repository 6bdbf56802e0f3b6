"""Ledgers that older versions of takevoice left, killed with unfinished jobs in every state: all are finished.

`older/version_N.sql` are dumps of what those versions themselves stored; FOLDER stands for the watched folder.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from support import Command, make_take

OLDER = sorted((Path(__file__).parent / "older").glob("version_*.sql"))
TAKES = ("done", "bad", "held", "restoring", "converting", "queued", "asked", "settling")



@pytest.mark.process
@pytest.mark.parametrize("dump", OLDER, ids=lambda path: path.stem)
def test_unfinished_jobs_of_an_older_version_are_finished(dump: Path, gated: Command, folder: Path) -> None:
    for seed, name in enumerate(TAKES, 1):
        make_take(folder / f"{name}.wav", 1.5 if name == "held" else 0.5, seed=seed)
    gated.state.mkdir(parents=True)
    with sqlite3.connect(gated.state / "ledger.sqlite3") as connection:
        connection.executescript(dump.read_text("utf-8").replace("FOLDER", str(folder)))
        before = [state for (state,) in connection.execute("SELECT state FROM jobs")]
    connection.close()
    assert {"found", "queued", "converting", "restoring", "settling"} <= set(before)
    assert len(gated.jobs()) == len(before)  # a command that only looks migrates it too
    gated("run", "--once", "--osc-port", "0", folder)
    unfinished = {name: state for name, state in gated.states().items() if state != "done"}
    assert unfinished == {}
    voice = "bea" if dump.stem != "version_1" else "ada"
    assert (folder / f"asked.{voice}.wav").exists()  # with the options it was asked for with
