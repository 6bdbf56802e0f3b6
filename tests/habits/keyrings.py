"""Habits of keyrings."""

from __future__ import annotations

import time
from typing import Any

SECONDS = 1.0
PATIENCE = 0.3  # of takevoice, so that tests need not wait for longer


def slow_keyring(patch: Any) -> None:
    """Answer later than takevoice is patient, and without a key, as while a dialog waits for its user.

    macOS asks anew whenever the program that reads has changed: SecItemCopyMatching returns when the user has answered.
    """
    import keyring

    from takevoice.system.keystore import Keystore

    def get_password(_service: str, _user: str) -> None:
        time.sleep(SECONDS)

    patch.setattr(keyring, "get_password", get_password)
    patch.setattr(Keystore.__init__, "__kwdefaults__", {**(Keystore.__init__.__kwdefaults__ or {}), "patience": PATIENCE})
