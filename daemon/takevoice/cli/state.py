"""Where the ledger is, for commands that need nothing else."""

from __future__ import annotations

from pathlib import Path

from takevoice.ledger.reader import LEDGER_NAME
from takevoice.paths import state_dir


def ledger_path(given: Path | None) -> Path:
    """The ledger of the state dir that is in force."""
    return state_dir(given) / LEDGER_NAME
