"""The ledger: every job and each of its changes in SQLite, stored before anything acts on it.

Stores of SQL only: what should happen is decided in `takevoice.pipeline`.
"""

from __future__ import annotations

from takevoice.lazy import TYPE_CHECKING, exports

if TYPE_CHECKING:
    from takevoice.ledger.ledger import Ledger as Ledger
else:
    __all__, __getattr__ = exports(__name__, {"takevoice.ledger.ledger": "Ledger"})
