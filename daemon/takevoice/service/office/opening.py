"""Opens the office of a state dir, for a command or another program that is not the daemon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from takevoice.lazy import TYPE_CHECKING
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.service.office.office import Office

if TYPE_CHECKING:
    from takevoice.service.environment import Environment


@contextmanager
def open_office(
    state: Path,
    config: Path | None = None,
    *,
    read_only: bool = False,
    on_ignored: Callable[[Path], None] | None = None,
) -> Iterator[Office]:
    """Open the office of a state dir. `config`: the config file, else the user's own. `read_only`: a missing ledger is an empty
    one, and decisions raise LedgerError. `on_ignored` gets a config that is not the user's own, and is not used.

    Raises:
        LedgerError: the ledger cannot be opened.
    """
    place = StateDir(state)
    ledger = Ledger.for_reading(place.ledger) if read_only else Ledger(place.ledger)
    try:
        yield Office(ledger, place, lambda: _environment(state, config, on_ignored or _nothing))
    finally:
        ledger.close()


def _environment(state: Path, config: Path | None, on_ignored: Callable[[Path], None]) -> Environment:
    # Slow to load: few decisions need config and plugins.
    from takevoice.pipeline.planning import Planner
    from takevoice.pipeline.publishing import DefaultNames
    from takevoice.service.environment import load_environment

    environment = load_environment(state=state, config=config, on_ignored=on_ignored)
    planner = Planner(environment.config, environment.plugins, lambda _: {})  # for the watched folders only
    environment.plugins.register("default", DefaultNames(planner.names), "takevoice")
    return environment


def _nothing(_path: Path) -> None:
    pass
