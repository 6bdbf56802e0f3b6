"""Whatever command a text advises about a job works in the state that the job is in."""

from __future__ import annotations

import re
import shlex
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from cli.some_jobs import add, hold
from support import Command
from takevoice.holds import HoldReason
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.ledger.charges import Budget, Charge
from takevoice.pipeline import decisions

DECISIONS = ("retry", "release", "drop", "cancel", "forget")
SAID_BY = (*((word, "JOB") for word in ("jobs", *DECISIONS)), *((word, "PLACE") for word in ("jobs", "explain", "quote", *DECISIONS)))
CASES = [*(state for state in State if state is not State.HELD), *HoldReason]
TAKES_LONG = ("takevoice run", "takevoice convert")


class Copies:
    """Runs each command on a copy of the same state dir, so that each meets the same job."""

    def __init__(self, command: Command, take: Path) -> None:
        self.command, self.take = command, take
        self.kept = shutil.copytree(command.state, command.home / "kept")

    def __call__(self, *words: object) -> tuple[int, str]:
        shutil.rmtree(self.command.state)
        shutil.copytree(self.kept, self.command.state)
        done = self.command(*words, check=None)
        return done.returncode, done.stdout + done.stderr

    def advice(self) -> set[str]:
        """The commands that are advised where one lists or refuses."""
        found = set[str]()
        for word, what in SAID_BY:
            for place in ["1"] if what == "JOB" else [self.take, self.take.parent]:
                code, said = self(word, place)
                if code or word not in DECISIONS:
                    found |= set(re.findall("`(takevoice [^`]+)`", said))
        return {text for text in found if not text.startswith(TAKES_LONG)}


def assert_advice_works(command: Command, take: Path) -> set[str]:
    copies = Copies(command, take)
    advice = copies.advice()
    for text in advice:
        words = [{"JOB": "1", "FOLDER": str(take.parent)}.get(word, word) for word in shlex.split(text)[1:]]
        code, said = copies(*words)
        assert code == 0, f"{text}: {said}"
        assert not re.match("0 jobs|there are no", said.lower()), f"{text}: {said}"
    return advice


@pytest.mark.process
@pytest.mark.parametrize("case", CASES, ids=str)
def test_advised_commands_work(gated: Command, folder: Path, case: State | HoldReason) -> None:
    take = folder / "take.wav"
    with closing(Ledger(gated.state / "ledger.sqlite3")) as ledger:
        job = hold(ledger, take, case) if isinstance(case, HoldReason) else add(ledger, take, case)
        if case in (State.FAILED, State.CANCELLED, State.DONE, HoldReason.OUTCOME_UNKNOWN):
            charge = [Charge("all", 1.0, 10.0)]
            ledger.charges.reserve(job, "key", charge, Budget(0.0, "run", ""), lambda *_: None, send=True)
    assert assert_advice_works(gated, take)


@pytest.mark.parametrize("decide", [decisions.drop, decisions.cancel])
def test_a_take_that_was_held_gets_no_advice_for_held_ones(gated: Command, folder: Path, decide: object) -> None:
    take = folder / "take.wav"
    with closing(Ledger(gated.state / "ledger.sqlite3")) as ledger:
        decide(ledger, hold(ledger, take, HoldReason.OLDER))  # type: ignore[operator]
    advice = assert_advice_works(gated, take)
    assert "takevoice retry 1" in advice
    assert not any("release" in text or "drop" in text for text in advice)


def test_a_held_job_is_cancelled_by_its_number_only(gated: Command, folder: Path) -> None:
    with closing(Ledger(gated.state / "ledger.sqlite3")) as ledger:
        hold(ledger, folder / "take.wav", HoldReason.OLDER)
    assert "nothing is on its way there; there" in gated("cancel", folder, check=1).stdout
    assert gated("cancel", "1").stdout == "job 1 is cancelled\n"
