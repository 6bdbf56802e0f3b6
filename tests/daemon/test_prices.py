"""What a command costs, or what becomes of what was paid for, is said by that command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.some_jobs import add
from daemon.paid import Shop
from support import Command, make_take
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.ledger.charges import Budget, Charge, Received, Request


@pytest.fixture
def ledger(shop: Shop) -> Iterator[Ledger]:
    with closing(Ledger(shop.state / "ledger.sqlite3")) as made:
        yield made


def send(ledger: Ledger, job: int) -> None:
    ledger.charges.reserve(job, "key", [Charge("all", 1.0, 10.0)], Budget(0.0, "run", ""), lambda *_: None, send=True)


def test_retry_says_what_it_costs(shop: Shop, ledger: Ledger, folder: Path) -> None:
    take = make_take(folder / "take.wav", 20.0, 8_000)
    job = add(ledger, take, State.FAILED)
    assert "  cost     about 20 credits\n" in shop("explain", take).stdout
    assert shop("retry", job).stdout == "job 1 starts again (try 2): about 20 credits with paid\n"
    ledger.jobs.change(job, State.FAILED)
    send(ledger, job)
    ledger.charges.mark_received(job, Received(Request("key", "all")))
    said = shop("retry", folder).stdout
    assert said == (
        "job 1 starts again (try 3): free if the settings ask for the answer that is there, else about 20 credits with paid\n"
    )


def test_retry_of_a_free_backend_speaks_of_no_price(gated: Command, folder: Path) -> None:
    with closing(Ledger(gated.state / "ledger.sqlite3")) as ledger:
        add(ledger, folder / "take.wav", State.FAILED)
    assert gated("retry", "1").stdout == "job 1 starts again (try 2)\n"


def test_retry_works_with_a_config_that_does_not(gated: Command, folder: Path) -> None:
    with closing(Ledger(gated.state / "ledger.sqlite3")) as ledger:
        add(ledger, folder / "take.wav", State.FAILED)
    gated.config("nonsense = 1\n")
    assert gated("retry", "1").stdout == "job 1 starts again (try 2)\n"


def test_cancel_says_what_becomes_of_the_answer_that_is_paid_for(shop: Shop, ledger: Ledger, folder: Path) -> None:
    jobs = [add(ledger, folder / f"{n}.wav", State.CONVERTING) for n in range(3)]
    assert shop("cancel", jobs[0]).stdout == "job 1 is asked to stop\n"
    for job in jobs[1:]:
        send(ledger, job)
    said = shop("cancel", jobs[1]).stdout
    assert said.startswith("job 2 is asked to stop; its request was sent and may be paid for: the answer is kept, ")
    assert "`takevoice retry 2` uses it" in said
    assert shop("cancel", folder).stdout.startswith("3 jobs asked to stop; 2 requests were sent")
