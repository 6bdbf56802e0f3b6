"""Habits of keyrings."""

from __future__ import annotations

import time
from typing import Any

SECONDS = 7.0  # longer than takevoice's patience


def slow_keyring(patch: Any) -> None:
    """Answer late, without a key, as while a dialog waits for its user.

    macOS asks anew whenever the program that reads has changed: SecItemCopyMatching returns when the user has answered.
    """
    import keyring

    def get_password(_service: str, _user: str) -> None:
        time.sleep(SECONDS)

    patch.setattr(keyring, "get_password", get_password)
