"""Which workers count as there: takes are taken in only for those."""

from __future__ import annotations

from pathlib import Path

import pytest

from takevoice_plugins.farm.roster import FORGOTTEN, SILENT, Roster, Sign
from takevoice_plugins.server.engine_version import BUILD


def sign(**changed: object) -> Sign:
    return Sign.model_validate({"worker": "w", "slot": 1, "slots": 1, "host": "rack", "queue": "cpu", "version": BUILD, **changed})


def test_a_worker_that_is_silent_is_not_there(tmp_path: Path) -> None:
    now = [1000.0]
    roster = Roster(tmp_path / "workers.json", lambda: now[0])
    assert not roster.serves("cpu")
    roster.heard("studio", sign())
    assert (roster.serves("cpu"), roster.serves("gpu")) == (True, False)
    now[0] += SILENT - 1
    roster.save()
    following = Roster(tmp_path / "workers.json", lambda: now[0])
    assert following.serves("cpu"), "also after the server was started again"
    now[0] += 2
    assert not roster.serves("cpu")
    assert roster.workers()[0]["state"] == "silent"
    now[0] += FORGOTTEN
    roster.heard("other", sign(worker="x"))
    assert [each["worker"] for each in roster.workers()] == ["x"]


@pytest.mark.parametrize("changed", [{"version": "another"}, {"state": "stopped"}, {"state": "checked"}, {"queue": "gpu"}], ids=str)
def test_a_worker_that_takes_no_orders_is_not_there(changed: dict[str, object]) -> None:
    roster = Roster(clock=lambda: 1000.0)
    roster.heard("studio", sign(**changed))
    assert not roster.serves("cpu")
